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

namespace rehearse::internal {

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

// Hands `reply` to who waits for it and makes it ready. If nobody does any more, it is left where
// it is.
inline void DeliverWaiterReply(Scheduler& scheduler, ReplyId id, EnvelopePtr&& reply) {
  Waitable* const waitable = scheduler.waitables().Find(WaiterIndexOf(id));
  if (waitable == nullptr) return;
  const auto generation = static_cast<uint32_t>(id.value >> 32);
  if (Waitable::Deliver({waitable, generation}, reply.get())) reply.release();
}

// Takes what was handed over, at the latest when the asker's stack unwinds.
class WaiterReply {
 public:
  explicit WaiterReply(Wait& wait) : wait_(wait) {}
  ~WaiterReply() { Take(); }
  WaiterReply(const WaiterReply&) = delete;
  WaiterReply& operator=(const WaiterReply&) = delete;

  // Null if the wait ended without an answer.
  EnvelopePtr Take() { return EnvelopePtr(static_cast<Envelope*>(wait_.TakeDelivered())); }

 private:
  Wait& wait_;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_WAITER_REPLY_H_
