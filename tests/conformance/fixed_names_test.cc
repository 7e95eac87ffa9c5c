// The suite of Names, as far as it goes, for names that are told before the start: each node knows
// its own, and where the others are.

#include "rehearse/tests/conformance/names_conformance.h"

namespace rehearse {
namespace {

NamesArm FixedArm() {
  return {.around = [](Program program) { return program; }};
}

REHEARSE_NAMES_CLAIM(FixedNames, WhatCannotBeANameIsRefused, FixedArm())

REHEARSE_TEST(FixedNames, ANameIsWhereItWasPlaced) {
  world.PlaceName("x", "node-1");
  NamesCrew crew(world, FixedArm());
  REHEARSE_EXPECT_EQ(crew.Register(2, "x").code(), absl::StatusCode::kAlreadyExists);
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  for (const int i : {1, 2, 3}) REHEARSE_EXPECT_EQ(crew.Ask(i, "x"), "node-1");
  REHEARSE_EXPECT_EQ(crew.token(), uint64_t{0});
  crew.actor(1).Stop();
  world.RunFor(absl::Seconds(1));
  REHEARSE_EXPECT_EQ(crew.Ask(1, "x"), "NOT_FOUND");
}

REHEARSE_TEST(FixedNames, ALookupByAnotherProtocolNamesBoth) {
  NamesCrew crew(world, FixedArm());
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  crew.On(1, [](Node& node) {
    const absl::Status status = node.Lookup<OtherProtocol>("x").status();
    REHEARSE_EXPECT(absl::StrContains(status.message(), "{Who}, not those of {Other}"))
        << status.ToString();
  });
}

REHEARSE_TEST(FixedNames, OfASharedNameEachNodeKnowsItsOwn) {
  NamesCrew crew(world, FixedArm());
  for (const int i : {1, 2}) REHEARSE_EXPECT_EQ(crew.RegisterShared(i, "s").ToString(), "OK");
  crew.Watch(1, "s");
  REHEARSE_EXPECT_EQ(crew.All(1, "s"), "node-1");
  REHEARSE_EXPECT_EQ(crew.All(2, "s"), "node-2");
  REHEARSE_EXPECT_EQ(crew.All(3, "s"), "");
  crew.On(1, [&](Node& node) {
    REHEARSE_EXPECT_EQ(node.UnregisterShared("s", crew.actor(1)).ToString(), "OK");
  });
  crew.ExpectSeen("+node-1 -node-1", absl::Seconds(1));
}

}  // namespace
}  // namespace rehearse
