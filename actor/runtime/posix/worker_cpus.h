// Which CPU each worker's thread runs on, if it is not to run on any.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_WORKER_CPUS_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_WORKER_CPUS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/log.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse {

// The CPUs that "0,2,4-7" names, in its order.
//   kInvalidArgument  it is no such list, or has a CPU twice, or one that Linux cannot have.
absl::StatusOr<std::vector<int>> ParseCpuList(absl::string_view text);

// The CPU of each of `workers` workers by `pin`: of "auto" the first of `allowed`, which are the
// process's (AllowedCpus); of a list its first; none at all of "none".
//   kInvalidArgument    `pin` is none of these.
//   kFailedPrecondition there are fewer CPUs than workers, or one is not in `allowed`. Give others,
//                       or have fewer workers.
absl::StatusOr<std::vector<int>> CpusOfWorkers(absl::string_view pin, int workers,
                                               const std::vector<int>& allowed);

// Worker i stays on cpus[i], if there is one, before it runs anything that is fixed to it; of what
// may move, one turn may come earlier. Call it before scheduler.Start(). What the host refuses
// after all is told to `log`, which outlives the workers.
void PinWorkers(Scheduler& scheduler, const std::vector<int>& cpus, Log& log);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_WORKER_CPUS_H_
