#include "rehearse/actor/runtime/own_threads.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
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

struct OwnThreads::Threads {
  std::mutex mutex;
  std::condition_variable ended;
  int running = 0;
  std::vector<Worker*> free;
  std::vector<std::thread> all;
};

OwnThreads::OwnThreads(Scheduler& scheduler, const WorkerOptions& options, MakePoller make_poller)
    : scheduler_(scheduler),
      options_(ReadingTimeOften(options)),
      make_poller_(std::move(make_poller)),
      threads_(std::make_unique<Threads>()) {}

OwnThreads::~OwnThreads() {
  Join();
  for (Worker* const worker : All()) delete worker;
}

Worker& OwnThreads::Take() {
  const std::lock_guard<std::mutex> lock(threads_->mutex);
  if (threads_->free.empty()) return StartOne();
  Worker& worker = *threads_->free.back();
  threads_->free.pop_back();
  return worker;
}

void OwnThreads::GiveBack(Worker& worker) {
  const std::lock_guard<std::mutex> lock(threads_->mutex);
  threads_->free.push_back(&worker);
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
  threads_->all.emplace_back([this, worker = made.get()] {
    worker->Run();
    const std::lock_guard<std::mutex> lock(threads_->mutex);
    --threads_->running;
    threads_->ended.notify_all();
  });
  ++threads_->running;
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
  std::unique_lock<std::mutex> lock(threads_->mutex);
  return threads_->ended.wait_for(lock, length, [this] { return threads_->running == 0; });
}

void OwnThreads::Join() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> lock(threads_->mutex);
    threads.swap(threads_->all);
    threads_->free.clear();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace rehearse
