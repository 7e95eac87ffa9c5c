#include "rehearse/net/node/run_node.h"

#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "absl/debugging/symbolize.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/internal/cycle_watch.h"
#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"
#include "rehearse/actor/runtime/posix/thread_pool.h"
#include "rehearse/actor/runtime/posix/worker_cpus.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/stealing_policy.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/node/host_clock.h"
#include "rehearse/net/node/host_signals.h"
#include "rehearse/net/node/incarnation.h"
#include "rehearse/net/node/node_discovery.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/node/node_names.h"
#include "rehearse/net/node/node_network.h"
#include "rehearse/net/node/observation.h"
#include "rehearse/net/node/posix_files.h"
#include "rehearse/net/node/posix_processes.h"
#include "rehearse/net/node/service_manager.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/net/socket/posix_multicast.h"
#include "rehearse/net/socket/posix_sockets.h"

namespace rehearse::net {
namespace {

// Blocking calls at once; see RunBlocking.
constexpr size_t kSideThreads = 16;
constexpr absl::Duration kCycleWatchInterval = absl::Seconds(1);
// Some round trips between processes, wake-ups on a guest included.
constexpr absl::Duration kBusyPollMax = absl::Microseconds(150);

class StderrLog final : public Log {
 public:
  explicit StderrLog(std::string node) : node_(std::move(node)) {}

  void Write(Severity severity, absl::string_view line) override {
    const char letter = severity == Severity::kInfo      ? 'I'
                        : severity == Severity::kWarning ? 'W'
                                                         : 'E';
    const std::string text =
        absl::StrCat(absl::FormatTime("%H:%M:%E3S", HostWallTime(), absl::UTCTimeZone()), " ",
                     std::string(1, letter), " ", node_, ": ", line, "\n");
    std::fwrite(text.data(), 1, text.size(), stderr);  // one call, so that lines stay whole
  }

 private:
  const std::string node_;
};

uint64_t DrawFromHost() {
  uint64_t drawn = 0;
  REHEARSE_CHECK(getrandom(&drawn, sizeof(drawn), 0) == sizeof(drawn), "the host has no entropy");
  return drawn;
}

// The CPU of each worker, if they are to have one each.
absl::StatusOr<std::vector<int>> CpusOf(const NodeFlags& flags) {
  absl::StatusOr<std::vector<int>> cpus = CpusOfWorkers(flags.pin, flags.workers, AllowedCpus());
  if (cpus.ok()) return cpus;
  return absl::Status(cpus.status().code(),
                      absl::StrCat("--pin=", flags.pin, ": ", cpus.status().message()));
}

PosixMulticast::Reach ReachOf(const NodeFlags& flags) {
  return flags.mdns == NodeFlags::Mdns::kLoopback ? PosixMulticast::Reach::kLoopback
                                                  : PosixMulticast::Reach::kNetworks;
}

// The process's node, and all that it stands on, in the order in which it is built.
class NodeProcess {
 public:
  static absl::StatusOr<std::unique_ptr<NodeProcess>> Create(const NodeFlags& flags) {
    uint64_t incarnation = 1;
    if (!flags.state_dir.empty()) {
      REHEARSE_ASSIGN_OR_RETURN(incarnation, NextIncarnation(flags.state_dir));
    }
    REHEARSE_ASSIGN_OR_RETURN(const std::vector<int> cpus, CpusOf(flags));
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<NodeIdentity> identity, NodeIdentity::Make(flags));
    const BootClock boot;
    const absl::Duration busy_poll_max = HasOtherCpus() ? kBusyPollMax : absl::ZeroDuration();
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<EpollPoller> poller,
                              EpollPoller::Create(boot, busy_poll_max));
    NodeOptions options;
    options.name = flags.names == NodeFlags::Names::kKademlia
                       ? identity->identity().peer_id().ToString()
                       : flags.name;
    options.incarnation = incarnation;
    options.args = flags.args;
    options.seed = DrawFromHost();
    std::unique_ptr<NodeProcess> process(
        new NodeProcess(std::move(options), flags, boot, std::move(poller), std::move(identity)));
    PinWorkers(process->scheduler_, cpus, process->log_);
    for (const auto& [name, address] : flags.peers) process->peers_.Add(name, address);
    REHEARSE_ASSIGN_OR_RETURN(process->observation_,
                              Observation::Start(flags, process->scheduler_, process->node_,
                                                 process->network_, process->router_.counters()));
    return process;
  }

  // Runs `program`, and serves until the node is told to end. The program's status.
  absl::Status Run(Program program, const std::string& listen) {
    const pthread_t main_thread = pthread_self();
    node_.set_on_shutdown([main_thread] { WakeFromSignals(main_thread); });
    scheduler_.own_threads().set_on_start([this](Worker& worker) {
      observation_->Watch(worker);
      WatchForCyclesFromNow();
    });
    scheduler_.Start();
    Task& task = Task::Start(
        node_, "program", [&] { status_ = Begin(program, listen); },
        [&](GuardResult result, const std::exception_ptr& thrown) {
          if (result == GuardResult::kThrew) {
            status_ = absl::InternalError(absl::StrCat("the program threw: ", PanicText(thrown)));
          }
          // Told to end, it says so; else that is an error as any other.
          if (node_.shutting_down() && absl::IsCancelled(status_)) status_ = absl::OkStatus();
          if (!status_.ok()) node_.Shutdown();
          program_ended_.store(true, std::memory_order_release);
        });
    const bool told = ServeUntilEnd();
    End(task, main_thread, told);
    scheduler_.RequestStop();
    const bool all_end = scheduler_.JoinWithin(absl::Seconds(1));  // actors have had their time
    LogIfFailed(observation_->End());
    if (!all_end || !side_threads_.End(node_.options().stop_timeout)) {
      log_.Write(Severity::kError, "a blocking call does not end; the process ends without it");
      _exit(status_.ok() ? 0 : 1);
    }
    return status_;
  }

 private:
  NodeProcess(NodeOptions options, const NodeFlags& flags, const BootClock& boot,
              std::unique_ptr<EpollPoller> poller, std::unique_ptr<NodeIdentity> identity)
      : poller_(*poller),
        first_poller_(std::move(poller)),
        scheduler_({.workers = flags.workers,
                    .worker = {.spins = SpinsWorthwhile()},
                    .make_policy = [workers = flags.workers](int) -> std::unique_ptr<ReadyPolicy> {
                      if (workers == 1) return std::make_unique<FifoPolicy>();
                      return std::make_unique<StealingPolicy>();
                    },
                    .make_poller = [this, boot](int index) -> std::unique_ptr<Poller> {
                      if (index == 0) return std::move(first_poller_);
                      return std::make_unique<ConditionPoller>(boot);
                    },
                    .make_own_poller = [boot] { return std::make_unique<ConditionPoller>(boot); }}),
        clock_(boot),
        log_(options.name),
        sockets_(scheduler_.worker(0), poller_),
        multicast_(scheduler_.worker(0), poller_, ReachOf(flags)),
        processes_(scheduler_.worker(0), poller_, side_threads_),
        node_(std::move(options), scheduler_, clock_, log_),
        identity_(std::move(identity)),
        names_(flags, node_, identity_ == nullptr ? nullptr : &identity_->identity()),
        network_(flags, sockets_, node_, identity_.get(), names_.Handlers()),
        discovery_(flags, node_, multicast_),
        router_(node_, network_, peers_) {
    node_.set_side_threads(&side_threads_);
    node_.Provide<Sockets>(sockets_);
    node_.Provide<Multicast>(multicast_);
    node_.Provide<Files>(files_);
    node_.Provide<Processes>(processes_);
    node_.Provide(signals_);
    node_.Provide<Permissions>(router_.permissions());
    node_.Provide<PeerLanes>(router_.lanes());
    node_.Provide<PeerBook>(peers_);
    node_.set_router(&router_);
  }

  absl::Status Begin(const Program& program, const std::string& listen) {
    if (!listen.empty()) {
      REHEARSE_ASSIGN_OR_RETURN(listener_, network_.Listen(listen));
      log_.Write(Severity::kInfo, absl::StrCat("listening at ", listener_->address()));
      Task::Start(node_, "serve", [this] { router_.Serve(*listener_); }).Unref();
    }
    const std::string listening = listener_ == nullptr ? "" : listener_->address();
    REHEARSE_RETURN_IF_ERROR(names_.Begin(network_, listening));
    REHEARSE_RETURN_IF_ERROR(
        discovery_.Begin(identity_ == nullptr ? nullptr : &identity_->identity(), listening,
                         [this](const LanPeer& peer) { return names_.Meet(peer); }));
    LogIfFailed(service_manager_.Ready());
    if (service_manager_.watchdog() != absl::InfiniteDuration()) {
      watchdog_ = &Task::Start(node_, "watchdog", [this] { SayThatItLives(); });
    }
    if (scheduler_.worker_count() > 1) WatchForCyclesFromNow();
    return program(node_);
  }

  // There are several workers. One at a time.
  void WatchForCyclesFromNow() {
    if (cycle_watch_.load(std::memory_order_relaxed) != nullptr || node_.shutting_down()) return;
    cycle_watch_.store(
        &Task::Start(node_, "cycle watch", [this] { WatchForCycles(node_, kCycleWatchInterval); }),
        std::memory_order_release);
  }

  // As long as fibers run here. Twice as often as it has to be said.
  void SayThatItLives() {
    while (Sleep(service_manager_.watchdog() / 2).ok()) LogIfFailed(service_manager_.Alive());
  }

  void LogIfFailed(const absl::Status& status) {
    if (!status.ok()) log_.Write(Severity::kWarning, status.message());
  }

  // Tells actors of signals until the node is to end. Whether that was by a signal.
  bool ServeUntilEnd() {
    while (!node_.shutting_down()) {
      const std::optional<Signal> signal = AwaitSignal();
      if (!signal.has_value() || signals_.Raise(*signal)) continue;
      if (EndsNode(*signal)) return true;
      TakeUsualCourse(*signal);
    }
    return false;
  }

  // Program and actors first, then what carries them. `told`: by a signal; the next one ends the
  // process at once.
  void End(Task& program, pthread_t main_thread, bool told) {
    node_.Shutdown();
    LogIfFailed(service_manager_.Stopping());
    program.RequestStop();
    Task::Start(
        node_, "shutdown",
        [this, &program] {
          if (const absl::Status status = node_.StopActors(); !status.ok()) {
            log_.Write(Severity::kError, status.message());
          }
          EndProgram(program);
          if (watchdog_ != nullptr) watchdog_->RequestStop();
          if (Task* const watch = cycle_watch_.load()) watch->RequestStop();
          discovery_.Leave();
          names_.Leave(node_.DeadlineIn(absl::Seconds(1)));
          if (listener_ != nullptr) listener_->Close();
          router_.Close();
          names_.End(node_.DeadlineIn(absl::Seconds(1)));
          // Peers are told.
          network_.AwaitFibers(node_.DeadlineIn(absl::Seconds(1))).IgnoreError();
          // What is left are tasks that see their streams end.
          for (int i = 0; i < 1000 && node_.tasks() > 1; ++i) (void)Sleep(absl::Milliseconds(1));
        },
        [this, main_thread](GuardResult, const std::exception_ptr&) {
          ended_.store(true);
          WakeFromSignals(main_thread);
        })
        .Unref();
    while (!ended_.load()) {
      const std::optional<Signal> signal = AwaitSignal();
      if (!signal.has_value() || !EndsNode(*signal) || !std::exchange(told, true)) continue;
      log_.Write(Severity::kError, "told again to end: ends at once, whatever still lives");
      _exit(1);
    }
    program.Unref();
    if (watchdog_ != nullptr) watchdog_->Unref();
    if (Task* const watch = cycle_watch_.load()) watch->Unref();
  }

  // It has been asked to stop. On a fiber.
  void EndProgram(Task& program) {
    if (ProgramEndsIn(node_.options().stop_timeout)) return;
    program.RequestKill();
    if (ProgramEndsIn(absl::Seconds(1))) return;
    log_.Write(Severity::kError, "the program does not end: it neither waits nor returns");
  }
  bool ProgramEndsIn(absl::Duration patience) {
    constexpr absl::Duration kLook = absl::Milliseconds(1);
    for (; patience > absl::ZeroDuration(); patience -= kLook) {
      if (program_ended_.load(std::memory_order_acquire)) return true;
      (void)Sleep(kLook);
    }
    return program_ended_.load(std::memory_order_acquire);
  }

  EpollPoller& poller_;
  std::unique_ptr<EpollPoller> first_poller_;
  Scheduler scheduler_;
  ThreadPool side_threads_{kSideThreads};
  HostClock clock_;
  StderrLog log_;
  PosixSockets sockets_;
  PosixMulticast multicast_;
  PosixFiles files_{side_threads_};
  PosixProcesses processes_;
  PeerBook peers_;
  Node node_;
  Signals signals_;
  const std::unique_ptr<NodeIdentity> identity_;  // null without security
  NodeNames names_;
  NodeNetwork network_;
  NodeDiscovery discovery_;
  RemoteRouter router_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Observation> observation_;
  const ServiceManager service_manager_ = ServiceManager::OfEnvironment();
  Task* watchdog_ = nullptr;                 // counted
  std::atomic<Task*> cycle_watch_{nullptr};  // counted; with several workers
  absl::Status status_;
  std::atomic<bool> program_ended_{false};
  std::atomic<bool> ended_{false};
};

void PrintUsage(FILE* to, const char* program, const RunNodeOptions& options) {
  std::fprintf(to, "%s%susage: %s [flags] [-- arguments]\n\n%s%s%s", options.description.c_str(),
               options.description.empty() ? "" : "\n", program, kNodeFlagsHelp,
               options.args_help.empty() ? "" : "\n", options.args_help.c_str());
}

}  // namespace

int RunNode(int argc, char** argv, Program program, const RunNodeOptions& options) {
  absl::InitializeSymbolizer(argv[0]);
  absl::StatusOr<NodeFlags> flags = ParseNodeFlags(argc, argv);
  absl::Status status = flags.status();
  if (status.ok() && flags->help) {
    PrintUsage(stdout, argv[0], options);
    return 0;
  }
  if (status.ok() && options.check_args != nullptr) status = options.check_args(flags->args);
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n\n", argv[0], std::string(status.message()).c_str());
    PrintUsage(stderr, argv[0], options);
    return 2;
  }
  BlockSignals();
  absl::StatusOr<std::unique_ptr<NodeProcess>> process = NodeProcess::Create(*flags);
  status = process.ok() ? (*process)->Run(std::move(program), flags->listen) : process.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s: %s\n", flags->name.c_str(), status.ToString().c_str());
  return 1;
}

}  // namespace rehearse::net
