// Actors that wait for each other, so that none can go on.
//
// Who asks an actor, or waits for room in its mailbox, for its start or its end, waits for it. With
// one worker the chain of those who wait can be walked at each new wait, before it begins: it costs
// one look where the other actor is not busy. An asker whose reply was taken over (Reply<R>) waits
// for whoever has that now, and is no link of a chain.

#ifndef REHEARSE_ACTOR_INTERNAL_WAIT_CYCLE_H_
#define REHEARSE_ACTOR_INTERNAL_WAIT_CYCLE_H_

#include <cstring>
#include <string>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/router.h"

namespace rehearse::internal {

// The chain that would close if `self` waited for `target`, in words; empty if none would.
std::string CycleThrough(Cell& self, Cell& target);

// `self` begins to wait for a turn of `target`'s life, and can't be told that it should not: a
// parent must see its children end. If that closes a chain, one who asks in it is answered, by an
// error that names the chain.
void AnswerAskInCycle(Cell& self, Cell& target);

// Whether who waits at `where`, as Fiber has it, wants an answer.
inline bool IsAsk(const char* where) { return std::strcmp(where, "Ask") == 0; }

// Whether there can be one: `target` is busy, and its scheduler has one worker.
inline bool MayClose(Worker& worker, const Cell& target) {
  return target.busy() && worker.scheduler().has_one_worker() &&
         &target.domain().scheduler() == &worker.scheduler();
}

// While one lives, the code on the worker's present fiber waits for `target`.
class WaitsFor {
 public:
  WaitsFor(Worker& worker, Cell& target) : fiber_(worker.current()) { fiber_.waits_for = &target; }
  ~WaitsFor() { fiber_.waits_for = nullptr; }
  WaitsFor(const WaitsFor&) = delete;
  WaitsFor& operator=(const WaitsFor&) = delete;

 private:
  Fiber& fiber_;
};

// The same for what another node alone can give. Nothing on a plain thread.
class WaitsAfar {
 public:
  WaitsAfar(Worker* worker, const RemoteWait& wait)
      : fiber_(worker == nullptr ? nullptr : &worker->current()) {
    if (fiber_ != nullptr) fiber_->waits_afar = &wait;
  }
  ~WaitsAfar() {
    if (fiber_ != nullptr) fiber_->waits_afar = nullptr;
  }
  WaitsAfar(const WaitsAfar&) = delete;
  WaitsAfar& operator=(const WaitsAfar&) = delete;

 private:
  Fiber* const fiber_;
};

// The asker whom `reply_to` answers waits for whoever has the reply, not for the actor it asked.
void ReplyIsTakenOver(Node& node, ReplyId reply_to);

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_WAIT_CYCLE_H_
