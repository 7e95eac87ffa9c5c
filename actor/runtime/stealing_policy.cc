#include "rehearse/actor/runtime/stealing_policy.h"

#include <algorithm>

namespace rehearse {
namespace {

constexpr uint64_t kFirstCapacity = 256;

}  // namespace

StealingPolicy::StealingPolicy() {
  rings_.push_back(std::make_unique<Ring>(kFirstCapacity));
  ring_.store(rings_.back().get(), std::memory_order_relaxed);
}

StealingPolicy::~StealingPolicy() = default;

void StealingPolicy::Push(Runnable& runnable) {
  if (!runnable.may_move()) return pinned_.Push(runnable);
  uint64_t bottom = bottom_.load(std::memory_order_relaxed);
  const uint64_t top = top_.load(std::memory_order_acquire);
  Ring* ring = ring_.load(std::memory_order_relaxed);
  if (bottom - top > ring->mask) ring = &Grow(*ring, top, bottom);
  ring->slots[bottom & ring->mask].store(&runnable, std::memory_order_relaxed);
  if (Bias* const mine = held(); mine != nullptr) {
    mine->CompareExchange(bottom_, bottom, bottom + 1);
  } else {
    // So that a worker about to sleep either sees this or is seen asleep.
    bottom_.store(bottom + 1, std::memory_order_seq_cst);
  }
}

Runnable* StealingPolicy::Pop() {
  pinned_next_ = !pinned_next_;
  if (pinned_next_) {
    Runnable* const pinned = pinned_.Pop();
    return pinned != nullptr ? pinned : Take(held());
  }
  Runnable* const activation = Take(held());
  return activation != nullptr ? activation : pinned_.Pop();
}

// Slots from `top` on are not filled again before `top` moves, and who moves it first wins: so what
// was read stays true if the exchange succeeds, for one slot as for many.
size_t StealingPolicy::Steal(std::span<Runnable*> taken) {
  while (true) {
    uint64_t top = top_.load(std::memory_order_seq_cst);
    const uint64_t bottom = bottom_.load(std::memory_order_seq_cst);
    if (top >= bottom) return 0;
    const uint64_t half = (bottom - top + 1) / 2;
    const size_t share = std::min<uint64_t>(half, taken.size());
    Ring* const ring = ring_.load(std::memory_order_acquire);
    for (size_t i = 0; i < share; ++i) {
      taken[i] = ring->slots[(top + i) & ring->mask].load(std::memory_order_relaxed);
    }
    if (top_.compare_exchange_strong(top, top + share, std::memory_order_seq_cst)) return share;
  }
}

Runnable* StealingPolicy::Take(Bias* mine) {
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

ReadyPolicy::Stock StealingPolicy::stock() const {
  const uint64_t top = top_.load(std::memory_order_relaxed);
  const uint64_t bottom = bottom_.load(std::memory_order_relaxed);
  return {bottom > top ? bottom - top : 0, top};
}

bool StealingPolicy::empty() const {
  return pinned_.empty() &&
         top_.load(std::memory_order_seq_cst) >= bottom_.load(std::memory_order_seq_cst);
}

StealingPolicy::Ring& StealingPolicy::Grow(Ring& ring, uint64_t top, uint64_t bottom) {
  rings_.push_back(std::make_unique<Ring>((ring.mask + 1) * 2));
  Ring& larger = *rings_.back();
  for (uint64_t i = top; i != bottom; ++i) {
    larger.slots[i & larger.mask].store(ring.slots[i & ring.mask].load(std::memory_order_relaxed),
                                        std::memory_order_relaxed);
  }
  ring_.store(&larger, std::memory_order_release);
  return larger;
}

}  // namespace rehearse
