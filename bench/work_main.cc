// One kind of the benchmarks' work, so often as said, and nothing else: for callgrind and perf.
//
//   work ping_pong 100000

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "rehearse/bench/actor_work.h"
#include "rehearse/bench/sim_work.h"

namespace rehearse::bench {
namespace {

struct Kind {
  const char* name;
  void (*run)(int64_t count);
};

constexpr Kind kKinds[] = {
    {"ping_pong", [](int64_t count) { PingPongWork(1).Run(count); }},
    {"ping_pong_1000", [](int64_t count) { PingPongWork(1000).Run(count); }},
    {"stream", [](int64_t count) { StreamWork(64).Run(count); }},
    {"ask", [](int64_t count) { AskWork().Run(count); }},
    {"spawn", [](int64_t count) { SpawnWork(1).Run(count); }},
    {"spawn_100", [](int64_t count) { SpawnWork(100).Run(count); }},
    {"sim_local", [](int64_t count) { RunLocalMessages(1, count); }},
    {"sim_local_32", [](int64_t count) { RunLocalMessages(32, count); }},
    {"sim_echo", [](int64_t count) { RunEchoAsks(1, count); }},
    {"sim_echo_64", [](int64_t count) { RunEchoAsks(64, count); }},
    {"sim_sockets", [](int64_t count) { RunSocketEchoes(1, count); }},
    {"sim_sockets_64", [](int64_t count) { RunSocketEchoes(64, count); }},
    {"sim_ring", [](int64_t count) { RunRingTells(1, count); }},
    {"sim_tiny", [](int64_t count) { RunTinyWorlds(count); }},
    {"sim_ring_64", [](int64_t count) { RunRingTells(64, count); }},
};

int Main(int argc, char** argv) {
  for (const Kind& kind : kKinds) {
    if (argc != 3 || argv[1] != std::string(kind.name)) continue;
    kind.run(std::atoll(argv[2]));
    return 0;
  }
  std::fprintf(stderr, "usage: work KIND COUNT; kinds:\n");
  for (const Kind& kind : kKinds) std::fprintf(stderr, "  %s\n", kind.name);
  return 2;
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) { return rehearse::bench::Main(argc, argv); }
