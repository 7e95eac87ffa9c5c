// Who is ready and not of normal priority, and whose turn it is.
//
// Of sixteen turns, while all three wait, twelve are those of high priority, three those of normal
// and one those of low; where one has nobody, its turns go to the next. So nobody starves, and an
// urgent actor waits for one activation, not for a queue. What lies here is not stolen by other
// workers: it is not many.

#ifndef REHEARSE_ACTOR_RUNTIME_PRIORITY_LANES_H_
#define REHEARSE_ACTOR_RUNTIME_PRIORITY_LANES_H_

#include <cstdint>

#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/priority.h"
#include "rehearse/actor/runtime/ready_policy.h"

namespace rehearse {

// One worker's. Its thread only.
class PriorityLanes {
 public:
  void Push(Runnable& runnable, Priority priority) {
    (priority == Priority::kHigh ? high_ : low_).Push(runnable);
  }

  // The next of all that is ready, `normal` being the rest of it; null if there is none.
  Runnable* Pop(ReadyPolicy& normal) {
    const uint32_t turn = turn_++ % kTurns;
    if (turn == kTurns - 1) return First(low_, high_, normal);
    if (turn % kNormalEvery == kNormalEvery - 1) return First(normal, high_, low_);
    return First(high_, normal, low_);
  }

 private:
  static constexpr uint32_t kTurns = 16;
  static constexpr uint32_t kNormalEvery = 4;

  static Runnable* First(ReadyPolicy& one, ReadyPolicy& two, ReadyPolicy& three) {
    if (Runnable* const runnable = one.Pop(); runnable != nullptr) return runnable;
    if (Runnable* const runnable = two.Pop(); runnable != nullptr) return runnable;
    return three.Pop();
  }

  FifoPolicy high_;
  FifoPolicy low_;
  uint32_t turn_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_PRIORITY_LANES_H_
