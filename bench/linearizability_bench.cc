// How long does a judge take for what a few clients saw of one register?
//
// The zones need distinct values; the search takes the same histories, and others with few values
// and with unknown outcomes. Wrong histories go wrong halfway: reads return the first value again.

#include <benchmark/benchmark.h>

#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/atomic_register_workload.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {
namespace {

std::vector<Operation> MakeHistory(const benchmark::State& state, uint64_t values, Ratio unknown) {
  AtomicRegisterOptions options;
  options.operations = static_cast<uint64_t>(state.range(0));
  options.clients = static_cast<uint64_t>(state.range(1));
  options.values = values;
  options.unknown = unknown;
  return AtomicRegisterWorkload(options, Random(1)).Run();
}

// The type of the model decides whether zones are tried first.
template <typename Model>
void Judge(benchmark::State& state, const std::vector<Operation>& history) {
  const RegisterModel model;
  Judgement judgement;
  for (auto _ : state) {
    judgement = CheckLinearizability(history, static_cast<const Model&>(model));
    benchmark::DoNotOptimize(judgement);
  }
  state.counters["steps"] = static_cast<double>(judgement.steps);
  state.counters["answer"] = static_cast<double>(judgement.answer);
}

void BM_Zones(benchmark::State& state) {
  Judge<RegisterModel>(state, MakeHistory(state, 0, Ratio::Percent(2)));
}

void BM_ZonesOfAWrongHistory(benchmark::State& state) {
  std::vector<Operation> history = MakeHistory(state, 0, Ratio::Percent(2));
  for (Operation& operation : history) {
    if (operation.operation == "read" && operation.begin > history.size()) operation.result = "v0";
  }
  Judge<RegisterModel>(state, history);
}

void BM_SearchDistinctValues(benchmark::State& state) {
  Judge<SequentialModel>(state, MakeHistory(state, 0, Ratio::Never()));
}

void BM_SearchFiveValues(benchmark::State& state) {
  Judge<SequentialModel>(state, MakeHistory(state, 5, Ratio::Never()));
}

void BM_SearchFiveValuesSomeUnknown(benchmark::State& state) {
  Judge<SequentialModel>(state, MakeHistory(state, 5, Ratio::Percent(1)));
}

// One read in the middle returned what nobody wrote, so that every order has to be ruled out.
void BM_SearchOfAWrongHistory(benchmark::State& state) {
  std::vector<Operation> history = MakeHistory(state, 5, Ratio::Percent(1));
  size_t i = history.size() / 2;
  while (history[i].operation != "read" || history[i].outcome != Outcome::kOk) ++i;
  history[i].result = "never";
  Judge<SequentialModel>(state, history);
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"operations", "clients"})->Unit(benchmark::kMillisecond);
  for (int64_t operations : {5'000, 20'000, 100'000}) {
    for (int64_t clients : {8, 16}) bench->Args({operations, clients});
  }
}

BENCHMARK(BM_Zones)->Apply(Sizes);
BENCHMARK(BM_ZonesOfAWrongHistory)->Apply(Sizes);
BENCHMARK(BM_SearchDistinctValues)->Apply(Sizes);
BENCHMARK(BM_SearchFiveValues)->Apply(Sizes);
BENCHMARK(BM_SearchFiveValuesSomeUnknown)->Apply(Sizes);
BENCHMARK(BM_SearchOfAWrongHistory)->Apply(Sizes);

}  // namespace
}  // namespace rehearse::sim
