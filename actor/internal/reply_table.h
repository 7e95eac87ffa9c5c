// Who waits for which answer, where it is not simply the one who waits: see waiter_reply.h.
//
// A reply names a slot and its generation. Slots are never unmapped while the node lives, so a
// reply that comes after its asker gave up finds another generation and is dropped.

#ifndef REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_
#define REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/own_threads.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/stable_array.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse {
class Scheduler;
}  // namespace rehearse

namespace rehearse::internal {

// One node's. Any thread.
class ReplyTable {
 public:
  // `scheduler` is the node's: its workers open and close slots without a lock.
  explicit ReplyTable(const Scheduler& scheduler) : scheduler_(scheduler) {}
  ~ReplyTable();
  ReplyTable(const ReplyTable&) = delete;
  ReplyTable& operator=(const ReplyTable&) = delete;

  // A new slot.
  ReplyId Open();

  // Have `waiter` woken when the reply comes. False if it has come already. The owner only.
  bool Notify(ReplyId id, WaitToken waiter);

  // The answer. If nobody wants it any more it is destroyed, and false returned.
  bool Fill(ReplyId id, EnvelopePtr reply);

  // Whether somebody waits for it, or for what has come already to be taken. Any thread.
  bool Wants(ReplyId id);

  // Whether the reply has come. The owner only.
  bool Ready(ReplyId id);

  // Gives up the slot; returns the reply if it has come. The owner only, once.
  EnvelopePtr Close(ReplyId id);

 private:
  // [30..0 index][62..32 generation]; the slot's word is [63..8 generation][7..0 state].
  enum State : uint64_t { kFree, kOpen, kWaited, kFilling, kDone };
  struct Slot {
    std::atomic<uint64_t> word{0};
    Envelope* reply = nullptr;
    WaitToken waiter;
    Slot* next_free = nullptr;
    uint32_t index = 0;
  };
  struct alignas(64) FreeList {
    Slot* first = nullptr;
  };

  static uint32_t IndexOf(ReplyId id) { return static_cast<uint32_t>(id.value); }
  static uint64_t Word(ReplyId id, State state) {
    return (id.value >> 32 & 0x7fffffff) << 8 | state;
  }
  Slot& SlotOf(ReplyId id) { return slots_[IndexOf(id)]; }
  // Calls `act` with a list that is the caller's alone for so long.
  template <typename Act>
  void WithFreeList(Act act);
  void AddSlots(FreeList& list);

  const Scheduler& scheduler_;
  std::array<FreeList, OwnThreads::kFirst> own_;  // one a worker that shares the work
  SpinLock strangers_lock_;
  FreeList strangers_;  // for everybody else
  SpinLock grow_;
  StableArray<Slot> slots_;
  std::atomic<uint32_t> slot_count_{0};
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_
