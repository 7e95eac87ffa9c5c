// The file that --trace names: each event of each run; or --decisions: each decision.

#ifndef REHEARSE_SIM_RUNNER_TRACE_FILE_H_
#define REHEARSE_SIM_RUNNER_TRACE_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::sim {

// A run begins with a line "# Suite.Name seed=0x…"; what follows are its events, or decisions.
class TraceFile {
 public:
  // Overwrites. The message of any error says `what` it is ("trace"), names the file, and what the
  // host said.
  static absl::StatusOr<std::unique_ptr<TraceFile>> Create(const char* what,
                                                           const std::string& path);

  void BeginRun(absl::string_view test, uint64_t seed);
  void Write(absl::string_view line);

  // An error if anything was not written, a full disk for instance.
  absl::Status Close();

 private:
  TraceFile(const char* what, std::string path, std::FILE* file)
      : what_(what), path_(std::move(path)), file_(file, &std::fclose) {}

  const char* const what_;
  const std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_TRACE_FILE_H_
