// A small city: it finds what is there, under churn, loss and attack, and goes the same way again.

#include <gtest/gtest.h>

#include "rehearse/sim/world/world.h"
#include "tests/kademlia/kad_city.h"

namespace rehearse::net {
namespace {

struct Played {
  CityReport report;
  uint64_t hash = 0;
};

Played Play(const CityOptions& options, uint64_t seed) {
  Played played;
  sim::World world({.seed = seed});
  world.AddNode("city", [&](Node& node) -> absl::Status {
    auto* city = new KadCity(node, options);  // what is under way when it ends refers to it
    const absl::Status status = city->Run();
    played.report = city->report();
    return status;
  });
  EXPECT_TRUE(world.RunUntil([&] { return played.report.over; }, absl::Hours(2)));
  played.hash = world.Finish().hash;
  return played;
}

TEST(KademliaCity, WithoutChurnAllIsFoundInFewHops) {
  const CityReport report = Play({.churn_per_minute = Ratio::Never()}, 1).report;
  EXPECT_GT(report.peers.succeeded, 100u);
  EXPECT_GT(report.values.succeeded, 100u);
  EXPECT_GT(report.providers.succeeded, 100u);
  EXPECT_EQ(report.peers.failed + report.values.failed + report.providers.failed, 0u);
  EXPECT_EQ(report.peers.timeouts, 0u);
  EXPECT_LT(report.peers.hops_each(), 6.6);  // log2 of 100
}

TEST(KademliaCity, UnderChurnWhatIsThereIsFound) {
  const CityReport report = Play({}, 2).report;
  EXPECT_GE(report.left, 90u);
  EXPECT_GT(report.peers.succeeded, 100u);
  EXPECT_GE(report.peers.success(), 0.99);
  EXPECT_GE(report.values.success(), 0.99);
  EXPECT_GE(report.providers.success(), 0.99);
}

TEST(KademliaCity, LossIsMadeGood) {
  const CityReport report = Play({.network = {.loss = Ratio::Percent(2)}}, 3).report;
  EXPECT_GE(report.values.success(), 0.99);
  EXPECT_GE(report.providers.success(), 0.99);
}

TEST(KademliaCity, LiarsForgeNothingAndHideLittle) {
  const CityReport report = Play({.attack = {.bad = Ratio::Percent(10)}}, 4).report;
  EXPECT_EQ(report.values.forged, 0u);
  EXPECT_GE(report.peers.success(), 0.95);
  EXPECT_GE(report.values.success(), 0.95);
  EXPECT_GE(report.providers.success(), 0.95);
}

// Eclipse: liars search for ids around the names, and name none but each other.
TEST(KademliaCity, LiarsGatheredAroundNamesHideLittle) {
  CityOptions options{.names = 5, .attack = {.bad = Ratio::Percent(20), .ids_tried = 64}};
  const CityReport report = Play(options, 7).report;
  EXPECT_EQ(report.values.forged, 0u);
  EXPECT_GE(report.values.success(), 0.95);
  EXPECT_GE(report.providers.success(), 0.95);
}

TEST(KademliaCity, TheSameSeedGoesTheSameWay) {
  const CityOptions options{.nodes = 40, .length = absl::Minutes(3)};
  const Played once = Play(options, 5);
  const Played again = Play(options, 5);
  EXPECT_EQ(once.hash, again.hash);
  EXPECT_EQ(once.report.messages, again.report.messages);
  EXPECT_NE(once.hash, Play(options, 6).hash);
}

}  // namespace
}  // namespace rehearse::net
