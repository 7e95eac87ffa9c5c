// How a plain thread waits for an actor.

#ifndef REHEARSE_ACTOR_RUNTIME_THREAD_WAITER_H_
#define REHEARSE_ACTOR_RUNTIME_THREAD_WAITER_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/actor/runtime/waitable_table.h"

namespace rehearse {

class ThreadWaiter final : public Waitable {
 public:
  // Blocks the calling thread, which has armed this, until it is woken or `timeout` has passed. It
  // looks so often before it sleeps: see WorkerOptions.
  WakeReason Block(absl::Duration timeout, int32_t spins = 0);

 private:
  void OnWoken() override;

  std::mutex mutex_;
  std::condition_variable woken_;
  bool ready_ = false;
};

// Waiters are used again and never destroyed while the pool lives, so that an old token stays
// harmless.
class ThreadWaiterPool {
 public:
  // `table` numbers the waiters.
  explicit ThreadWaiterPool(WaitableTable& table) : table_(table) {}

  ThreadWaiter& Take();
  void GiveBack(ThreadWaiter& waiter);

 private:
  WaitableTable& table_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ThreadWaiter>> all_;
  std::vector<ThreadWaiter*> free_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_THREAD_WAITER_H_
