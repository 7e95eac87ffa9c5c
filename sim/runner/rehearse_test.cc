#include "rehearse/sim/runner/rehearse_test.h"

#include <exception>
#include <string>
#include <utility>

#include "rehearse/sim/runner/assertion.h"
#include "rehearse/sim/runner/world_seams.h"

namespace rehearse::sim {

SeedFunction PlayWorld(std::function<void(World& world)> body) {
  return [body = std::move(body)](const RunOptions& options) {
    World world(options);
    WorldSeams seams(world);
    FailureSink sink(
        [&world](Verdict verdict, const std::string& reason) { world.Fail(verdict, reason); });
    std::exception_ptr thrown;
    try {
      body(world);
    } catch (...) {  // the body's last frame
      thrown = std::current_exception();
    }
    if (thrown != nullptr) {
      const ThrownVerdict verdict = VerdictOf(thrown);
      world.Fail(verdict.verdict, verdict.reason);
    }
    return world.Finish();
  };
}

}  // namespace rehearse::sim
