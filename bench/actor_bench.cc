// What does one worker need for a message, an ask, an actor's whole life?
//
// "each" is CPU time a message (an ask, an actor); asks from a plain thread take real time, as two
// threads share the work. Instructions: bench/instructions.

#include <benchmark/benchmark.h>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/bench/actor_work.h"
#include "rehearse/bench/bench_node.h"

namespace rehearse::bench {
namespace {

// So many a run that beginning and ending a run do not show.
constexpr int64_t kEach = 200'000;

template <typename Work>
void RunWork(benchmark::State& state, Work& work) {
  work.Run(kEach / 100);
  for (auto _ : state) work.Run(kEach);
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kEach),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_PingPong(benchmark::State& state) {
  PingPongWork work(static_cast<int>(state.range(0)));
  RunWork(state, work);
}

void BM_Stream(benchmark::State& state) {
  StreamWork work(static_cast<int32_t>(state.range(0)));
  RunWork(state, work);
}

void BM_Ask(benchmark::State& state) {
  AskWork work;
  RunWork(state, work);
}

void BM_SpawnTellEnd(benchmark::State& state) {
  SpawnWork work(state.range(0));
  RunWork(state, work);
}

// The asker sleeps on a futex, the worker on its poller: two thread switches are in it.
void BM_AskFromAPlainThread(benchmark::State& state) {
  BenchNode node;
  const ActorRef<Oracle> oracle = node->Spawn<Oracle>();
  node.Start();
  for (auto _ : state) {
    const absl::StatusOr<int64_t> answer = oracle.Ask(Question{});
    REHEARSE_CHECK(answer.ok(), answer.status().ToString());
  }
}

BENCHMARK(BM_PingPong)->ArgName("pairs")->Arg(1)->Arg(32)->Arg(1000);
BENCHMARK(BM_Stream)->ArgName("capacity")->Arg(64)->Arg(1024);
BENCHMARK(BM_Ask);
BENCHMARK(BM_SpawnTellEnd)->ArgName("litter")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(BM_AskFromAPlainThread)->UseRealTime();

}  // namespace
}  // namespace rehearse::bench
