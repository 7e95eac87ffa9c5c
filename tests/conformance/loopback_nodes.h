// Two nodes in one process, on workers with threads and epoll, in real time.

#ifndef REHEARSE_TESTS_CONFORMANCE_LOOPBACK_NODES_H_
#define REHEARSE_TESTS_CONFORMANCE_LOOPBACK_NODES_H_

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/env/log.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/posix/thread_pool.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/stealing_policy.h"
#include "rehearse/net/node/posix_files.h"
#include "rehearse/net/node/posix_processes.h"
#include "rehearse/net/socket/posix_multicast.h"
#include "rehearse/net/socket/posix_sockets.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse {

// The worker's time, and the host's calendar.
class HostClock final : public Clock {
 public:
  Instant Now() const override {
    Worker* const worker = CurrentWorker();
    return worker == nullptr ? Instant() : worker->now();
  }
  absl::StatusOr<absl::Time> WallTime() const override { return HostWallTime(); }
  Instant ToTimebase(Instant reading) const override { return reading; }
};

// Keeps the lines.
class KeptLog final : public Log {
 public:
  void Write(Severity, absl::string_view line) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> lines() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class LoopbackNodes final : public TwoNodes {
 public:
  explicit LoopbackNodes(int workers) : scheduler_(Options(workers, &poller_)) {
    for (Node* const node : {&first_, &second_}) node->set_side_threads(&side_threads_);
    scheduler_.Start();
  }
  ~LoopbackNodes() override {
    side_threads_.End(absl::InfiniteDuration());
    Drain(scheduler_);
    scheduler_.RequestStop();
    scheduler_.Join();
  }

  Node& node(int index) override { return index == 0 ? first_ : second_; }

  // On a plain thread.
  void Run(std::function<void()> first, std::function<void()> second) override {
    Countdown left(2);
    const auto start = [&left](Node& node, std::function<void()> body) {
      Task::Start(node, "body", std::move(body), [&left](GuardResult, const std::exception_ptr&) {
        left.Arrive();
      }).Unref();
    };
    start(first_, std::move(first));
    start(second_, std::move(second));
    left.Await();
  }

  net::PosixSockets& sockets() { return sockets_; }
  net::PosixMulticast& multicast() { return multicast_; }
  net::PosixFiles& files() { return files_; }
  net::PosixProcesses& processes() { return processes_; }
  KeptLog& log() { return log_; }

 private:
  static SchedulerOptions Options(int workers, FdPoller** poller) {
    return {.workers = workers,
            .worker = {},
            .make_policy = [](int) { return std::make_unique<StealingPolicy>(); },
            .make_poller =
                [poller, clock = BootClock()](int index) {
                  std::unique_ptr<EpollPoller> made = *EpollPoller::Create(clock);
                  if (index == 0) *poller = made.get();
                  return made;
                }};
  }

  FdPoller* poller_ = nullptr;
  Scheduler scheduler_;
  net::PosixSockets sockets_{scheduler_.worker(0), *poller_};
  net::PosixMulticast multicast_{scheduler_.worker(0), *poller_,
                                 net::PosixMulticast::Reach::kLoopback};
  ThreadPool side_threads_{4};
  net::PosixFiles files_{side_threads_};
  net::PosixProcesses processes_{scheduler_.worker(0), *poller_, side_threads_};
  HostClock clock_;
  KeptLog log_;
  Node first_{OptionsOfNode(0), scheduler_, clock_, log_};
  Node second_{OptionsOfNode(1), scheduler_, clock_, log_};
};

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_LOOPBACK_NODES_H_
