// The simulated side of the Processes seam: functions on fibers of their node.
//
// Differences from the host's: a process ends with its node's life, even at a crash, and stands
// still while that is paused; any signal ends it; it has no files but its three streams, and no
// directory is missing.

#ifndef REHEARSE_SIM_PROCESS_SIM_PROCESSES_H_
#define REHEARSE_SIM_PROCESS_SIM_PROCESSES_H_

#include <cstdint>
#include <memory>

#include "rehearse/actor/env/processes.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/process/executable.h"

namespace rehearse::sim {

// One node's incarnation's.
class SimProcesses final : public Processes {
 public:
  SimProcesses(Node& node, const Executables& executables)
      : node_(node), executables_(executables) {}

  absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options) override;

 private:
  class Handle;
  struct Life;

  Node& node_;
  const Executables& executables_;
  int64_t next_id_ = 1;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROCESS_SIM_PROCESSES_H_
