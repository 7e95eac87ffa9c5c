#include "rehearse/bench/scaling/calibration.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/bias.h"
#include "rehearse/actor/runtime/block_pool.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/bench/bench_node.h"
#include "rehearse/bench/peers/bench_run.h"
#include "rehearse/bench/peers/programs.h"

namespace rehearse::bench {
namespace {

double Now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double Least(int rounds, const std::function<double()>& measure) {
  double least = measure();
  for (int i = 1; i < rounds; ++i) least = std::min(least, measure());
  return least;
}

double MiddleOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double Middle(int rounds, const std::function<double()>& measure) {
  std::vector<double> values;
  for (int i = 0; i < rounds; ++i) values.push_back(measure());
  return MiddleOf(std::move(values));
}

// Who spins on a busy machine would wait for a thread that it keeps from running.
void LetOthers(int spins) {
  if (spins % 1000 == 999) std::this_thread::yield();
}

// --- Lines and wake-ups.

// Two threads change the same lines in turn, by a locked instruction each, as a push does. What it
// takes more than to change one's own.
double MeasureLine() {
  constexpr size_t kLines = 64;
  constexpr int kTurns = 100;
  // Apart, and in no order that a prefetcher knows.
  struct alignas(512) Word {
    std::atomic<uint64_t> value{0};
  };
  std::vector<Word> words(kLines);
  std::atomic<int> turn{0};
  std::vector<double> elsewhere;
  std::vector<double> here;
  const auto change_all = [&words] {
    const double begin = Now();
    for (size_t i = 0; i < kLines; ++i) {
      words[i * 37 % kLines].value.fetch_add(1, std::memory_order_acq_rel);
    }
    return Now() - begin;
  };
  const auto play = [&](int mine) {
    for (int i = mine; i < kTurns; i += 2) {
      for (int spins = 0; turn.load(std::memory_order_acquire) != i; ++spins) LetOthers(spins);
      elsewhere.push_back(change_all());
      here.push_back(change_all());
      turn.store(i + 1, std::memory_order_release);
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  return (MiddleOf(elsewhere) - MiddleOf(here)) / kLines;
}

struct WakeUp {
  double call;
  double delay;
};

WakeUp MeasureWakeUp() {
  const BootClock clock;
  ConditionPoller poller(clock);
  std::atomic<double> woken{0};
  std::thread sleeper([&] {
    poller.Wait(Instant::Infinite());
    woken.store(Now());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const double begin = Now();
  poller.Wake();
  const double called = Now();
  sleeper.join();
  return {called - begin, woken.load() - begin};
}

double MeasureDepot() {
  BlockPool* const pool = BlockPool::Create();
  constexpr int kTrips = 10'000;
  pool->Give(0, pool->Take(0));
  const double begin = Now();
  for (int i = 0; i < kTrips; ++i) pool->Give(0, pool->Take(0));
  const double each = (Now() - begin) / (2 * kTrips);
  pool->Release();
  return each;
}

// --- Actors that are activated here, there, and again here.

struct Item {};
class Target : public Actor {
 public:
  explicit Target(int64_t* left) : left_(left) {}
  void Handle(const Item&) {
    ++handled_;
    --*left_;
  }

 private:
  int64_t* const left_;
  int64_t handled_ = 0;
};

struct Costs {
  double send = 0;
  double handle = 0;
};

// What two drivers, one on each worker, share.
struct Court {
  std::vector<ActorRef<Target>> targets;
  int messages = 0;  // to each target, a turn
  int turns = 0;
  bool alternating = false;
  int64_t left = 0;
  Costs total;
  std::atomic<int> turn{0};
  Gate over{2};
};

struct Play {};
class Driver : public Actor {
 public:
  Driver(Court* court, int place) : court_(*court), place_(place) {}

  // Whose turn it is not keeps its worker busy, so that it takes nothing from the other.
  void Handle(const Play&) {
    int spins = 0;
    while (true) {
      const int turn = court_.turn.load(std::memory_order_acquire);
      if (turn >= court_.turns) break;
      if ((court_.alternating ? turn % 2 : 0) != place_) {
        LetOthers(++spins);
        continue;
      }
      spins = 0;
      TakeTurn();
      court_.turn.store(turn + 1, std::memory_order_release);
    }
    court_.over.Arrive();
  }

 private:
  void TakeTurn() {
    const int64_t all = court_.messages * static_cast<int64_t>(court_.targets.size());
    court_.left = all;
    const double begin = Now();
    for (int i = 0; i < court_.messages; ++i) {
      for (const ActorRef<Target>& target : court_.targets) (void)target.Tell(Item{});
    }
    const double sent = Now();
    while (court_.left > 0) (void)Sleep(absl::ZeroDuration());
    court_.total.send += (sent - begin) / static_cast<double>(all);
    court_.total.handle += (Now() - sent) / static_cast<double>(all);
  }

  Court& court_;
  const int place_;
};

Costs MeasureTurns(int targets, int messages, bool alternating) {
  BenchNode node({}, 2);
  Court court;
  court.messages = messages;
  court.turns = 60;
  court.alternating = alternating;
  for (int i = 0; i < targets; ++i) {
    court.targets.push_back(
        node->SpawnWith<Target>({.mailbox_capacity = messages + 1}, &court.left));
  }
  std::vector<ActorRef<Driver>> drivers;
  for (int i = 0; i < 2; ++i) {
    drivers.push_back(node->SpawnWith<Driver>({.worker = i}, &court, i));
    (void)drivers.back().Tell(Play{});
  }
  node.Start();
  court.over.Await();
  return {court.total.send / court.turns, court.total.handle / court.turns};
}

double SumOf(const Costs& costs) { return costs.send + costs.handle; }

// --- One worker, with its bias or without.

double CpuNanos() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

using Program = std::function<Figures(Node& node)>;

// CPU time an operation.
double MeasureOneWorker(const Program& program, bool with_bias) {
  BenchNode node({}, 1, !with_bias);
  node.Start();
  const auto measure = [&] {
    const double begin = CpuNanos();
    const Figures figures = program(*node);
    return (CpuNanos() - begin) / static_cast<double>(figures.operations);
  };
  if (with_bias) return measure();
  const Bias::Access nobody_has_it(node->scheduler().bias());
  return measure();
}

// What `measure` gives on each of two cores at once, in the middle, by what it gives on one alone.
double Beside(int rounds, const std::function<double()>& measure) {
  const double alone = Middle(rounds, measure);
  const double beside = Middle(rounds, [&measure] {
    double other = 0;
    std::thread twin([&] { other = measure(); });
    const double mine = measure();
    twin.join();
    return (mine + other) / 2;
  });
  return beside / alone;
}

struct Go {};
class Short : public Actor {
 public:
  explicit Short(int64_t* left) : left_(left) {}
  void Handle(const Go&) {
    --*left_;
    Stop();
  }

 private:
  int64_t* const left_;
};

struct Litters {
  int64_t size;
  int64_t count;
};
class Forker : public Actor {
 public:
  Forker(Costs* costs, Gate* over) : costs_(*costs), over_(over) {}
  void Handle(const Litters& litters) {
    for (int64_t i = 0; i < litters.count; ++i) {
      left_ = litters.size;
      const double begin = Now();
      for (int64_t j = 0; j < litters.size; ++j) (void)node().Spawn<Short>(&left_).Tell(Go{});
      const double spawned = Now();
      while (left_ > 0) (void)Sleep(absl::Microseconds(1));
      costs_.send += (spawned - begin) / static_cast<double>(litters.size * litters.count);
      costs_.handle += (Now() - spawned) / static_cast<double>(litters.size * litters.count);
    }
    over_->Arrive();
  }

 private:
  Costs& costs_;
  Gate* const over_;
  int64_t left_ = 0;
};

Costs MeasureFork(const Litters& litters) {
  BenchNode node({}, 1, true);
  node.Start();
  const Bias::Access nobody_has_it(node->scheduler().bias());
  Costs costs;
  Gate over(1);
  (void)node->Spawn<Forker>(&costs, &over).Tell(litters);
  over.Await();
  return costs;
}

Costs LeastFork(int rounds, const Litters& litters) {
  Costs least = MeasureFork(litters);
  for (int i = 1; i < rounds; ++i) {
    const Costs costs = MeasureFork(litters);
    if (SumOf(costs) < SumOf(least)) least = costs;
  }
  return least;
}

Figures Run(const std::string& program, Node& node, int64_t operations) {
  if (program == "big") return Big(node, operations);
  if (program == "fork") return Fork(node, operations);
  return Contend(node, kSenders, operations);
}

}  // namespace

MachineCosts MeasureMachine() {
  constexpr int kRounds = 11;
  MachineCosts costs;
  costs.line = Middle(kRounds, MeasureLine);
  costs.depot = Least(kRounds, MeasureDepot);
  const double here = Middle(kRounds, [] { return SumOf(MeasureTurns(64, 1, false)); });
  const double there = Middle(kRounds, [] { return SumOf(MeasureTurns(64, 1, true)); });
  // The mailbox's word is counted apart.
  costs.migration = std::max(there - here - costs.line, 0.0);
  std::vector<double> calls;
  std::vector<double> delays;
  for (int i = 0; i < 51; ++i) {
    const WakeUp wake_up = MeasureWakeUp();
    calls.push_back(wake_up.call);
    delays.push_back(wake_up.delay);
  }
  costs.wake_call = MiddleOf(calls);
  costs.wake_delay = MiddleOf(delays);
  return costs;
}

ProgramCosts MeasurePrograms() {
  constexpr int kRounds = 15;
  constexpr int64_t kMessages = 100'000;
  constexpr int64_t kFlood = 100'000;
  const auto least = [](const char* program, int64_t operations, bool with_bias) {
    return Least(kRounds, [=] {
      return MeasureOneWorker([=](Node& node) { return Run(program, node, operations); },
                              with_bias);
    });
  };
  ProgramCosts costs;
  costs.big_alone = least("big", kMessages, true);
  costs.big_shared = least("big", kMessages, false);
  costs.contend_alone = least("contend", kMessages, true);
  costs.contend_shared = least("contend", kMessages, false);
  costs.fork_alone = least("fork", kFlood, true);
  const Costs stream = MeasureTurns(1, 64, false);
  costs.handle_shared = costs.contend_shared * stream.handle / SumOf(stream);
  const Costs few = LeastFork(kRounds, {.size = 64, .count = 500});
  const Costs flood = LeastFork(kRounds, {.size = kFlood, .count = 1});
  costs.spawn = few.send;
  costs.life = few.handle;
  costs.spawn_fresh = flood.send;
  costs.life_fresh = flood.handle;
  const auto wall = [](const char* program, int64_t operations) {
    return [=] {
      BenchNode node({}, 1, true);
      node.Start();
      const Bias::Access nobody_has_it(node->scheduler().bias());
      const Figures figures = Run(program, *node, operations);
      return static_cast<double>(figures.measured) / static_cast<double>(figures.operations);
    };
  };
  costs.big_beside = Beside(kRounds, wall("big", kMessages));
  costs.contend_beside = Beside(kRounds, wall("contend", kMessages));
  costs.fork_beside = Beside(kRounds, wall("fork", kFlood));
  return costs;
}

double MeasureWall(const char* program, int64_t operations, int workers, int rounds) {
  return Least(rounds, [=] {
    BenchNode node({}, workers);
    node.Start();
    const Figures figures = Run(program, *node, operations);
    return static_cast<double>(figures.measured) / static_cast<double>(figures.operations);
  });
}

}  // namespace rehearse::bench
