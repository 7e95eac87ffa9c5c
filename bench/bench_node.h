// A node for benchmarks: real workers with their default options, and nothing on the outside.

#ifndef REHEARSE_BENCH_BENCH_NODE_H_
#define REHEARSE_BENCH_BENCH_NODE_H_

#include <cstdio>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/env/log.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/stealing_policy.h"
#include "rehearse/actor/runtime/task.h"

namespace rehearse::bench {

// The host's, as it is: programs of benchmarks do not ask for the time.
class BenchClock final : public Clock {
 public:
  explicit BenchClock(const BootClock& boot) : boot_(boot) {}

  Instant Now() const override { return boot_.Now(); }
  absl::StatusOr<absl::Time> WallTime() const override { return HostWallTime(); }
  Instant ToTimebase(Instant reading) const override { return reading; }

 private:
  const BootClock boot_;
};

// A benchmark that logs has gone wrong.
class StderrLog final : public Log {
 public:
  void Write(Severity, absl::string_view line) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }
};

class BenchNode {
 public:
  // A lone worker has the plain queue, unless `always_stealing`.
  explicit BenchNode(NodeOptions options = {}, int workers = 1, bool always_stealing = false)
      : scheduler_(
            {.workers = workers,
             .worker = {.spins = SpinsWorthwhile()},
             .make_policy = [=](int) -> std::unique_ptr<ReadyPolicy> {
               if (workers == 1 && !always_stealing) return std::make_unique<FifoPolicy>();
               return std::make_unique<StealingPolicy>();
             },
             .make_poller = [this](int) { return std::make_unique<ConditionPoller>(boot_); }}),
        clock_(boot_),
        node_(std::move(options), scheduler_, clock_, log_) {}

  // Ends what still lives.
  ~BenchNode() {
    const auto end = [this] {
      (void)node_.StopActors();
      Finish();
    };
    if (started_) {
      Task::Start(node_, "end", end).Unref();
      scheduler_.Join();
    } else {
      Run(end);
    }
  }

  // Runs `program` on a fiber of the calling thread, and all that follows from it, until Finish. Of
  // one worker.
  void Run(absl::AnyInvocable<void()> program) {
    Task::Start(node_, "program", std::move(program)).Unref();
    scheduler_.RunInline();
  }

  // Ends the present Run. On one of its fibers.
  void Finish() { scheduler_.RequestStop(); }

  // From now on threads of its own run the node; no more Run.
  void Start() {
    started_ = true;
    scheduler_.Start();
  }

  Node& operator*() { return node_; }
  Node* operator->() { return &node_; }

 private:
  BootClock boot_;
  Scheduler scheduler_;
  BenchClock clock_;
  StderrLog log_;
  Node node_;
  bool started_ = false;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_BENCH_NODE_H_
