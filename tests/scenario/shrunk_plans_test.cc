// What sim::Check makes of the replicated register's planted bugs: plans of a few faults.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/replicated_register/workload.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/property/check.h"
#include "rehearse/sim/property/generators.h"
#include "rehearse/sim/runner/expect.h"

namespace rehearse {
namespace {

using examples::replicated_register::LoadReport;
using examples::replicated_register::RunRegister;
using sim::FaultPlan;
using sim::Topology;
using sim::World;

constexpr Topology kNodes = {.servers = 3, .clients = 3};

struct Finished {
  int count = 0;
};

auto Register(const std::string& bug) {
  return [bug](World& world, const FaultPlan& plan) {
    const auto program = [&world](Node& node) {
      return RunRegister(node, [&world](const LoadReport&) { ++world.Shared<Finished>().count; });
    };
    const std::string bug_flag = absl::StrCat("--bug=", bug);
    world.AddNodes("server", kNodes.servers, program, {"server", bug_flag});
    world.AddNodes("client", kNodes.clients, program,
                   {"client", "--servers=3", "--workers=2", "--keys=3", "--time=20s",
                    "--think=100ms", bug_flag});
    world.Inject(plan);
    world.RunFor(absl::Seconds(25));
    world.HealAndSettle(absl::Seconds(60),
                        [&world] { return world.Shared<Finished>().count == kNodes.clients; });
    const sim::Judgement judgement =
        CheckLinearizability(world.history().operations(), sim::RegisterModel());
    REHEARSE_EXPECT(judgement.linearizable()) << judgement.explanation;
  };
}

auto Plans() {
  return sim::Given(
      sim::FaultPlans({.horizon = absl::Seconds(20), .victims = "server"}, kNodes.Names()));
}

// The median of what is left of the plans of several searches.
size_t MedianShrunkPlan(const std::string& bug) {
  std::vector<size_t> sizes;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const auto found =
        sim::FindCounterexample(Plans(), Register(bug), {.cases = 1000, .seed = seed});
    if (!found.has_value()) {
      ADD_FAILURE() << bug << " was not found by the search of seed " << seed;
      continue;
    }
    const FaultPlan& plan = std::get<0>(found->drawn);
    EXPECT_EQ(found->result.verdict, sim::Verdict::kSafety) << found->result.reason;
    std::printf("%s, search %d: case %d, %d smaller forms, left:\n%s\n", bug.c_str(),
                static_cast<int>(seed), found->cases, found->shrinks, plan.ToString().c_str());
    sizes.push_back(plan.faults.size());
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes.empty() ? 0 : sizes[sizes.size() / 2];
}

TEST(ShrunkPlansTest, NoWriteBackNeedsFewFaults) {
  EXPECT_LE(MedianShrunkPlan("no-write-back"), 5u);
}

TEST(ShrunkPlansTest, ForgetOnRestartNeedsFewFaults) {
  EXPECT_LE(MedianShrunkPlan("forget-on-restart"), 5u);
}

TEST(ShrunkPlansTest, WithoutABugAllCasesAreGood) {
  sim::Check(Plans(), Register("none"), {.cases = 60});
}

}  // namespace
}  // namespace rehearse
