// Numbers for all that can wait under one scheduler, so that an address of a waiter can be kept and
// sent about without a pointer in it.

#ifndef REHEARSE_ACTOR_RUNTIME_WAITABLE_TABLE_H_
#define REHEARSE_ACTOR_RUNTIME_WAITABLE_TABLE_H_

#include <atomic>
#include <cstdint>

#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/stable_array.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse {

// Any thread. Waitables are added and never taken out: fibers and thread waiters live as long as
// their scheduler.
class WaitableTable {
 public:
  WaitableTable() = default;
  WaitableTable(const WaitableTable&) = delete;
  WaitableTable& operator=(const WaitableTable&) = delete;

  // Gives `waitable` its index. Before its first wait, once.
  void Add(Waitable& waitable);

  // The waitable with this index; null if there never was one.
  Waitable* Find(uint32_t index) const {
    if (index >= count_.load(std::memory_order_acquire)) return nullptr;
    return all_[index];
  }

 private:
  SpinLock grow_;
  std::atomic<uint32_t> count_{0};
  StableArray<Waitable*> all_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_WAITABLE_TABLE_H_
