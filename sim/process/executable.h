// What a simulated child process runs: a plain function of the test's.
//
//   world.AddExecutable("/usr/bin/sort", [](sim::SimChild& child) { …; return 0; });

#ifndef REHEARSE_SIM_PROCESS_EXECUTABLE_H_
#define REHEARSE_SIM_PROCESS_EXECUTABLE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/processes.h"

namespace rehearse::sim {

// The process, as it sees itself. On its own fiber, where it may also Sleep; a signal ends it at
// its next wait, and until then nobody sees what it does.
class SimChild {
 public:
  virtual ~SimChild() = default;

  // What it was started with.
  virtual const ProcessOptions& options() const = 0;

  // Between 1 and `bytes_max` bytes of its input, appended to `out`; 0 at its end.
  virtual absl::StatusOr<size_t> ReadIn(size_t bytes_max, std::string& out) = 0;
  // Parks while the pipe is full.
  //   kUnavailable  nobody reads it any more. For real that would be SIGPIPE.
  virtual absl::Status Write(ProcessOutput to, absl::string_view bytes) = 0;
};

// Its exit code. An exception that leaves it is as good as abort(): signal 6.
using Executable = std::function<int(SimChild& child)>;

// What lies where on all hosts of a world.
using Executables = std::map<std::string, Executable, std::less<>>;

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROCESS_EXECUTABLE_H_
