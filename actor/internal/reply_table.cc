#include "rehearse/actor/internal/reply_table.h"

#include <mutex>
#include <utility>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {

ReplyTable::~ReplyTable() {
  for (uint32_t i = 0; i < slot_count_.load(std::memory_order_acquire); ++i) {
    EnvelopePtr(std::exchange(slots_[i].reply, nullptr));
  }
}

template <typename Act>
void ReplyTable::WithFreeList(Act act) {
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->scheduler() == &scheduler_ &&
      worker->role() != Worker::Role::kOwnThread) [[likely]] {
    return act(own_[static_cast<size_t>(worker->index())]);
  }
  const std::lock_guard<SpinLock> lock(strangers_lock_);
  act(strangers_);
}

ReplyId ReplyTable::Open() {
  Slot* slot = nullptr;
  WithFreeList([&](FreeList& list) {
    if (list.first == nullptr) AddSlots(list);
    slot = std::exchange(list.first, list.first->next_free);
  });
  // Never generation 0, so that an id is never 0; 31 bits, the top one is the router's.
  uint64_t generation = ((slot->word.load(std::memory_order_relaxed) >> 8) + 1) & 0x7fffffff;
  if (generation == 0) generation = 1;
  slot->word.store(generation << 8 | kOpen, std::memory_order_release);
  return {generation << 32 | slot->index};
}

bool ReplyTable::Notify(ReplyId id, WaitToken waiter) {
  Slot& slot = SlotOf(id);
  uint64_t word = slot.word.load(std::memory_order_acquire);
  // A new waiter in place of an old one: back to open first, so that the reply never reads half a
  // token.
  if (word == Word(id, kWaited) &&
      slot.word.compare_exchange_strong(word, Word(id, kOpen), std::memory_order_acq_rel)) {
    word = Word(id, kOpen);
  }
  if (word != Word(id, kOpen)) return false;
  slot.waiter = waiter;
  return slot.word.compare_exchange_strong(word, Word(id, kWaited), std::memory_order_acq_rel);
}

bool ReplyTable::Fill(ReplyId id, EnvelopePtr reply) {
  if (IndexOf(id) >= slot_count_.load(std::memory_order_acquire)) return false;
  Slot& slot = SlotOf(id);
  uint64_t word = slot.word.load(std::memory_order_acquire);
  do {
    if (word != Word(id, kOpen) && word != Word(id, kWaited)) return false;
  } while (!slot.word.compare_exchange_weak(word, Word(id, kFilling), std::memory_order_acq_rel));
  // Ours alone until kDone: the owner waits these few instructions out.
  slot.reply = reply.release();
  const WaitToken waiter = word == Word(id, kWaited) ? slot.waiter : WaitToken{};
  slot.word.store(Word(id, kDone), std::memory_order_release);
  Waitable::Wake(waiter, WakeReason::kNotified);
  return true;
}

bool ReplyTable::Wants(ReplyId id) {
  if (IndexOf(id) >= slot_count_.load(std::memory_order_acquire)) return false;
  const uint64_t word = SlotOf(id).word.load(std::memory_order_acquire);
  return (word & ~uint64_t{0xff}) == Word(id, kFree) && word != Word(id, kFree);
}

bool ReplyTable::Ready(ReplyId id) {
  const uint64_t word = SlotOf(id).word.load(std::memory_order_acquire);
  return word == Word(id, kDone) || word == Word(id, kFilling);
}

EnvelopePtr ReplyTable::Close(ReplyId id) {
  Slot& slot = SlotOf(id);
  uint64_t word = slot.word.load(std::memory_order_acquire);
  while (word != Word(id, kDone)) {
    if (word == Word(id, kFilling)) {
      word = slot.word.load(std::memory_order_acquire);
      continue;
    }
    if (slot.word.compare_exchange_weak(word, Word(id, kFree), std::memory_order_acq_rel)) break;
  }
  EnvelopePtr reply(std::exchange(slot.reply, nullptr));
  slot.word.store(Word(id, kFree), std::memory_order_release);
  WithFreeList([&](FreeList& list) { slot.next_free = std::exchange(list.first, &slot); });
  return reply;
}

void ReplyTable::AddSlots(FreeList& list) {
  const std::lock_guard<SpinLock> lock(grow_);
  const uint32_t before = slots_.size();
  REHEARSE_CHECK(before < StableArray<Slot>::kSizeMax, "four million requests are pending at once");
  slots_.Grow();
  for (uint32_t index = slots_.size(); index > before;) {
    Slot& slot = slots_[--index];
    slot.index = index;
    slot.next_free = std::exchange(list.first, &slot);
  }
  slot_count_.store(slots_.size(), std::memory_order_release);
}

}  // namespace rehearse::internal
