// Workers that do not share the work: each on a thread of its own, which one actor at a time may
// block for as long as it likes.

#ifndef REHEARSE_ACTOR_RUNTIME_OWN_THREADS_H_
#define REHEARSE_ACTOR_RUNTIME_OWN_THREADS_H_

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

// Threads are started when they are asked for, and kept: one that is given back is the next to be
// taken. Any thread, unless said otherwise.
class OwnThreads {
 public:
  // Their indexes follow those of the workers that share.
  static constexpr int kFirst = 64;
  static constexpr int kMax = 192;

  using MakePoller = std::function<std::unique_ptr<Poller>()>;

  // Null: there are none to be had.
  OwnThreads(Scheduler& scheduler, const WorkerOptions& options, MakePoller make_poller);
  ~OwnThreads();  // joins
  OwnThreads(const OwnThreads&) = delete;
  OwnThreads& operator=(const OwnThreads&) = delete;

  // Whether this scheduler has such threads. One that plays a simulated world has none.
  bool possible() const { return make_poller_ != nullptr; }
  // Whether one was ever started. From then on the scheduler has more than one thread.
  bool any() const { return count_.load(std::memory_order_acquire) != 0; }

  // A worker that nobody has. Throws std::system_error, as std::thread does, when kMax are taken or
  // the host starts no more threads.
  Worker& Take();
  // `worker`'s actor has ended. What is still on its way there finds nobody.
  void GiveBack(Worker& worker);

  // The worker of that index, which was taken.
  Worker& worker(int index) const {
    return *workers_[static_cast<size_t>(index - kFirst)].load(std::memory_order_acquire);
  }
  // All that there are.
  std::vector<Worker*> All() const;

  // Called with each new worker before it runs. Before any is taken.
  void set_on_start(std::function<void(Worker&)> hook) { on_start_ = std::move(hook); }

  // Whether all loops have ended within `patience`: one that is blocked does not. After the
  // scheduler was told to stop.
  bool AwaitEnd(absl::Duration patience);
  // The same, however long it takes. They are not taken again.
  void Join();

 private:
  struct Threads;

  Worker& StartOne();

  Scheduler& scheduler_;
  const WorkerOptions options_;
  const MakePoller make_poller_;
  std::function<void(Worker&)> on_start_;
  std::array<std::atomic<Worker*>, kMax> workers_{};
  std::atomic<int> count_{0};
  const std::unique_ptr<Threads> threads_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_OWN_THREADS_H_
