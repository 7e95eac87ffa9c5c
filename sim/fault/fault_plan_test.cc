#include "rehearse/sim/fault/fault_plan.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"

namespace rehearse::sim {
namespace {

using Kind = Fault::Kind;

constexpr absl::Duration kAt = absl::Milliseconds(12500);

TEST(FaultPlanTest, FaultsOfNodesNameThem) {
  const auto text = [](Kind kind) {
    return Fault{.at = kAt, .kind = kind, .nodes = {"a", "b"}}.ToString();
  };
  EXPECT_EQ(text(Kind::kCrash), "12.5s crash a b");
  EXPECT_EQ(text(Kind::kSilentCrash), "12.5s crash silently a b");
  EXPECT_EQ(text(Kind::kPowerFailure), "12.5s power failure a b");
  EXPECT_EQ(text(Kind::kWipe), "12.5s wipe a b");
  EXPECT_EQ(text(Kind::kRestart), "12.5s restart a b");
  EXPECT_EQ(text(Kind::kHealDisk), "12.5s heal disk a b");
  EXPECT_EQ(text(Kind::kPause), "12.5s pause a b");
  EXPECT_EQ(text(Kind::kResume), "12.5s resume a b");
}

TEST(FaultPlanTest, FaultsBetweenNodesNameBothSides) {
  const auto text = [](Kind kind) {
    return Fault{.at = kAt,
                 .kind = kind,
                 .nodes = {"a"},
                 .others = {"b", "c"},
                 .length = absl::Milliseconds(50)}
        .ToString();
  };
  EXPECT_EQ(text(Kind::kPartition), "12.5s partition a | b c");
  EXPECT_EQ(text(Kind::kPartitionOneWay), "12.5s partition a > b c");
  EXPECT_EQ(text(Kind::kSlow), "12.5s slow a > b c by 50ms");
  EXPECT_EQ(text(Kind::kHeal), "12.5s heal");
}

TEST(FaultPlanTest, NumbersAreWritten) {
  EXPECT_EQ((Fault{.at = kAt,
                   .kind = Kind::kClock,
                   .nodes = {"a"},
                   .length = -absl::Seconds(3),
                   .number = 250}
                 .ToString()),
            "12.5s clock a offset=-3s drift=250ppm");
  EXPECT_EQ((Fault{.at = kAt, .kind = Kind::kPanic, .nodes = {"a"}, .number = 7}.ToString()),
            "12.5s panic a at wait 7");
}

TEST(FaultPlanTest, OddsThatNeverComeAreNotWritten) {
  Fault fault{.kind = Kind::kLinks};
  EXPECT_EQ(fault.ToString(), "0 links latency=uniform(1ms,10ms)");
  fault.link.latency.shape = Latency::Shape::kBimodal;
  fault.link.loss = {1, 100};
  fault.link.duplicate = {2, 100};
  fault.link.reorder = {3, 100};
  EXPECT_EQ(fault.ToString(),
            "0 links latency=bimodal(1ms,10ms) loss=1/100 duplicate=2/100 reorder=3/100");
}

TEST(FaultPlanTest, OfADisksFaultsThoseAreWrittenThatItHas) {
  Fault fault{.kind = Kind::kDisk, .nodes = {"a"}};
  EXPECT_EQ(fault.ToString(), "0 disk a: none");
  fault.disk.lose_write = {1, 2};
  fault.disk.tear = {1, 3};
  fault.disk.unit_bytes = 4096;
  fault.disk.lose_entry = Ratio::Never();
  fault.disk.rot = {1, 1000};
  fault.disk.latency.max = absl::Milliseconds(3);
  fault.disk.stall = {1, 50};
  EXPECT_EQ(fault.ToString(),
            "0 disk a: lose-write=1/2 tear=1/3 unit=4096 lose-entry=0/1 rot=1/1000 "
            "latency=uniform(0,3ms) stall=1/50 stall-time=3s");
}

TEST(FaultPlanTest, APlanIsALineAFault) {
  const FaultPlan plan{{{.at = absl::Seconds(1), .kind = Kind::kPause, .nodes = {"a"}},
                        {.at = absl::Seconds(2), .kind = Kind::kHeal}}};
  EXPECT_EQ(plan.ToString(), "1s pause a\n2s heal\n");
  EXPECT_EQ(FaultPlan().ToString(), "");
}

}  // namespace
}  // namespace rehearse::sim
