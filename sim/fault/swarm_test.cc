#include "rehearse/sim/fault/swarm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {
namespace {

using Kind = Fault::Kind;

const std::vector<std::string>& Nodes() {
  static const auto* const nodes = new std::vector<std::string>{
      "server-1", "server-2", "server-3", "server-4", "server-5", "client-1", "client-2"};
  return *nodes;
}

FaultPlan PlanOf(const Swarm& swarm, uint64_t seed) {
  return DrawPlan(swarm, Nodes(), Decisions(seed));
}

std::string WithoutPanics(const FaultPlan& plan) {
  std::string text;
  for (const Fault& fault : plan.faults) {
    if (fault.kind != Kind::kPanic && fault.kind != Kind::kKill) text += fault.ToString() + "\n";
  }
  return text;
}

TEST(SwarmTest, ASeedIsAPlan) {
  EXPECT_EQ(PlanOf({}, 7).ToString(), PlanOf({}, 7).ToString());
  EXPECT_NE(PlanOf({}, 7).ToString(), PlanOf({}, 8).ToString());
}

TEST(SwarmTest, AFamilyMoreMovesNoOther) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(WithoutPanics(PlanOf({.panics = true}, seed)), PlanOf({}, seed).ToString());
  }
}

TEST(SwarmTest, EachKindComesInSomeRunAndStaysAwayInSome) {
  std::set<Kind> seen;
  size_t least = SIZE_MAX;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::set<Kind> here;
    for (const Fault& fault : PlanOf({.panics = true}, seed).faults) here.insert(fault.kind);
    seen.insert(here.begin(), here.end());
    least = std::min(least, here.size());
  }
  EXPECT_EQ(seen.size(), 19u);
  EXPECT_LT(least, 5u);
}

// What brings those back that lost power is not told from other restarts, and left out with them.
std::string OfNoDisk(const FaultPlan& plan) {
  std::string text;
  for (const Fault& fault : plan.faults) {
    if (fault.kind == Kind::kDisk || fault.kind == Kind::kPowerFailure) continue;
    if (fault.kind != Kind::kRestart) text += fault.ToString() + "\n";
  }
  return text;
}

TEST(SwarmTest, DisksMoveNoOtherAndEachOfTheirFamiliesComes) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const FaultPlan with = PlanOf({.victims = "server", .disks = true}, seed);
    for (const Fault& fault : with.faults) {
      if (fault.kind == Kind::kPowerFailure) seen.insert("power failure");
      if (fault.kind != Kind::kDisk) continue;
      for (const char* const family :
           {"lose-write=1/4", "tear", "lose-entry=1/4", "latency", "stall=", "read-error",
            "write-error", "sync-error", "full", "rot", "misdirect-write", "misdirect-read"}) {
        if (absl::StrContains(fault.ToString(), family)) seen.insert(family);
      }
    }
    EXPECT_EQ(OfNoDisk(with), OfNoDisk(PlanOf({.victims = "server"}, seed)));
  }
  EXPECT_EQ(seen.size(), 13u);
}

TEST(SwarmTest, AFamilyMayBeOffInEveryRun) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string with = WithoutPanics(PlanOf({.panics = true}, seed));
    EXPECT_EQ(PlanOf({.panics = true, .without = {"panics", "kills"}}, seed).ToString(), with);
  }
}

TEST(SwarmTest, APartOfAFamilyMayBeOffAndMovesNoOther) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const FaultPlan with = PlanOf({}, seed);
    const FaultPlan without = PlanOf({.without = {"loss", "mtu", "clock drift"}}, seed);
    ASSERT_EQ(with.faults.size(), without.faults.size());
    for (size_t i = 0; i < with.faults.size(); ++i) {
      Fault expected = with.faults[i];
      expected.link.loss = {};
      expected.link.mtu_bytes = 0;
      if (expected.kind == Kind::kClock) expected.number = 0;
      EXPECT_EQ(without.faults[i].ToString(), expected.ToString());
    }
  }
}

TEST(SwarmTest, HalfOfTheResetsMayBeOff) {
  int full = 0;
  int half_open = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (const Fault& fault : PlanOf({.without = {"half open resets"}}, seed).faults) {
      full += fault.kind == Kind::kReset;
      half_open += fault.kind == Kind::kResetOneWay;
    }
  }
  EXPECT_GT(full, 0);
  EXPECT_EQ(half_open, 0);
}

TEST(SwarmTest, FamiliesAndTheirPartsHaveNames) {
  EXPECT_TRUE(IsFamily("partitions"));
  EXPECT_TRUE(IsFamily("half open resets"));
  EXPECT_FALSE(IsFamily("earthquakes"));
}

TEST(SwarmTest, OnlyAMinoritysDisksLie) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    std::set<std::string> liars;
    for (const Fault& fault : PlanOf({.victims = "server", .disks = true}, seed).faults) {
      const DiskFaults& disk = fault.disk;
      if (disk.rot.never() && disk.misdirect_write.never() && disk.misdirect_read.never()) continue;
      liars.insert(fault.nodes.begin(), fault.nodes.end());
    }
    EXPECT_LE(liars.size(), 2u);
  }
}

TEST(SwarmTest, FaultsAreInOrderAndBeginWithinTheHorizon) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const FaultPlan plan = PlanOf({.horizon = absl::Seconds(30), .panics = true}, seed);
    absl::Duration last;
    for (const Fault& fault : plan.faults) {
      EXPECT_GE(fault.at, last) << plan.ToString();
      last = fault.at;
      // Partitions follow one another, and what takes a fault back comes after it.
      if (fault.kind == Kind::kCrash || fault.kind == Kind::kPause || fault.kind == Kind::kPanic) {
        EXPECT_LE(fault.at, absl::Seconds(30)) << plan.ToString();
      }
    }
  }
}

TEST(SwarmTest, AMinorityOfTheVictimsCrashesEachOnce) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::set<std::string> crashed;
    size_t crashes = 0;
    size_t restarts = 0;
    for (const Fault& fault : PlanOf({.victims = "server"}, seed).faults) {
      restarts += fault.kind == Kind::kRestart;
      if (fault.kind != Kind::kCrash && fault.kind != Kind::kSilentCrash) continue;
      ++crashes;
      crashed.insert(fault.nodes.front());
      EXPECT_TRUE(absl::StartsWith(fault.nodes.front(), "server"));
    }
    EXPECT_LE(crashes, 2u);
    EXPECT_EQ(crashed.size(), crashes);
    EXPECT_EQ(restarts, crashes);
  }
}

TEST(SwarmTest, CrashesMayBeBoundedAndFinal) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    for (const Fault& fault : PlanOf({.crashes_max = 0}, seed).faults) {
      EXPECT_TRUE(fault.kind != Kind::kCrash && fault.kind != Kind::kSilentCrash);
    }
    for (const Fault& fault : PlanOf({.restarts = false}, seed).faults) {
      EXPECT_NE(fault.kind, Kind::kRestart);
    }
  }
}

}  // namespace
}  // namespace rehearse::sim
