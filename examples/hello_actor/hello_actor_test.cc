// The same actor and program in rehearsal: on this thread, in virtual time.

#include "examples/hello_actor/hello_actor.h"

#include <gtest/gtest.h>

#include "rehearse/sim/testkit/test_kit.h"

namespace examples::hello_actor {
namespace {

using rehearse::sim::TestKit;

TEST(GreeterTest, CountsWhomItHasGreeted) {
  TestKit kit;
  auto greeter = kit.Spawn<Greeter>();
  greeter.Tell(Greet{"Grace"});
  EXPECT_EQ(kit.Ask(greeter, Greet{"Ada"}).value(), "Hello, Ada! I have greeted 2 so far.");
}

TEST(HelloTest, GreetsEverybodyFirst) {
  TestKit kit;
  const absl::StatusOr<std::string> greeting = kit.Run([&] { return Hello(kit.node(), "Ada"); });
  EXPECT_EQ(greeting.value(), "Hello, Ada! I have greeted 2 so far.");
}

}  // namespace
}  // namespace examples::hello_actor
