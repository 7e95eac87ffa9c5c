// What does memory hold, and how much of it: idle actors, suspended ones, queued messages, a
// mailbox with many senders? And what does a node take that does nothing?
//
//   memory_bench [--actors=1000000] [--many=10000000] [--suspended=100000] [--queued=1000000]
//                [--contended=2000000] [--idle_seconds=2]
//
// Each figure is taken in a process of its own, so that none stands on memory that another left.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/bench/bench_node.h"
#include "rehearse/bench/peers/bench_run.h"

namespace rehearse::bench {
namespace {

struct Memory {
  int64_t rss_bytes = 0;
  int64_t maps = 0;
};

struct Growth {
  Memory before;
  Memory after;
  double BytesEach(int64_t count) const {
    return static_cast<double>(after.rss_bytes - before.rss_bytes) / static_cast<double>(count);
  }
};

Memory ReadMemory() {
  Memory memory;
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string word;
  while (rollup >> word) {
    if (word != "Rss:") continue;
    rollup >> memory.rss_bytes;
    memory.rss_bytes *= 1024;
    break;
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) ++memory.maps;
  return memory;
}

double SecondsOfCpu() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Nap {};

// `kBytes` of state, the virtual table's pointer included.
template <size_t kBytes>
class Sleeper : public Actor {
 public:
  void Handle(const Nap&) { (void)Sleep(absl::Hours(24)); }

 private:
  char state_[kBytes - sizeof(Actor)] = {};
};

template <>
class Sleeper<sizeof(Actor)> : public Actor {
 public:
  void Handle(const Nap&) { (void)Sleep(absl::Hours(24)); }
};

struct Spawn {
  int64_t actors = 0;
};

// Starts actors a few at a time: were all started at once, their first messages would count too.
template <typename A>
class Nursery : public Actor {
 public:
  explicit Nursery(std::function<void(const ActorRef<A>&)> on_each, std::function<void()> on_last)
      : on_each_(std::move(on_each)), on_last_(std::move(on_last)) {}

  void Handle(const Spawn& spawn) {
    int64_t left = spawn.actors;
    for (int i = 0; i < 100 && left > 0; ++i, --left) on_each_(node().template Spawn<A>());
    (void)Sleep(absl::ZeroDuration());
    if (left == 0) return on_last_();
    (void)Self(this).Tell(Spawn{left});
  }

 private:
  const std::function<void(const ActorRef<A>&)> on_each_;
  const std::function<void()> on_last_;
};

// What memory grows by when `count` actors are started and `on_each` is done to each.
template <typename A>
Growth Grow(int64_t count, const std::function<void(const ActorRef<A>&)>& on_each) {
  auto& node = *new BenchNode;  // never ended: the process ends
  const auto spawn = [&](int64_t actors) {
    node.Run([&node, &on_each, actors] {
      (void)node->Spawn<Nursery<A>>(on_each, [&node] { node.Finish(); }).Tell(Spawn{actors});
    });
  };
  spawn(100);
  const Memory before = ReadMemory();
  spawn(count);
  return {.before = before, .after = ReadMemory()};
}

void Print(const std::string& what, const Growth& growth, int64_t count) {
  std::printf("%s: %.1f B of RSS each (%lld of them), maps %lld -> %lld\n", what.c_str(),
              growth.BytesEach(count), static_cast<long long>(count),
              static_cast<long long>(growth.before.maps),
              static_cast<long long>(growth.after.maps));
}

template <typename A>
void PrintIdle(int64_t actors) {
  Print("idle actor of " + std::to_string(sizeof(A)) + " B",
        Grow<A>(actors, [](const ActorRef<A>&) {}), actors);
}

void PrintSuspended(int64_t handlers) {
  using A = Sleeper<64>;
  Print("suspended handler, its actor of 64 B included",
        Grow<A>(handlers, [](const ActorRef<A>& actor) { (void)actor.Tell(Nap{}); }), handlers);
}

void PrintIdleNode(double seconds) {
  auto& node = *new BenchNode;
  for (int i = 0; i < 100; ++i) (void)node->Spawn<Sleeper<64>>().Tell(Nap{});
  node.Start();
  absl::SleepFor(absl::Seconds(seconds / 10));
  const double before = SecondsOfCpu();
  absl::SleepFor(absl::Seconds(seconds));
  const double used = SecondsOfCpu() - before;
  std::printf("idle node of 100 suspended actors: %.6f s of CPU in %.2f s, %.4f %%\n", used,
              seconds, 100 * used / seconds);
}

void PrintMany(int64_t actors) {
  const absl::Time begin = absl::Now();
  const Growth growth = Grow<Sleeper<sizeof(Actor)>>(actors, [](const auto&) {});
  std::printf("%lld idle actors started in %.2f s (%.2f s of CPU); %.1f MiB of RSS in all\n",
              static_cast<long long>(actors), absl::ToDoubleSeconds(absl::Now() - begin),
              SecondsOfCpu(), static_cast<double>(growth.after.rss_bytes) / (1 << 20));
}

struct Small {
  int64_t number;
};

// Never reads what it is sent.
class Busy : public Actor {
 public:
  void Handle(const Nap&) { (void)Sleep(absl::Hours(24)); }
  void Handle(const Small&) {}
};

void PrintQueued(int64_t messages) {
  BenchNode& node = *new BenchNode;
  const ActorRef<Busy> busy = node->SpawnWith<Busy>({.mailbox_capacity = 0});
  const auto fill = [&](int64_t count) {
    node.Run([&, count] {
      for (int64_t i = 0; i < count; ++i) (void)busy.Tell(Small{i});
      node.Finish();
    });
  };
  (void)busy.Tell(Nap{});
  fill(1000);
  const Memory before = ReadMemory();
  fill(messages);
  Print("queued message of 8 B", {.before = before, .after = ReadMemory()}, messages);
}

class Reader : public Actor {
 public:
  Reader(int64_t messages, Gate* over) : left_(messages), over_(over) {}
  void Handle(const Small&) {
    if (--left_ == 0) over_->Arrive();
  }

 private:
  int64_t left_;
  Gate* const over_;
};
class Writer : public Actor {
 public:
  explicit Writer(ActorRef<Reader> reader) : reader_(std::move(reader)) {}
  void Handle(const Spawn& messages) {
    for (int64_t i = 0; i < messages.actors; ++i) (void)reader_.Tell(Small{i});
  }

 private:
  const ActorRef<Reader> reader_;
};

// The default mailbox, twenty senders, two workers.
void PrintContended(int64_t messages) {
  constexpr int64_t kWriters = 20;
  const int64_t each = messages / kWriters;
  BenchNode& node = *new BenchNode({}, 2);
  Gate over(1);
  const ActorRef<Reader> reader = node->Spawn<Reader>(each * kWriters, &over);
  for (int64_t i = 0; i < kWriters; ++i) (void)node->Spawn<Writer>(reader).Tell(Spawn{each});
  node.Start();
  over.Await();
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%lld messages of %lld senders to one mailbox of 64: peak RSS %.1f MiB\n",
              static_cast<long long>(each * kWriters), static_cast<long long>(kWriters),
              static_cast<double>(usage.ru_maxrss) / 1024);
}

// Whether the measurement in a process of its own went well.
bool InChild(const std::function<void()>& measure) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    measure();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

// The number after "--name=" among the arguments.
double Flag(int argc, char** argv, const std::string& name, double otherwise) {
  const std::string prefix = "--" + name + "=";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind(prefix, 0) == 0) return std::atof(argument.c_str() + prefix.size());
  }
  return otherwise;
}

int Main(int argc, char** argv) {
  const auto actors = static_cast<int64_t>(Flag(argc, argv, "actors", 1e6));
  const auto suspended = static_cast<int64_t>(Flag(argc, argv, "suspended", 1e5));
  const auto many = static_cast<int64_t>(Flag(argc, argv, "many", 1e7));
  const auto queued = static_cast<int64_t>(Flag(argc, argv, "queued", 1e6));
  const auto contended = static_cast<int64_t>(Flag(argc, argv, "contended", 2e6));
  const double seconds = Flag(argc, argv, "idle_seconds", 2);
  bool good = InChild([&] { PrintIdle<Sleeper<sizeof(Actor)>>(actors); });
  good = InChild([&] { PrintIdle<Sleeper<32>>(actors); }) && good;
  good = InChild([&] { PrintIdle<Sleeper<64>>(actors); }) && good;
  good = InChild([&] { PrintSuspended(suspended); }) && good;
  good = InChild([&] { PrintQueued(queued); }) && good;
  good = InChild([&] { PrintContended(contended); }) && good;
  good = InChild([&] { PrintMany(many); }) && good;
  good = InChild([&] { PrintIdleNode(seconds); }) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) { return rehearse::bench::Main(argc, argv); }
