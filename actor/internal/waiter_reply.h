// The way of an answer to an asker that waits for it on the spot.
//
// Such an asker needs no slot in a table: its fiber, or thread, is one, and its wait's generation
// tells this ask from all others. So the claim on the slot and the wake-up are one
// compare-and-swap.

#ifndef REHEARSE_ACTOR_INTERNAL_WAITER_REPLY_H_
#define REHEARSE_ACTOR_INTERNAL_WAITER_REPLY_H_

#include <cstdint>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse {

class Node;

namespace internal {

class Cell;

// [31 set][30..0 index of the waitable][62..32 generation]; ids of the ReplyTable have bit 31
// clear.
inline constexpr uint64_t kWaiterReply = uint64_t{1} << 31;

inline bool IsWaiterReply(ReplyId id) { return (id.value & kWaiterReply) != 0; }

inline uint32_t WaiterIndexOf(ReplyId id) {
  return static_cast<uint32_t>(id.value) & ~static_cast<uint32_t>(kWaiterReply);
}

inline ReplyId WaiterReplyOf(WaitToken token) {
  return {uint64_t{token.generation} << 32 | kWaiterReply | token.waitable->index()};
}

// Hands `reply` to who waits for it and makes it ready. False: nobody does any more, and it is left
// where it is.
inline bool DeliverWaiterReply(Scheduler& scheduler, ReplyId id, EnvelopePtr&& reply) {
  Waitable* const waitable = scheduler.waitables().Find(WaiterIndexOf(id));
  if (waitable == nullptr) return false;
  const auto generation = static_cast<uint32_t>(id.value >> 32);
  if (!Waitable::Deliver({waitable, generation}, reply.get())) return false;
  reply.release();
  return true;
}

// Whether somebody waits for it still. Any thread.
inline bool IsWaitedFor(Scheduler& scheduler, ReplyId id) {
  const Waitable* const waitable = scheduler.waitables().Find(WaiterIndexOf(id));
  return waitable != nullptr && waitable->Waits(static_cast<uint32_t>(id.value >> 32));
}

// Whether who waited for it was woken by something else, and has not run since. On its worker.
inline bool IsBeingGivenUp(Scheduler& scheduler, ReplyId id) {
  Waitable* const waitable = scheduler.waitables().Find(WaiterIndexOf(id));
  return waitable != nullptr &&
         waitable->token().generation == static_cast<uint32_t>(id.value >> 32) &&
         waitable->reason() != WakeReason::kNotified;
}

// Tells the node's ReplyWatch, if there is one.
[[gnu::cold]] void GiveUpAnswer(const Node& node, ReplyId id);
// And who was asked.
[[gnu::cold]] void GiveUpAnswer(Cell& asked, ReplyId id);

// Takes what was handed over, at the latest when the asker's stack unwinds.
class WaiterReply {
 public:
  WaiterReply(Cell& asked, Wait& wait) : asked_(asked), wait_(wait) {}
  ~WaiterReply() {
    if (!taken_) Abandon(asked_, wait_);
  }
  WaiterReply(const WaiterReply&) = delete;
  WaiterReply& operator=(const WaiterReply&) = delete;

  // Null if the wait ended without an answer.
  [[gnu::always_inline]] EnvelopePtr Take() {
    taken_ = true;
    return TakeFrom(asked_, wait_);
  }

 private:
  [[gnu::always_inline]] static EnvelopePtr TakeFrom(Cell& asked, Wait& wait) {
    EnvelopePtr reply(static_cast<Envelope*>(wait.TakeDelivered()));
    if (reply == nullptr) [[unlikely]] {
      GiveUpAnswer(asked, WaiterReplyOf(wait.token()));
    }
    return reply;
  }
  // Apart, and without this object, so that it lies in no memory on the usual way.
  [[gnu::cold, gnu::noinline]] static void Abandon(Cell& asked, Wait& wait) {
    TakeFrom(asked, wait);
  }

  Cell& asked_;
  Wait& wait_;
  bool taken_ = false;
};

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_WAITER_REPLY_H_
