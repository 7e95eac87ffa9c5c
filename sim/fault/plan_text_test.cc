#include "rehearse/sim/fault/plan_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "rehearse/sim/fault/swarm.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {
namespace {

constexpr char kText[] =
    "0 links latency=bimodal(1ms,10ms) loss=1/100 duplicate=2/100 reorder=3/100 corrupt=4/100 "
    "mtu=1400 bandwidth=100000\n"
    "0 links latency=long-tail(1ms,10ms)\n"
    "1s crash a b\n"
    "1s crash silently c\n"
    "2s restart a b\n"
    "3s pause a\n"
    "4s resume a\n"
    "5s partition a b | c\n"
    "6s partition a > b c\n"
    "7s slow a > b c by 50ms\n"
    "8s heal\n"
    "9s clock a offset=-3s drift=-250ppm\n"
    "10s power failure a b\n"
    "10s wipe a\n"
    "10s disk a b: lose-write=1/2 tear=1/3 unit=4096 lose-entry=1/4 rot=1/5 misdirect-write=1/6 "
    "misdirect-read=1/7 read-error=1/8 write-error=1/9 sync-error=1/10 full=1/11 bytes=5000 "
    "latency=uniform(1ms,5ms) stall=1/12 stall-time=2s\n"
    "10s disk a: none\n"
    "10s heal disk a\n"
    "10s buggify\n"
    "10s mend a | b\n"
    "10s clog a > b c for 3s\n"
    "10s reset a | b\n"
    "10s reset a > b\n"
    "10s rebind a b\n"
    "10s kill a at wait 3\n"
    "12.5s panic a at wait 7\n";

std::string ErrorOf(const std::string& text) {
  return std::string(ParseFaultPlan("p", text).status().message());
}

TEST(PlanTextTest, ReadsWhatAPlanWrites) {
  const absl::StatusOr<FaultPlan> plan = ParseFaultPlan("p", kText);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->ToString(), kText);
}

// Whatever a swarm may draw.
RC_GTEST_PROP(PlanTextProperty, EachDrawnPlanComesBackAsItWas, (uint64_t seed)) {
  const Swarm swarm = {.panics = true, .disks = true};
  const FaultPlan drawn = DrawPlan(swarm, {"server-1", "server-2", "client"}, Decisions(seed));
  const std::string text = drawn.ToString();
  const absl::StatusOr<FaultPlan> read = ParseFaultPlan("p", text);
  RC_ASSERT(read.ok());
  RC_ASSERT(read->ToString() == text);
}

TEST(PlanTextTest, FaultsAreInTheOrderOfTheirTimes) {
  const absl::StatusOr<FaultPlan> plan =
      ParseFaultPlan("p", "# first\n\n 2s heal \n1s pause a\n1s pause b\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->ToString(), "1s pause a\n1s pause b\n2s heal\n");
  EXPECT_TRUE(ParseFaultPlan("p", "")->faults.empty());
}

TEST(PlanTextTest, WhatIsWrongIsNamedWithLineAndColumn) {
  EXPECT_EQ(ErrorOf("1s heal\nsoon heal"),
            "p:2:1: expected a length of time like 1.5s, found \"soon\"");
  EXPECT_EQ(ErrorOf("-1s heal"), "p:1:1: expected a time after the plan's start, found \"-1s\"");
  EXPECT_EQ(ErrorOf("1s explode a"),
            "p:1:4: expected crash, restart, pause, resume, partition, mend, slow, clog, reset, "
            "rebind, heal, links, clock, panic, kill, buggify, power failure, wipe or disk, found "
            "\"explode\"");
  EXPECT_EQ(ErrorOf("1s mend a > b"), "p:1:11: expected |, found \">\"");
  EXPECT_EQ(ErrorOf("1s clog a > b by 1s"),
            "p:1:20: expected a node's name, or for, found nothing");
  EXPECT_EQ(ErrorOf("1s crash"), "p:1:9: expected a node's name, found nothing");
  EXPECT_EQ(ErrorOf("1s partition a b"), "p:1:17: expected a node's name, or |, found nothing");
  EXPECT_EQ(ErrorOf("1s slow a > b by much"),
            "p:1:18: expected a length of time like 1.5s, found \"much\"");
  EXPECT_EQ(ErrorOf("1s heal all"), "p:1:9: expected the end of the line, found \"all\"");
  EXPECT_EQ(ErrorOf("1s links latency=uniform(5ms,1ms)"),
            "p:1:10: expected two lengths of time, the shorter first, found "
            "\"latency=uniform(5ms,1ms)\"");
  EXPECT_EQ(ErrorOf("1s links latency=uniform(1ms,5ms) loss=3/2"),
            "p:1:35: expected odds like loss=1/100, of loss, duplicate, reorder or corrupt, or a "
            "number of bytes like mtu=1400 or bandwidth=100000, found \"loss=3/2\"");
  EXPECT_EQ(ErrorOf("1s clock a offset=1s drift=7"),
            "p:1:22: expected drift=NUMBERppm, found \"drift=7\"");
  EXPECT_EQ(ErrorOf("1s panic a at wait 0"),
            "p:1:20: expected which wait from then on, from 1, found \"0\"");
}

RC_GTEST_PROP(PlanTextProperty, ATextCutOrGarbledIsRefusedOrRead, (const std::string& junk)) {
  std::string text = kText;
  text.replace(*rc::gen::inRange<size_t>(0, text.size()), *rc::gen::inRange<size_t>(0, 20), junk);
  const absl::StatusOr<FaultPlan> read = ParseFaultPlan("p", text);
  if (!read.ok()) RC_ASSERT(absl::IsInvalidArgument(read.status()));
}

TEST(PlanTextTest, AFileIsRead) {
  const std::string path = testing::TempDir() + "/plan";
  std::ofstream(path) << kText;
  const absl::StatusOr<FaultPlan> plan = ReadFaultPlan(path);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->ToString(), kText);
  EXPECT_EQ(ReadFaultPlan("/nowhere/plan").status().message(),
            "read plan /nowhere/plan: No such file or directory");
  std::ofstream(path) << std::string(2 << 20, '#');
  EXPECT_EQ(ReadFaultPlan(path).status().message(), path + ": larger than a megabyte");
}

}  // namespace
}  // namespace rehearse::sim
