// How many messages and events a second does one core simulate?
//
// An event is one that the trace hashes: a message handled, a packet sent, a packet delivered. The
// trace's hash is always on; messages between nodes are encoded and decoded as on the wire.

#include <benchmark/benchmark.h>

#include "rehearse/bench/sim_work.h"

namespace rehearse::bench {
namespace {

template <typename Work>
void RunWorlds(benchmark::State& state, const Work& work) {
  SimCount total;
  for (auto _ : state) {
    const SimCount count = work();
    benchmark::DoNotOptimize(count.hash);
    total.messages += count.messages;
    total.events += count.events;
    total.packets += count.packets;
    total.virtual_seconds += count.virtual_seconds;
  }
  const auto rate = [&](double count) {
    return benchmark::Counter(count, benchmark::Counter::kIsRate);
  };
  state.counters["messages/s"] = rate(static_cast<double>(total.messages));
  state.counters["events/s"] = rate(static_cast<double>(total.events));
  state.counters["packets/s"] = rate(static_cast<double>(total.packets));
}

void BM_LocalMessages(benchmark::State& state) {
  RunWorlds(state, [&] { return RunLocalMessages(static_cast<int>(state.range(0)), 400'000); });
}

void BM_EchoAsks(benchmark::State& state) {
  RunWorlds(state, [&] { return RunEchoAsks(static_cast<int>(state.range(0)), 200'000); });
}

void BM_SocketEchoes(benchmark::State& state) {
  RunWorlds(state, [&] { return RunSocketEchoes(static_cast<int>(state.range(0)), 200'000); });
}

void BM_RingTells(benchmark::State& state) {
  RunWorlds(state, [&] { return RunRingTells(static_cast<int>(state.range(0)), 200'000); });
}

// Whole runs; a schedule explorer would say executions.
void BM_TinyWorlds(benchmark::State& state) {
  RunWorlds(state, [] { return RunTinyWorlds(1000); });
}

// Each iteration is another seed of the same cycle of twenty.
void BM_Register(benchmark::State& state) {
  uint64_t seed = 0;
  SimCount total;
  for (auto _ : state) {
    const SimCount count = RunRegisterWorld(seed++ % 20 + 1);
    total.messages += count.messages;
    total.events += count.events;
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["acknowledged"] = static_cast<double>(total.messages) / runs;
  state.counters["events"] = static_cast<double>(total.events) / runs;
}

BENCHMARK(BM_TinyWorlds)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Register)->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(BM_LocalMessages)->ArgName("pairs")->Arg(1)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_EchoAsks)->ArgName("clients")->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_SocketEchoes)->ArgName("clients")->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_RingTells)->ArgName("balls")->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rehearse::bench
