// A RunResult as bytes, for the pipe between a seed's process and the one that reports.

#ifndef REHEARSE_SIM_RUNNER_RESULT_CODEC_H_
#define REHEARSE_SIM_RUNNER_RESULT_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Appends at most kResultBytesMax bytes: longer texts are cut and say so.
inline constexpr size_t kResultBytesMax = size_t{120} << 10;
void EncodeResult(const RunResult& result, std::string& out);

// kDataLoss if these are not the bytes of one result.
absl::StatusOr<RunResult> DecodeResult(absl::string_view bytes);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_RESULT_CODEC_H_
