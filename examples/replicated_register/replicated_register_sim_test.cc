// The replicated register in rehearsal: servers and clients under a swarm of faults, judged by a
// linearizability checker.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "examples/replicated_register/options.h"
#include "examples/replicated_register/promises.h"
#include "examples/replicated_register/workload.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::replicated_register {
namespace {

using rehearse::sim::AddFlag;
using rehearse::sim::Fault;
using rehearse::sim::FaultPlan;
using rehearse::sim::Swarm;
using rehearse::sim::World;

// Clients that have finished.
struct Finished {
  int count = 0;
};

std::vector<std::string> FamiliesIn(absl::string_view text) {
  return absl::StrSplit(absl::StrReplaceAll(text, {{"-", " "}}), ',');
}

bool AreFamilies(absl::string_view text) {
  const std::vector<std::string> families = FamiliesIn(text);
  return std::all_of(families.begin(), families.end(), &rehearse::sim::IsFamily);
}

[[maybe_unused]] const bool kDeclared[] = {
    AddFlag("bug", "plants a defect: no-write-back, forget-on-restart, … (options.cc), or none",
            [](absl::string_view bug) { return ParseBug(bug).ok(); }),
    AddFlag("recovery", "what servers know of their earlier lives: none, disk or crash-vectors",
            [](absl::string_view recovery) { return ParseRecovery(recovery).ok(); }),
    AddFlag("without", "families of faults that are off: torn-writes,rot", &AreFamilies),
};

// What a run is told on the command line.
struct Given {
  std::vector<std::string> for_programs;
  std::vector<std::string> without;
};

Given GivenTo(const World& world) {
  Given given;
  for (absl::string_view arg : world.args()) {
    if (absl::ConsumePrefix(&arg, "without=")) {
      given.without = FamiliesIn(arg);
    } else {
      given.for_programs.push_back(absl::StrCat("--", arg));
    }
  }
  return given;
}

bool Without(const std::string& family, const Given& given) {
  return std::count(given.without.begin(), given.without.end(), family) > 0;
}

std::vector<std::string> Joined(std::vector<std::string> args, const Given& given) {
  args.insert(args.end(), given.for_programs.begin(), given.for_programs.end());
  return args;
}

// Of servers that forget, or recover from each other, a minority may crash; of those with disks
// each may, and lose power, too.
Swarm SwarmFor(const Options& server, const Given& given) {
  return {.horizon = absl::Seconds(20),
          .victims = "server",
          .disks = server.recovery == Recovery::kDisk,
          .without = given.without};
}

// One server after the other crashes and comes back soon, while what a client has sent the others
// waits on its way: so that what the server has answered last is half of a majority's promise.
FaultPlan RollingRestarts(const World& world, int servers, int clients) {
  rehearse::Random chance = world.random("rolling restarts");
  FaultPlan plan;
  for (absl::Duration at; at < absl::Seconds(20);) {
    at += absl::Milliseconds(chance.Between(300, 1500));
    const std::string victim = absl::StrCat("server-", chance.Between(1, servers));
    const std::string client = absl::StrCat("client-", chance.Between(1, clients));
    for (int i = 1; i <= servers; ++i) {
      const std::string other = absl::StrCat("server-", i);
      if (other == victim) continue;
      plan.faults.push_back({.at = at,
                             .kind = Fault::Kind::kClog,
                             .nodes = {client},
                             .others = {other},
                             .length = absl::Milliseconds(chance.Between(300, 1500))});
    }
    at += absl::Milliseconds(chance.Between(10, 200));
    plan.faults.push_back({.at = at, .kind = Fault::Kind::kCrash, .nodes = {victim}});
    at += absl::Milliseconds(chance.Between(1, 30));
    plan.faults.push_back({.at = at, .kind = Fault::Kind::kRestart, .nodes = {victim}});
  }
  return plan;
}

void JudgeHistory(World& world) {
  const rehearse::sim::Judgement judgement = rehearse::sim::CheckLinearizability(
      world.history().operations(), rehearse::sim::RegisterModel());
  REHEARSE_EXPECT(judgement.linearizable()) << judgement.explanation;
}

// Where servers come back, what was lost should not be hidden at once by the next write; and
// records of some lengths lie on several sectors.
std::vector<std::string> LoadFor(const Options& server, const World& world) {
  if (server.recovery == Recovery::kNone) return {"--keys=3", "--think=100ms"};
  const uint64_t bytes = 300 * world.random("values").Below(3);
  const bool disk = server.recovery == Recovery::kDisk;
  return {"--keys=10", disk ? "--think=300ms" : "--think=100ms",
          absl::StrCat("--value_bytes=", bytes)};
}

REHEARSE_TEST(ReplicatedRegister, IsLinearizableUnderSwarmFaults) {
  const int servers = 3 + 2 * static_cast<int>(world.random("servers").Below(2));
  constexpr int kClients = 3;
  const Given given = GivenTo(world);
  const std::vector<std::string> server_args =
      Joined({"server", absl::StrCat("--servers=", servers)}, given);
  const Options server = ParseOptions(server_args).value();
  std::vector<std::string> client_args = {"client", absl::StrCat("--servers=", servers),
                                          "--workers=2", "--time=20s"};
  for (const std::string& arg : LoadFor(server, world)) client_args.push_back(arg);
  client_args = Joined(client_args, given);
  const auto program = [&world](rehearse::Node& node) {
    node.Provide(world.Shared<Promises>());
    return RunRegister(node, [&world](const LoadReport&) { ++world.Shared<Finished>().count; });
  };
  world.AddNodes("server", servers, program, server_args);
  world.AddNodes("client", kClients, program, client_args);

  world.Inject(SwarmFor(server, given));
  if (server.recovery == Recovery::kCrashVectors && !Without("crashes", given)) {
    world.Inject(RollingRestarts(world, servers, kClients));
  }
  world.RunFor(absl::Seconds(25));
  world.HealAndSettle(absl::Seconds(60),
                      [&world] { return world.Shared<Finished>().count == kClients; });
  JudgeHistory(world);
}

}  // namespace
}  // namespace examples::replicated_register
