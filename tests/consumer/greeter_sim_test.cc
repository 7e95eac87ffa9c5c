// A consumer's actor, in rehearsal.

#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace {

struct Greet {
  std::string whom;
};

class Greeter : public rehearse::Actor {
 public:
  std::string Handle(const Greet& greet) { return "hello, " + greet.whom; }
};

REHEARSE_TEST(Greeter, Greets) {
  std::string answer;
  world.AddNode("node", [&answer](rehearse::Node& node) {
    answer = node.Spawn<Greeter>().Ask(Greet{"consumer"}).value_or("nothing");
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(1));
  REHEARSE_EXPECT(answer == "hello, consumer") << answer;
}

}  // namespace
