// What the benches beside other actor systems have Rehearse do; the peer_* files here do the
// same.
//
//   ours BENCH SIZE WORKERS
//
// prints "OPERATIONS WALL_NS": of
//   pingpong  messages that one pair hands to and fro
//   ring      messages that go round a thousand
//   count     messages that one tells another as fast as it can
//   contend   the same of twenty to one
//   fork      actors that are spawned, get one message and end
//   ask       asks of one actor by another, which waits
//   askblock  asks by a plain thread
//   big       messages among sixty-four, of whom each pings one after the other by chance
//   idle      actors that do nothing; then the second number is what they add to the process, in
//   bytes idlecpu   nothing, for SIZE ms, so that the CPU time of the process shows what that takes
// Timed from the first message to the last one handled, where there are messages.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "rehearse/actor/node.h"
#include "rehearse/bench/bench_node.h"
#include "rehearse/bench/peers/bench_run.h"
#include "rehearse/bench/peers/programs.h"

namespace rehearse::bench {
namespace {

int Main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: ours BENCH SIZE WORKERS\n");
    return 2;
  }
  const int64_t size = std::atoll(argv[2]);
  BenchNode bench_node({}, std::atoi(argv[3]));
  bench_node.Start();
  Node& node = *bench_node;
  const std::map<std::string, std::function<Figures()>> benches = {
      {"pingpong", [&] { return Ring(node, 2, size); }},
      {"ring", [&] { return Ring(node, kRing, size); }},
      {"count", [&] { return Contend(node, 1, size); }},
      {"contend", [&] { return Contend(node, kSenders, size); }},
      {"fork", [&] { return Fork(node, size); }},
      {"ask", [&] { return Ask(node, size); }},
      {"askblock", [&] { return AskFromThread(node, size); }},
      {"big", [&] { return Big(node, size); }},
      {"idle", [&] { return Idle(node, size); }},
      {"idlecpu", [&] { return IdleCpu(node, size); }},
  };
  PrintAndExit(benches.at(argv[1])());
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) { return rehearse::bench::Main(argc, argv); }
