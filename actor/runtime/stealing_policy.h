// First come, first served, with activations that idle workers may take.
//
// After Chase and Lev, "Dynamic circular work-stealing deque" (SPAA 2005), with two differences:
// the owner takes from the same end as the thieves, by the same compare-and-swap, so the order is
// fair and the owner-pop corner case does not exist; and there are no stand-alone fences, which a
// thread sanitizer does not model. Fibers and pinned runnables wait in a queue of the owner's.

#ifndef REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_
#define REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/ready_policy.h"

namespace rehearse {

class StealingPolicy final : public ReadyPolicy {
 public:
  StealingPolicy();
  ~StealingPolicy() override;

  void Push(Runnable& runnable) override;
  Runnable* Pop() override {
    pinned_next_ = !pinned_next_;
    if (pinned_next_) {
      Runnable* const pinned = pinned_.Pop();
      return pinned != nullptr ? pinned : Take(held());
    }
    Runnable* const activation = Take(held());
    return activation != nullptr ? activation : pinned_.Pop();
  }
  size_t Steal(std::span<Runnable*> taken) override;
  Stock stock() const override {
    const uint64_t top = top_.load(std::memory_order_relaxed);
    const uint64_t bottom = bottom_.load(std::memory_order_relaxed);
    return {bottom > top ? bottom - top : 0, top};
  }
  void set_seat(const BiasSeat& seat) override { seat_ = &seat; }
  bool by_arrival() const override { return true; }
  bool empty() const override;

 private:
  struct Ring {
    explicit Ring(uint64_t capacity)
        : mask(capacity - 1), slots(new std::atomic<Runnable*>[capacity]) {}
    const uint64_t mask;
    const std::unique_ptr<std::atomic<Runnable*>[]> slots;
  };

  // The owner's bias, where it has one: then nobody steals.
  Bias* held() const { return seat_ == nullptr ? nullptr : seat_->held(); }
  Runnable* Take(Bias* mine);
  void Grow(uint64_t top, uint64_t bottom);

  const BiasSeat* seat_ = nullptr;

  // Taken in turn from the two queues, so that neither starves the other.
  FifoPolicy pinned_;
  bool pinned_next_ = true;

  std::atomic<Ring*> ring_;
  std::vector<std::unique_ptr<Ring>> rings_;     // outgrown ones too: a thief may still read them
  alignas(64) std::atomic<uint64_t> top_{0};     // next to take
  alignas(64) std::atomic<uint64_t> bottom_{0};  // next to fill; the owner's
};

// Two of these are on the way of each message, so they are inline.
inline void StealingPolicy::Push(Runnable& runnable) {
  if (!runnable.may_move()) return pinned_.Push(runnable);
  uint64_t bottom = bottom_.load(std::memory_order_relaxed);
  const uint64_t top = top_.load(std::memory_order_acquire);
  if (bottom - top > ring_.load(std::memory_order_relaxed)->mask) [[unlikely]] {
    Grow(top, bottom);
  }
  Ring* const ring = ring_.load(std::memory_order_relaxed);
  ring->slots[bottom & ring->mask].store(&runnable, std::memory_order_relaxed);
  if (Bias* const mine = held(); mine != nullptr) {
    mine->CompareExchange(bottom_, bottom, bottom + 1);
  } else {
    // So that a worker about to sleep either sees this or is seen asleep.
    bottom_.store(bottom + 1, std::memory_order_seq_cst);
  }
}

inline Runnable* StealingPolicy::Take(Bias* mine) {
  while (true) {
    uint64_t top = top_.load(std::memory_order_seq_cst);
    const uint64_t bottom = bottom_.load(std::memory_order_seq_cst);
    if (top >= bottom) return nullptr;
    Ring* const ring = ring_.load(std::memory_order_acquire);
    // A stale ring or an overtaken slot is harmless: the exchange below then fails.
    Runnable* const runnable = ring->slots[top & ring->mask].load(std::memory_order_relaxed);
    const bool taken = mine != nullptr
                           ? mine->CompareExchange(top_, top, top + 1)
                           : top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst);
    if (taken) return runnable;
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_
