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

bool StealingPolicy::empty() const {
  return pinned_.empty() &&
         top_.load(std::memory_order_seq_cst) >= bottom_.load(std::memory_order_seq_cst);
}

void StealingPolicy::Grow(uint64_t top, uint64_t bottom) {
  const Ring& ring = *rings_.back();
  rings_.push_back(std::make_unique<Ring>((ring.mask + 1) * 2));
  Ring& larger = *rings_.back();
  for (uint64_t i = top; i != bottom; ++i) {
    larger.slots[i & larger.mask].store(ring.slots[i & ring.mask].load(std::memory_order_relaxed),
                                        std::memory_order_relaxed);
  }
  ring_.store(&larger, std::memory_order_release);
}

}  // namespace rehearse
