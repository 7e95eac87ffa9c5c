// Finds rings of actors that wait for each other where several workers run them, and ends them.
//
// With one worker a ring is seen before it closes (wait_cycle.h). With several, who waits for whom
// is known on each worker alone, so it is looked at now and then: a ring that two looks in
// succession have seen, the same waits and all, is one. One who asks in it is answered by an error
// that names it; where all of it tells, one tell gives up.

#ifndef REHEARSE_ACTOR_INTERNAL_CYCLE_WATCH_H_
#define REHEARSE_ACTOR_INTERNAL_CYCLE_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/internal/wait_survey.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse {

class Node;

namespace internal {

class CycleWatch : public std::enable_shared_from_this<CycleWatch> {
 public:
  // Over all that `node`'s scheduler runs; it outlives this.
  static std::shared_ptr<CycleWatch> Create(Node& node) {
    return std::shared_ptr<CycleWatch>(new CycleWatch(node));
  }

  // Looks once, and deals with what this look and the last have shown. Returns at once; a look that
  // goes on is ended with what it has seen. Any thread.
  void Look();

 private:
  explicit CycleWatch(Node& node) : node_(node) {}
  // What a worker shows at the look of that number.
  void Saw(uint64_t look, int worker, WorkerSurvey saw);
  // The look is over. A ring that it and the one before have shown; one at a time, for what is left
  // of the others may be none any more.
  WorkerSurvey Conclude();
  void Break(const WorkerSurvey& ring);

  Node& node_;
  SpinLock lock_;
  uint64_t looks_ = 0;
  std::set<int> asked_;  // the workers that have yet to answer, this look or one before
  size_t left_ = 0;      // how many of them this look waits for
  WorkerSurvey waits_;   // of this look
  WorkerSurvey last_;    // of the one before, in the order of their actors
};

}  // namespace internal

// Looks every `interval`, as long as the calling fiber is not stopped. A ring is named after two to
// three intervals.
void WatchForCycles(Node& node, absl::Duration interval);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_CYCLE_WATCH_H_
