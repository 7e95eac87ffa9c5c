// A pipe between a simulated process and its node.

#ifndef REHEARSE_SIM_PROCESS_SIM_PIPE_H_
#define REHEARSE_SIM_PROCESS_SIM_PIPE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::sim {

// One reader and one writer.
class SimPipe {
 public:
  // What it holds, as Linux's.
  static constexpr size_t kBytesMax = size_t{64} << 10;

  SimPipe(Scheduler& scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {}

  // Between 1 and `bytes_max` bytes, appended to `out`; 0: all was read, and no more is written.
  //   kUnavailable  it was closed here.
  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline);
  // All of `bytes`.
  //   kUnavailable  nobody reads, or it was closed here.
  absl::Status Write(absl::string_view bytes, Instant deadline);

  void CloseReader();
  void CloseWriter();

 private:
  void WakeBoth();

  Scheduler& scheduler_;
  const std::string name_;
  std::string bytes_;
  bool read_ = true;
  bool written_ = true;
  WaitToken reader_;
  WaitToken writer_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROCESS_SIM_PIPE_H_
