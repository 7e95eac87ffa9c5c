// Child processes, for programs that run others.
//
//   auto sort = ProcessesOf(node).Start({.program = "/usr/bin/sort", .in = Wiring::kPiped});
//
// For real they are the host's; in the simulator, functions that the test has put where a program
// would lie (sim/process/executable.h).

#ifndef REHEARSE_ACTOR_ENV_PROCESSES_H_
#define REHEARSE_ACTOR_ENV_PROCESSES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

// Where one of a process's three streams goes.
enum class Wiring : uint8_t {
  kNothing,    // reads nothing; what it writes is gone
  kInherited,  // the node's own; in the simulator, its log
  kPiped,      // through the handle
};

struct ProcessOptions {
  std::string program;                        // a path; nobody searches for it
  std::vector<std::string> arguments = {};    // without the program's own name
  std::vector<std::string> environment = {};  // "NAME=value": all that it sees
  std::string directory = {};                 // where it starts; empty: where the node is
  Wiring in = Wiring::kNothing;
  Wiring out = Wiring::kPiped;
  Wiring err = Wiring::kInherited;
};

// How a process ended.
struct ProcessExit {
  int code = 0;    // what it returned
  int signal = 0;  // what ended it instead; 0: nothing

  bool ok() const { return code == 0 && signal == 0; }
  std::string ToString() const;  // "exit code 3", "signal 9"
  friend bool operator==(const ProcessExit&, const ProcessExit&) = default;
};

enum class ProcessOutput : uint8_t { kOut, kErr };

// One that was started. Each of WriteIn and CloseIn together, Read of one stream, and Wait has one
// caller at a time, on the node's fibers. A pipe holds some 64 KiB: a process that says more waits
// until it is read. What parks also returns kCancelled and kFailedPrecondition, as in sockets.h.
class Process {
 public:
  // Kills it if it still runs, and closes the pipes. Waits for nothing: what the host keeps of the
  // process is cleared away a little later.
  virtual ~Process() = default;

  // Hands over all of `bytes`; parks while the pipe is full.
  //   kUnavailable         it reads no more, has ended, or CloseIn was called.
  //   kDeadlineExceeded    no room in time; some may have been handed over.
  //   kFailedPrecondition  its input is not piped.
  virtual absl::Status WriteIn(absl::string_view bytes, Instant deadline) = 0;
  // It reads the end after what was handed over. Never waits.
  virtual void CloseIn() = 0;

  // Between 1 and `bytes_max` bytes that it wrote, appended to `out`; parks until there is one. 0:
  // it, and whoever inherited the stream from it, writes no more.
  //   kDeadlineExceeded    nothing came in time; what comes later is not lost.
  //   kFailedPrecondition  that output is not piped.
  virtual absl::StatusOr<size_t> Read(ProcessOutput from, size_t bytes_max, std::string& out,
                                      Instant deadline) = 0;

  // Parks until it has ended. What it wrote before can still be read.
  //   kDeadlineExceeded  it runs on.
  virtual absl::StatusOr<ProcessExit> Wait(Instant deadline) = 0;

  // Sends it a signal by the host's number (SIGTERM is 15, SIGKILL 9). Never waits.
  //   kNotFound         it has ended, and Wait has told so.
  //   kInvalidArgument  no such signal.
  virtual absl::Status Signal(int number) = 0;

  // The host's number of it.
  virtual int64_t id() const = 0;
};

class Processes {
 public:
  virtual ~Processes() = default;

  // Starts one. It lives until it ends, or its handle goes. When the node's process ends without
  // destroying the handle (a crash), it lives on for real; a simulated one ends with its node.
  //   kNotFound           no such program, or directory.
  //   kPermissionDenied   it may not be run.
  //   kInvalidArgument    it is no program.
  //   kResourceExhausted  the host is out of processes, memory or descriptors: try again later.
  //   kUnavailable        refused otherwise.
  //   kCancelled          the caller is being stopped; if it was started, it is killed.
  virtual absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_PROCESSES_H_
