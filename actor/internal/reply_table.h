// Who waits for which answer.
//
// A reply names a slot and its generation. Slots are never unmapped while the node lives, so a
// reply that comes after its asker gave up finds another generation and is dropped.

#ifndef REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_
#define REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::internal {

// One node's. Any thread.
class ReplyTable {
 public:
  ReplyTable() = default;
  ~ReplyTable();
  ReplyTable(const ReplyTable&) = delete;
  ReplyTable& operator=(const ReplyTable&) = delete;

  // A new slot. `waiter`, if there is one, is woken by the reply.
  ReplyId Open(WaitToken waiter = {});

  // Have `waiter` woken when the reply comes. False if it has come already. The owner only.
  bool Notify(ReplyId id, WaitToken waiter);

  // The answer. If nobody wants it any more it is destroyed, and false returned.
  bool Fill(ReplyId id, EnvelopePtr reply);

  // Whether the reply has come. The owner only.
  bool Ready(ReplyId id);

  // Gives up the slot; returns the reply if it has come. The owner only, once.
  EnvelopePtr Close(ReplyId id);

 private:
  // [31..0 index][62..32 generation]; the slot's word is [63..8 generation][7..0 state].
  enum State : uint64_t { kFree, kOpen, kWaited, kFilling, kDone };
  struct Slot {
    std::atomic<uint64_t> word{0};
    Envelope* reply = nullptr;
    WaitToken waiter;
    uint32_t next_free = 0;
  };
  static constexpr uint32_t kChunkSlots = 512;
  static constexpr uint32_t kChunksMax = 8192;
  static constexpr uint32_t kNone = UINT32_MAX;
  struct alignas(64) FreeList {
    SpinLock lock;
    uint32_t first = kNone;
  };

  static uint32_t IndexOf(ReplyId id) { return static_cast<uint32_t>(id.value); }
  static uint64_t Word(ReplyId id, State state) {
    return (id.value >> 32 & 0x7fffffff) << 8 | state;
  }
  Slot& SlotOf(uint32_t index) {
    return chunks_[index / kChunkSlots].load(std::memory_order_acquire)[index % kChunkSlots];
  }
  FreeList& free_list();
  uint32_t AddChunk(FreeList& list);

  // A list a worker and one for plain threads: a worker's is contended only by strays.
  std::array<FreeList, 65> free_;
  std::array<std::atomic<Slot*>, kChunksMax> chunks_{};
  SpinLock grow_;
  std::atomic<uint32_t> chunk_count_{0};
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_REPLY_TABLE_H_
