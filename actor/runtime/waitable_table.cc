#include "rehearse/actor/runtime/waitable_table.h"

#include <mutex>

#include "rehearse/actor/env/check.h"

namespace rehearse {

void WaitableTable::Add(Waitable& waitable) {
  const std::lock_guard<SpinLock> lock(grow_);
  const uint32_t index = count_.load(std::memory_order_relaxed);
  REHEARSE_CHECK(index < StableArray<Waitable*>::kSizeMax,
                 "a scheduler has four million fibers and threads that wait");
  if (index == all_.size()) all_.Grow();
  all_[index] = &waitable;
  waitable.index_ = index;
  count_.store(index + 1, std::memory_order_release);
}

}  // namespace rehearse
