// The replicated register in rehearsal: servers and clients under a swarm of faults, judged by a
// linearizability checker.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/replicated_register/options.h"
#include "examples/replicated_register/workload.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::replicated_register {
namespace {

using rehearse::sim::NodeGroup;
using rehearse::sim::World;

// Clients that have finished.
struct Finished {
  int count = 0;
};

[[maybe_unused]] const bool kBugDeclared =
    rehearse::sim::AddFlag("bug", "plants a defect: no-write-back, forget-on-restart or none",
                           [](absl::string_view bug) { return ParseBug(std::string(bug)).ok(); });

void JudgeHistory(World& world) {
  const rehearse::sim::Judgement judgement = rehearse::sim::CheckLinearizability(
      world.history().operations(), rehearse::sim::RegisterModel());
  REHEARSE_EXPECT(judgement.linearizable()) << judgement.explanation;
}

REHEARSE_TEST(ReplicatedRegister, IsLinearizableUnderSwarmFaults) {
  const int servers = 3 + 2 * static_cast<int>(world.random("servers").Below(2));
  constexpr int kClients = 3;
  std::vector<std::string> server_args = {"server"};
  std::vector<std::string> client_args = {"client",      absl::StrCat("--servers=", servers),
                                          "--workers=2", "--keys=3",
                                          "--time=20s",  "--think=100ms"};
  for (const std::string& arg : world.args()) {
    server_args.push_back(absl::StrCat("--", arg));
    client_args.push_back(absl::StrCat("--", arg));
  }
  const auto program = [&world](rehearse::Node& node) {
    return RunRegister(node, [&world](const LoadReport&) { ++world.Shared<Finished>().count; });
  };
  world.AddNodes("server", servers, program, server_args);
  world.AddNodes("client", kClients, program, client_args);

  // A minority of the servers may crash, and come back with nothing.
  world.Inject(rehearse::sim::Swarm{.horizon = absl::Seconds(20), .victims = "server"});
  world.RunFor(absl::Seconds(25));
  world.HealAndSettle(absl::Seconds(60),
                      [&world] { return world.Shared<Finished>().count == kClients; });
  JudgeHistory(world);
}

}  // namespace
}  // namespace examples::replicated_register
