// Programs with marks, for marks_test to run.

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse {
namespace {

const bool break_declared = sim::AddFlag("break", "breaks a mark: always or unreachable");

bool Breaks(sim::World& world, absl::string_view what) {
  for (const std::string& arg : world.args()) {
    if (arg == absl::StrCat("break=", what)) return true;
  }
  return false;
}

// One number from 0 to 9, which hangs on the seed.
REHEARSE_TEST(Marked, Plays) {
  const bool breaks_always = Breaks(world, "always");
  const bool meets_unreachable = Breaks(world, "unreachable");
  world.AddNode("node", [=](Node& node) -> absl::Status {
    const uint64_t number = node.random("number").Below(10);
    REHEARSE_ALWAYS(!breaks_always || number < 5, "the number is small");
    REHEARSE_ALWAYS_OR_UNREACHABLE(number < 10, "the number is one digit");
    REHEARSE_SOMETIMES(number == 3, "the number is three");
    REHEARSE_SOMETIMES(number == 11, "the number is eleven");
    if (number == 7) REHEARSE_REACHABLE("the number is seven");
    if (number > 10) REHEARSE_REACHABLE("the number is large");
    if (meets_unreachable && number == 9) REHEARSE_UNREACHABLE("the number is nine");
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(1));
}

}  // namespace
}  // namespace rehearse
