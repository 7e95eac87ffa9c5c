#include "rehearse/actor/runtime/own_threads.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse {
namespace {

// Keeps what is bound to this worker, and hands the rest to those who share the work.
class OwnThreadPolicy final : public ReadyPolicy {
 public:
  explicit OwnThreadPolicy(Scheduler& scheduler) : scheduler_(scheduler) {}

  void Push(Runnable& runnable) override {
    runnable.may_move() ? scheduler_.Post(runnable) : bound_.Push(runnable);
  }
  Runnable* Pop() override { return bound_.Pop(); }
  size_t Steal(std::span<Runnable*>) override { return 0; }
  bool empty() const override { return bound_.empty(); }

 private:
  Scheduler& scheduler_;
  FifoPolicy bound_;
};

// A handler may take any time, so the clock is read after each.
WorkerOptions ReadingTimeOften(WorkerOptions options) {
  options.quantum = 1;
  options.poll_every = 0;
  return options;
}

}  // namespace

OwnThreads::OwnThreads(Scheduler& scheduler, const WorkerOptions& options, MakePoller make_poller)
    : scheduler_(scheduler),
      options_(ReadingTimeOften(options)),
      make_poller_(std::move(make_poller)) {}

OwnThreads::~OwnThreads() {
  Join();
  for (Worker* const worker : All()) delete worker;
}

Worker& OwnThreads::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.empty()) return StartOne();
  Worker& worker = *free_.back();
  free_.pop_back();
  return worker;
}

void OwnThreads::GiveBack(Worker& worker) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(&worker);
}

Worker& OwnThreads::StartOne() {
  const int number = count_.load(std::memory_order_relaxed);
  if (number == kMax) {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                            absl::StrCat("a thread for a blocking actor: ", kMax, " have one"));
  }
  auto made =
      std::make_unique<Worker>(scheduler_, kFirst + number, Worker::Role::kOwnThread, options_,
                               std::make_unique<OwnThreadPolicy>(scheduler_), make_poller_());
  if (on_start_ != nullptr) on_start_(*made);
  threads_.emplace_back([this, worker = made.get()] {
    worker->Run();
    const std::lock_guard<std::mutex> lock(mutex_);
    --running_;
    ended_.notify_all();
  });
  ++running_;
  workers_[static_cast<size_t>(number)].store(made.get(), std::memory_order_release);
  count_.store(number + 1, std::memory_order_release);
  return *made.release();
}

std::vector<Worker*> OwnThreads::All() const {
  std::vector<Worker*> all;
  for (const std::atomic<Worker*>& worker : workers_) {
    if (Worker* const it = worker.load(std::memory_order_acquire)) all.push_back(it);
  }
  return all;
}

bool OwnThreads::AwaitEnd(absl::Duration patience) {
  // A day at most, so that no arithmetic of the library's overflows.
  const auto length = absl::ToChronoNanoseconds(std::min(patience, absl::Hours(24)));
  std::unique_lock<std::mutex> lock(mutex_);
  return ended_.wait_for(lock, length, [this] { return running_ == 0; });
}

void OwnThreads::Join() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    threads.swap(threads_);
    free_.clear();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace rehearse
