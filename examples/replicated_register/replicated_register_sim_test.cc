// The replicated register in rehearsal: servers and clients under a swarm of faults, judged by a
// linearizability checker.

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
using rehearse::sim::Swarm;
using rehearse::sim::World;

// Clients that have finished.
struct Finished {
  int count = 0;
};

[[maybe_unused]] const bool kDeclared[] = {
    AddFlag("bug", "plants a defect, by its name in options.cc; none",
            [](absl::string_view bug) { return ParseBug(bug).ok(); }),
    AddFlag("recovery", "what servers know of their earlier lives: none or disk",
            [](absl::string_view recovery) { return ParseRecovery(recovery).ok(); }),
    AddFlag("without", "families of faults that are off, as in swarm.cc: torn-writes,rot"),
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
      given.without = absl::StrSplit(absl::StrReplaceAll(arg, {{"-", " "}}), ',');
    } else {
      given.for_programs.push_back(absl::StrCat("--", arg));
    }
  }
  return given;
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
  return {"--keys=10", "--think=300ms", absl::StrCat("--value_bytes=", bytes)};
}

REHEARSE_TEST(ReplicatedRegister, IsLinearizableUnderSwarmFaults) {
  const int servers = 3 + 2 * static_cast<int>(world.random("servers").Below(2));
  constexpr int kClients = 3;
  const Given given = GivenTo(world);
  const std::vector<std::string> server_args = Joined({"server"}, given);
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
  world.RunFor(absl::Seconds(25));
  world.HealAndSettle(absl::Seconds(60),
                      [&world] { return world.Shared<Finished>().count == kClients; });
  JudgeHistory(world);
}

}  // namespace
}  // namespace examples::replicated_register
