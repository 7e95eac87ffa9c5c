// What do actors that do nothing cost: idle ones, suspended ones, a whole node?
//
//   memory_bench [--actors=1000000] [--suspended=100000] [--idle_seconds=2]
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
  const double seconds = Flag(argc, argv, "idle_seconds", 2);
  bool good = InChild([&] { PrintIdle<Sleeper<sizeof(Actor)>>(actors); });
  good = InChild([&] { PrintIdle<Sleeper<32>>(actors); }) && good;
  good = InChild([&] { PrintIdle<Sleeper<64>>(actors); }) && good;
  good = InChild([&] { PrintSuspended(suspended); }) && good;
  good = InChild([&] { PrintIdleNode(seconds); }) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) { return rehearse::bench::Main(argc, argv); }
