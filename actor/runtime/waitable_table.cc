#include "rehearse/actor/runtime/waitable_table.h"

#include <mutex>

#include "rehearse/actor/env/check.h"

namespace rehearse {

WaitableTable::~WaitableTable() {
  for (std::atomic<Waitable**>& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

void WaitableTable::Add(Waitable& waitable) {
  const std::lock_guard<SpinLock> lock(grow_);
  const uint32_t index = count_.load(std::memory_order_relaxed);
  REHEARSE_CHECK(index < kChunk * kChunksMax,
                 "a scheduler has four million fibers and threads that wait");
  std::atomic<Waitable**>& chunk = chunks_[index / kChunk];
  if (index % kChunk == 0) chunk.store(new Waitable*[kChunk], std::memory_order_relaxed);
  chunk.load(std::memory_order_relaxed)[index % kChunk] = &waitable;
  waitable.index_ = index;
  count_.store(index + 1, std::memory_order_release);
}

}  // namespace rehearse
