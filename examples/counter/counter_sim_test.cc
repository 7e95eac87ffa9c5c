// The same programs in rehearsal.

#include "examples/counter/counter_program.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::counter {
namespace {

using rehearse::sim::World;

REHEARSE_TEST(Counter, CountsToThreeThroughACutAndAPause) {
  auto server = world.AddNode("server", Server);
  bool done = false;
  auto client = world.AddNode("client", [&done](rehearse::Node& node) {
    absl::Status status = CountToThree(node);
    done = status.ok();
    return status;
  });
  world.RunFor(absl::Milliseconds(150));
  world.Partition({server}, {client});
  world.RunFor(absl::Seconds(3));
  world.Heal();
  world.Pause(server);
  world.RunFor(absl::Seconds(2));
  world.HealAndSettle(absl::Seconds(30), [&done] { return done; });
}

}  // namespace
}  // namespace examples::counter
