// Property-based fault tests: what goes wrong and what clients do is drawn, a world plays it, and
// what fails is shrunk to the few causes that matter.
//
//   TEST(RegisterProperties, StaysLinearizable) {
//     sim::Check(sim::Given(sim::FaultPlans(swarm, nodes), sim::Workloads(commands, 3, 20)),
//                [](sim::World& world, const sim::FaultPlan& plan, const Workload& workload) {
//                  …
//                  world.Inject(plan);
//                  world.RunFor(absl::Seconds(60));
//                  REHEARSE_EXPECT(…);
//                });
//   }
//
// Generators are rapidcheck's, and so is shrinking (Claessen and Hughes, "QuickCheck", ICFP 2000;
// shrinks by generation, as in Hypothesis). The report ends with code that plays the smallest
// failure again, to be pasted into a test. Link //sim/runner:rehearse_main, so that it plays the
// same in each process.

#ifndef REHEARSE_SIM_PROPERTY_CHECK_H_
#define REHEARSE_SIM_PROPERTY_CHECK_H_

#include <rapidcheck.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/sim/property/case_player.h"
#include "rehearse/sim/property/code_text.h"
#include "rehearse/sim/world/run.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

struct CheckOptions {
  int cases = 100;
  // Of what is drawn and of the worlds: the same cases in each run.
  uint64_t seed = 1;
  // A case that fails is played so often at most, in smaller and smaller forms.
  int shrinks_max = 2000;
  // Real time for one case; one that takes longer has failed (liveness).
  absl::Duration hang_timeout = absl::Seconds(60);
};

// A case that failed, as small as it became.
template <typename... T>
struct Counterexample {
  uint64_t world_seed = 0;
  std::tuple<T...> drawn;
  RunResult result;
  int cases = 0;    // played until it failed, with the one that did
  int shrinks = 0;  // smaller forms that were played
  bool smallest = true;
};

template <typename... T>
std::tuple<rc::Gen<T>...> Given(rc::Gen<T>... generators) {
  return {std::move(generators)...};
}

namespace internal {

// Fails the running test with all that is known, and code to paste.
void ReportCounterexample(uint64_t world_seed, const std::vector<std::string>& values,
                          const RunResult& result, const std::string& effort);
void ReportResult(uint64_t world_seed, const RunResult& result);
std::string EffortText(int cases, int shrinks, bool smallest);

template <typename Body, typename... T>
RunResult PlayDrawn(uint64_t seed, const Body& body, const std::tuple<T...>& drawn,
                    const CheckOptions& options) {
  const auto play = [&](World& world) {
    std::apply([&](const T&... values) { body(world, values...); }, drawn);
  };
  return PlayCase(seed, play, options.hang_timeout);
}

// The smallest of what `found` shrinks to that still fails in the same way.
template <typename Body, typename... T>
void Shrink(rc::Shrinkable<std::tuple<T...>> found, const Body& body, const CheckOptions& options,
            Counterexample<T...>& example) {
  const Verdict verdict = example.result.verdict;
  for (rc::Seq<rc::Shrinkable<std::tuple<T...>>> smaller = found.shrinks();;) {
    rc::Maybe<rc::Shrinkable<std::tuple<T...>>> next = smaller.next();
    if (!next) return;
    if (example.shrinks == options.shrinks_max) break;
    ++example.shrinks;
    std::tuple<T...> drawn = next->value();
    RunResult result = PlayDrawn(example.world_seed, body, drawn, options);
    if (result.verdict != verdict) continue;
    example.drawn = std::move(drawn);
    example.result = std::move(result);
    smaller = next->shrinks();
  }
  example.smallest = false;
}

}  // namespace internal

// Plays cases until one fails, and makes that one small. Nothing: all were good.
template <typename Body, typename... T>
std::optional<Counterexample<T...>> FindCounterexample(const std::tuple<rc::Gen<T>...>& given,
                                                       const Body& body,
                                                       const CheckOptions& options = {}) {
  const rc::Gen<std::tuple<T...>> all =
      std::apply([](const auto&... each) { return rc::gen::tuple(each...); }, given);
  rc::Random random(options.seed);
  for (int i = 0; i < options.cases; ++i) {
    rc::Random here = random.split();
    rc::Shrinkable<std::tuple<T...>> drawn = all(here.split(), i % 100 + 1);
    const uint64_t world_seed = here.next();
    Counterexample<T...> example{
        .world_seed = world_seed, .drawn = drawn.value(), .result = {}, .cases = i + 1};
    example.result = internal::PlayDrawn(example.world_seed, body, example.drawn, options);
    if (example.result.verdict == Verdict::kGood) continue;
    internal::Shrink(std::move(drawn), body, options, example);
    return example;
  }
  return std::nullopt;
}

// The same as a test: fails the running one if a case does.
template <typename Body, typename... T>
void Check(const std::tuple<rc::Gen<T>...>& given, const Body& body,
           const CheckOptions& options = {}) {
  const std::optional<Counterexample<T...>> found = FindCounterexample(given, body, options);
  if (!found.has_value()) return;
  std::vector<std::string> values;
  std::apply([&](const T&... each) { (values.push_back(AsCode(each)), ...); }, found->drawn);
  internal::ReportCounterexample(
      found->world_seed, values, found->result,
      internal::EffortText(found->cases, found->shrinks, found->smallest));
}

// One case, as a report has it. Fails the running test if the case fails.
template <typename Body, typename... T>
void PlayAgain(uint64_t world_seed, const Body& body, const T&... values) {
  const CheckOptions options;
  internal::ReportResult(
      world_seed, internal::PlayDrawn(world_seed, body, std::tuple<T...>(values...), options));
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROPERTY_CHECK_H_
