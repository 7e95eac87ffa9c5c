// The counter under whatever may go wrong: plans and workloads are drawn, and shrink when one
// fails.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "examples/counter/counter_program.h"
#include "rehearse/sim/property/check.h"
#include "rehearse/sim/property/generators.h"
#include "rehearse/sim/runner/expect.h"

namespace examples::counter {
namespace {

using rehearse::sim::FaultPlan;
using rehearse::sim::World;

// What each client adds, one after the other.
using Workload = std::vector<std::vector<int>>;

struct Sums {
  int64_t attempted = 0;
  int64_t acknowledged = 0;
  std::set<std::string> busy;  // clients that have not added all of theirs
  int64_t total = -1;          // as the counter says in the end
};

absl::Status AddAll(rehearse::Node& node, const std::vector<int>& amounts, Sums& sums) {
  auto counter = node.Named<CounterProtocol>("counter@server");
  if (!counter.ok()) return counter.status();
  for (const int amount : amounts) {
    sums.attempted += amount;
    if (counter->Ask(Inc{.amount = amount}, {.reply_timeout = absl::Seconds(1)}).ok()) {
      sums.acknowledged += amount;
    }
    if (absl::Status status = rehearse::Sleep(absl::Milliseconds(100)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Audit(rehearse::Node& node, Sums& sums) {
  auto counter = node.Named<CounterProtocol>("counter@server");
  if (!counter.ok()) return counter.status();
  const absl::StatusOr<int64_t> total = counter->Ask(Get{});
  if (total.ok()) sums.total = *total;
  return total.status();
}

void CountsWhatItAcknowledges(World& world, const FaultPlan& plan, const Workload& workload) {
  Sums& sums = world.Shared<Sums>();
  world.AddNode("server", Server);
  for (size_t i = 0; i < workload.size(); ++i) {
    world.AddNode("client-" + std::to_string(i + 1), [&sums, &amounts = workload[i]](auto& node) {
      sums.busy.insert(node.name());  // again, if it comes back
      const absl::Status status = AddAll(node, amounts, sums);
      if (status.ok()) sums.busy.erase(node.name());
      return status;
    });
  }
  world.Inject(plan);
  world.RunFor(absl::Seconds(10));
  world.HealAndSettle(absl::Minutes(1), [&sums] { return sums.busy.empty(); });
  world.AddNode("auditor", [&sums](auto& node) { return Audit(node, sums); });
  world.RunFor(absl::Minutes(1));
  REHEARSE_EXPECT_GE(sums.total, sums.acknowledged);
  REHEARSE_EXPECT_LE(sums.total, sums.attempted);
}

TEST(CounterProperties, CountsWhatItAcknowledges) {
  rehearse::sim::Check(
      rehearse::sim::Given(
          rehearse::sim::FaultPlans({.horizon = absl::Seconds(10), .victims = "client"},
                                    {"server", "client-1", "client-2"}),
          rehearse::sim::Workloads(rc::gen::inRange(1, 10), 2, 20)),
      CountsWhatItAcknowledges);
}

}  // namespace
}  // namespace examples::counter
