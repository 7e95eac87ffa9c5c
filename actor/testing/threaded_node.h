// A node for tests of what only threads can break: workers on threads, in real time.

#ifndef REHEARSE_ACTOR_TESTING_THREADED_NODE_H_
#define REHEARSE_ACTOR_TESTING_THREADED_NODE_H_

#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class ThreadsClock final : public Clock {
 public:
  explicit ThreadsClock(Scheduler& scheduler) : scheduler_(scheduler) {}
  Instant Now() const override {
    Worker* const worker = CurrentWorker();
    const bool looks = worker == nullptr || worker->role() == Worker::Role::kOwnThread;
    return looks ? scheduler_.worker(0).poller().Now() : worker->now();
  }
  absl::StatusOr<absl::Time> WallTime() const override {
    return absl::UnavailableError("tests have no calendar");
  }
  Instant ToTimebase(Instant reading) const override { return reading; }

 private:
  Scheduler& scheduler_;
};

class ThreadsLog final : public Log {
 public:
  void Write(Severity, absl::string_view line) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.emplace_back(line);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class ThreadedNode {
 public:
  // `prepare`, if not null, is called before the workers run.
  explicit ThreadedNode(int workers, NodeOptions options = {},
                        absl::AnyInvocable<void(Scheduler&)> prepare = nullptr)
      : scheduler_(OptionsForThreads(workers)),
        clock_(scheduler_),
        node_(std::move(options), scheduler_, clock_, log_) {
    if (prepare != nullptr) prepare(scheduler_);
    scheduler_.Start();
  }
  ~ThreadedNode() {
    (void)StopActors();
    scheduler_.RequestStop();
    scheduler_.Join();
  }

  // Runs `program` on a fiber and waits for its end. A plain thread only.
  void Run(absl::AnyInvocable<void()> program) {
    Countdown ended(1);
    Task::Start(node_, "program", std::move(program),
                [&ended](GuardResult, const std::exception_ptr&) { ended.Arrive(); })
        .Unref();
    ended.Await();
  }

  // Ends all actors, and waits out what stops and kills have posted.
  absl::Status StopActors() {
    absl::Status status;
    Run([&] { status = node_.StopActors(); });
    Drain(scheduler_);
    Drain(scheduler_);
    return status;
  }

  Node& operator*() { return node_; }
  Node* operator->() { return &node_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  Scheduler scheduler_;
  ThreadsClock clock_;
  ThreadsLog log_;
  Node node_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_TESTING_THREADED_NODE_H_
