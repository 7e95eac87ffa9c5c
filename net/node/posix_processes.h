// Child processes of the host's.
//
// A process is started on a side thread, since that may take as long as its file's disk does. That
// it has ended is told by a descriptor (pidfd), which a fiber waits for as for a socket. Who drops
// the handle of one that runs has it killed, and a side thread clears it away.

#ifndef REHEARSE_NET_NODE_POSIX_PROCESSES_H_
#define REHEARSE_NET_NODE_POSIX_PROCESSES_H_

#include <cstddef>
#include <memory>

#include "rehearse/actor/env/processes.h"
#include "rehearse/actor/runtime/side_threads.h"
#include "rehearse/net/socket/posix_descriptor.h"
#include "rehearse/net/socket/posix_scratch.h"

namespace rehearse::net {

class PosixProcesses final : public Processes {
 public:
  // `poller` is that of `home`, one of a scheduler's workers; fibers of all of them may use the
  // processes. `threads` are those of the nodes that do. SIGPIPE is ignored in this process.
  // Handles end before this does, and this after the side threads' jobs.
  PosixProcesses(Worker& home, FdPoller& poller, SideThreads& threads);

  absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options) override;

  // How many descriptors are open. Any thread.
  size_t open_descriptors() const { return watch_.size(); }

 private:
  class Child;
  absl::StatusOr<std::unique_ptr<Process>> Spawn(const ProcessOptions& options);

  SideThreads& threads_;
  PosixScratch scratch_;
  PosixWatch watch_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_POSIX_PROCESSES_H_
