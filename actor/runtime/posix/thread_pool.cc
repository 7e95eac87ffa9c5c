#include "rehearse/actor/runtime/posix/thread_pool.h"

#include <system_error>
#include <utility>

namespace rehearse {

ThreadPool::~ThreadPool() {
  End(absl::InfiniteDuration());
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Submit(absl::AnyInvocable<void()> job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ending_) return;
  jobs_.push_back(std::move(job));
  if (jobs_.size() > idle_ && threads_.size() < threads_max_) AddThread();
  changed_.notify_one();
}

// Where the host refuses one, those that are there do it, later.
void ThreadPool::AddThread() {
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    if (threads_.empty()) throw;
  }
}

bool ThreadPool::End(absl::Duration patience) {
  std::deque<absl::AnyInvocable<void()>> dropped;  // outside of the lock
  std::unique_lock<std::mutex> lock(mutex_);
  ending_ = true;
  dropped.swap(jobs_);
  changed_.notify_all();
  const auto none_runs = [this] { return running_ == 0; };
  if (patience != absl::InfiniteDuration()) {
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(patience), none_runs);
  }
  changed_.wait(lock, none_runs);
  return true;
}

void ThreadPool::Work() {
  (void)KeepTo(cpus_);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (ending_) return;
    absl::AnyInvocable<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    if (--running_ == 0 && ending_) changed_.notify_all();
  }
}

}  // namespace rehearse
