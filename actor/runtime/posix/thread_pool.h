// Side threads: started when there is work for them, and kept.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_THREAD_POOL_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_THREAD_POOL_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/actor/runtime/side_threads.h"

namespace rehearse {

class ThreadPool final : public SideThreads {
 public:
  // At most so many jobs run at once; the others wait, in order. It ends before the scheduler does.
  explicit ThreadPool(size_t threads_max) : threads_max_(threads_max) {}
  // Waits for the jobs that run; those that have not begun never do.
  ~ThreadPool() override;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void Submit(absl::AnyInvocable<void()> job) override;

  // Drops the jobs that have not begun, and waits for those that run. False: one outlives
  // `patience`, and the destructor would wait for it.
  bool End(absl::Duration patience);

 private:
  void AddThread();
  void Work();

  const size_t threads_max_;
  // A worker that is kept to one CPU may start a thread, which is to have them all.
  const std::vector<int> cpus_ = AllowedCpus();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::AnyInvocable<void()>> jobs_;
  size_t idle_ = 0;
  size_t running_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_THREAD_POOL_H_
