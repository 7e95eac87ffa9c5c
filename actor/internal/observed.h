// What the worker's observer is told of actors and messages, and what messages carry for it.

#ifndef REHEARSE_ACTOR_INTERNAL_OBSERVED_H_
#define REHEARSE_ACTOR_INTERNAL_OBSERVED_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class Node;

namespace internal {

ObservedActor ObservedAs(const Cell& cell);
ObservedMessage ObservedAs(const Envelope& envelope, bool own);

// `envelope` is sent here and now.
inline void StampIfObserved(Worker& worker, Envelope& envelope) {
  if (worker.observer != nullptr) [[unlikely]] {
    envelope.set_stamp(worker.Stamp());
  }
}

// Of the calling thread's worker; null if nobody watches it.
inline Observer* CurrentObserver() {
  Worker* const worker = CurrentWorker();
  return worker == nullptr ? nullptr : worker->observer;
}

// `envelope` has come from another node, and is about to be put in its actor's mailbox. With a
// `flow`, it has an AskPart.
void MarkArrival(Envelope& envelope, uint64_t flow);

// A message of type `name` leaves `from` for another node. The flow that it is to carry; 0: none.
uint64_t MarkDeparture(Node& from, absl::string_view name);

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_OBSERVED_H_
