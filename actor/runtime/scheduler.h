// The workers of one process's node, or the single worker of a simulated world.

#ifndef REHEARSE_ACTOR_RUNTIME_SCHEDULER_H_
#define REHEARSE_ACTOR_RUNTIME_SCHEDULER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "rehearse/actor/runtime/block_pool.h"
#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/own_threads.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/ready_policy.h"
#include "rehearse/actor/runtime/waitable_table.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class ThreadWaiterPool;

struct SchedulerOptions {
  int workers = 1;  // 1..64, that share the work
  WorkerOptions worker = {};
  // Make the parts of worker `index`. They must not be null.
  std::function<std::unique_ptr<ReadyPolicy>(int index)> make_policy = {};
  std::function<std::unique_ptr<Poller>(int index)> make_poller = {};
  // Null: actors have no threads of their own here, and run as the others do.
  OwnThreads::MakePoller make_own_poller = {};
};

class Scheduler {
 public:
  // Whatever their number, each worker's index is below this.
  static constexpr int kWorkersMax = OwnThreads::kFirst + OwnThreads::kMax;

  explicit Scheduler(SchedulerOptions options);
  // Stops and joins all threads. Fibers that are still parked are abandoned.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Runs each worker on a thread of its own.
  void Start();

  // Runs the only worker on the calling thread until RequestStop; may be called again afterwards.
  void RunInline();

  // Ends the workers' loops soon. Any thread.
  void RequestStop();

  // Waits for the threads to end. A plain thread only.
  void Join() { (void)JoinWithin(absl::InfiniteDuration()); }
  // False: after `patience`, an actor still blocks the thread that it has to itself.
  bool JoinWithin(absl::Duration patience);

  // Makes `runnable` ready on one of the workers. Any thread.
  void Post(Runnable& runnable);

  Worker& worker(int index) const {
    return index < OwnThreads::kFirst ? *workers_[static_cast<size_t>(index)]
                                      : own_threads_.worker(index);
  }
  // Those that share the work: their indexes begin at 0.
  int worker_count() const { return static_cast<int>(workers_.size()); }
  // Those, and the ones that don't. Any thread.
  std::vector<Worker*> AllWorkers() const;
  // Whether one worker runs all that there is.
  bool has_one_worker() const { return workers_.size() == 1 && !own_threads_.any(); }
  OwnThreads& own_threads() { return own_threads_; }
  // From now on actors' priorities count, wherever who is next is a matter of arrival. Any thread.
  void UsePriorities() { has_priorities_.store(true, std::memory_order_relaxed); }
  bool has_priorities() const { return has_priorities_.load(std::memory_order_relaxed); }
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
  BlockPool& blocks() { return *blocks_; }
  Bias& bias() { return bias_; }
  // All that can wait for what this scheduler runs.
  WaitableTable& waitables() { return waitables_; }
  // A plain thread waits for what runs here: the worker that comes to an end of its work next
  // expects more. Any thread.
  void ExpectGuest() { guest_.store(true, std::memory_order_relaxed); }
  // Whether a worker that sleeps looks again soon, whatever happens.
  const std::atomic<bool>& watched() const { return watched_; }
  ThreadWaiterPool& thread_waiters() { return *thread_waiters_; }
  // The domain of what belongs to no node.
  Domain& own_domain() { return own_domain_; }

 private:
  friend class Worker;
  struct Threads;
  struct ReleaseBlocks {
    void operator()(BlockPool* pool) const { pool->Release(); }
  };

  // `worker` has something new in its queue. A single thing is its own business, for it comes to it
  // next, and to wake another takes longer than that; unless it is busy for long, so somebody keeps
  // watch. More is shared with who sleeps, unless somebody is looking already.
  void OfferToOthers(Worker& worker);
  void WakeOneToSteal();
  void WakeOne();
  // Whether `worker`, which found nothing, is to keep watch; NextLook says until when it may sleep,
  // once it is marked asleep.
  bool TakeWatch(Worker& worker);
  Instant NextLook(Worker& worker);
  void GiveWatchBack() { watched_.store(false, std::memory_order_seq_cst); }
  bool AllAsleep() const;
  bool IsMarkedAsleep(const Worker& worker) const;
  // Whether a plain thread was here since the last time; then what comes from outside goes to
  // `worker`, until it gives up.
  bool TakeGuest(Worker& worker);
  void ForgetHost() { host_.store(kNobody, std::memory_order_relaxed); }
  void WakeIfAsleep(Worker& worker);
  void MarkAsleep(Worker& worker);
  void MarkAwake(Worker& worker);
  Runnable* StealFor(Worker& thief);
  // One look at the others' queues, of which they know nothing, and what it brought; and one that
  // takes nothing.
  Runnable* LookFor(Worker& thief);
  Runnable* StealFrom(Worker& victim, Worker& thief);
  bool HasWorkFor(Worker& thief);
  // Whether `thief` may take from what `victim` has.
  bool Offers(Worker& thief, size_t victim);
  bool IsLeftLying(Worker& thief, size_t victim, const ReadyPolicy::Stock& stock);

  const std::unique_ptr<BlockPool, ReleaseBlocks> blocks_;
  Domain own_domain_{NodeId{}, *this};
  const std::unique_ptr<ThreadWaiterPool> thread_waiters_;  // the table only numbers them
  Bias bias_;
  std::vector<std::unique_ptr<Worker>> workers_;
  OwnThreads own_threads_;
  std::unique_ptr<Threads> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_priorities_{false};
  static constexpr int kNobody = -1;
  std::atomic<uint32_t> next_post_{0};
  std::atomic<bool> guest_{false};
  std::atomic<int> host_{kNobody};  // index of a worker that expects somebody from outside
  alignas(64) std::atomic<uint64_t> asleep_{0};  // a bit a worker
  std::atomic<int> searching_{0};
  std::atomic<bool> watched_{false};  // somebody looks again soon
  WaitableTable waitables_;           // large: after what is looked at often
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_SCHEDULER_H_
