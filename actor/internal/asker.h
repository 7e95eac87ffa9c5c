// Whether anybody waits for what an actor is doing.
//
// An ask is given up when its time is over, when its asker ends, and when what it waits with is
// dropped or cancelled. Then the actor that handles it is let go of its waits for other actors and
// for time (Ask, Await…, Tell, Sleep): they return kCancelled. A question that it asks from then on
// returns so at once, as if its own time were over; a Sleep or a Tell does so once, so that who
// does not look spins no faster. Its other waits are left alone: what it has begun to do to the
// world it ends. So is what it does once it has given its Reply away. And whoever is asked handles
// the message, given up or not: a message that was sent is not taken back.

#ifndef REHEARSE_ACTOR_INTERNAL_ASKER_H_
#define REHEARSE_ACTOR_INTERNAL_ASKER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {

// Whether who sent `handled`, an ask, has given up.
[[gnu::noinline]] bool IsGivenUp(Worker& worker, const Envelope& handled);

// The ask that the calling code is about; null if it is about none.
inline Envelope* AskHandledOn(Worker& worker) {
  auto* const handled = static_cast<Envelope*>(worker.current().handling);
  return handled != nullptr && handled->has_ask && handled->ask().reply_to ? handled : nullptr;
}

// Whether the calling code is about an ask that nobody waits for any more.
inline bool AskerHasLeft() {
  Worker* const worker = CurrentWorker();
  if (worker == nullptr) return false;
  const Envelope* const handled = AskHandledOn(*worker);
  return handled != nullptr && IsGivenUp(*worker, *handled);
}

// The same, once a message: for a wait that would be spun around.
bool LearnsThatAskerHasLeft();
// It has been woken for that.
void LearnedThatAskerHasLeft();

// kCancelled, for who was to do `what`.
absl::Status AskerHasLeftError(absl::string_view what);

// Whether a wait at this place (Fiber::where) ends when the asker leaves.
bool EndsWithAsker(absl::string_view where);

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_ASKER_H_
