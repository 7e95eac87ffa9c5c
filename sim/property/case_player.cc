#include "rehearse/sim/property/case_player.h"

#include <string>

#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/runner/seed_server.h"

namespace rehearse::sim {

RunResult PlayCase(uint64_t seed, const std::function<void(World& world)>& body,
                   absl::Duration hang_timeout) {
  const SimTest test = {.suite = "Check", .name = "Case", .run = PlayWorld(body)};
  absl::StatusOr<SeedServer> server =
      SeedServer::Start({.only_test = &test, .hang_timeout = hang_timeout});
  if (!server.ok()) {
    RunResult result;
    result.verdict = Verdict::kCrash;
    result.reason = std::string(server.status().message());
    return result;
  }
  return server->Play({.seed = seed, .keep_output = true});
}

}  // namespace rehearse::sim
