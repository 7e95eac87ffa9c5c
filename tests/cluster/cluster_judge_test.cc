#include "rehearse/tests/cluster/cluster_judge.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace rehearse::cluster {
namespace {

using Kind = Event::Kind;

// As `node-1` in its first life tells them.
class ClusterJudgeTest : public testing::Test {
 protected:
  bool See(const Event& event) { return judge_.See("node-1", 1, event).ok(); }
  bool Took(uint64_t sink, uint64_t source, uint64_t sequence) {
    return See({.kind = Kind::kTook, .actor = sink, .other = source, .sequence = sequence});
  }
  bool TookBehind(uint64_t after, uint64_t sink, uint64_t source, uint64_t sequence) {
    return See({.kind = Kind::kTook,
                .actor = sink,
                .other = source,
                .sequence = sequence,
                .after = after});
  }
  bool Asked(Kind kind, uint64_t sequence) {
    return See({.kind = kind, .actor = 7, .sequence = sequence, .node = "node-2"});
  }
  bool Watcher(Kind kind, uint64_t monitor, ExitReason::Kind reason = {}) {
    return See({.kind = kind, .actor = 8, .other = monitor, .node = "node-2", .reason = reason});
  }

  ClusterJudge judge_;
};

TEST_F(ClusterJudgeTest, APairsPacketsComeInOrderEachOnceAndSomeAreLost) {
  EXPECT_TRUE(Took(1, 7, 2));
  EXPECT_TRUE(Took(1, 7, 4));
  EXPECT_TRUE(Took(2, 7, 3));  // to another sink
  EXPECT_TRUE(Took(1, 9, 1));  // of another source
  EXPECT_FALSE(Took(1, 7, 4));
  EXPECT_FALSE(Took(1, 7, 3));
  EXPECT_EQ(judge_.packets(), 6);
}

TEST_F(ClusterJudgeTest, WhatIsTakenBehindOneThatIsLostIsOfASourceThatWasTold) {
  EXPECT_TRUE(TookBehind(2, 1, 7, 3));  // perhaps another sink had it
  EXPECT_TRUE(TookBehind(3, 1, 7, 5));
  EXPECT_TRUE(TookBehind(0, 1, 7, 8));
  EXPECT_FALSE(TookBehind(9, 1, 7, 10));
}

TEST_F(ClusterJudgeTest, APacketIsTakenByOneSink) {
  EXPECT_TRUE(Took(1, 7, 2));
  EXPECT_FALSE(Took(2, 7, 2));
}

TEST_F(ClusterJudgeTest, AnAskIsResolvedOnce) {
  EXPECT_FALSE(judge_.AllAsksResolved("node-1", 1));  // never seen
  EXPECT_TRUE(Asked(Kind::kAsks, 1));
  EXPECT_TRUE(Asked(Kind::kAsks, 2));
  EXPECT_TRUE(Asked(Kind::kFailed, 2));
  EXPECT_FALSE(judge_.AllAsksResolved("node-1", 1));
  EXPECT_TRUE(Asked(Kind::kAnswered, 1));
  EXPECT_TRUE(judge_.AllAsksResolved("node-1", 1));
  EXPECT_FALSE(Asked(Kind::kAnswered, 1));
  EXPECT_FALSE(Asked(Kind::kFailed, 3));
}

TEST_F(ClusterJudgeTest, WhatWasAnsweredWasTaken) {
  EXPECT_TRUE(Asked(Kind::kAsks, 1));
  EXPECT_TRUE(Asked(Kind::kAnswered, 1));
  EXPECT_TRUE(absl::StrContains(judge_.JudgeWhole().message(), "answered, and nobody took it"));
  EXPECT_TRUE(Took(1, 7, 1));
  EXPECT_TRUE(judge_.JudgeWhole().ok());
}

TEST_F(ClusterJudgeTest, WhatWasAcknowledgedIsTakenByANodeThatLivesOn) {
  ASSERT_TRUE(judge_.See("node-2", 1, {}).ok());
  EXPECT_TRUE(Asked(Kind::kAcknowledged, 1));
  EXPECT_FALSE(judge_.JudgeWhole().ok());
  ASSERT_TRUE(judge_.See("node-2", 2, {}).ok());  // it died with what it had not yet handled
  EXPECT_TRUE(judge_.JudgeWhole().ok());
}

TEST_F(ClusterJudgeTest, AMonitorIsToldOnce) {
  EXPECT_TRUE(Watcher(Kind::kWatches, 1));
  EXPECT_FALSE(judge_.AllDeathsTold("node-1", 1));
  EXPECT_FALSE(judge_.AllDeathsTold("node-1", 2));
  EXPECT_TRUE(Watcher(Kind::kTold, 1, ExitReason::Kind::kNodeLost));
  EXPECT_TRUE(judge_.AllDeathsTold("node-1", 1));
  EXPECT_FALSE(Watcher(Kind::kTold, 1, ExitReason::Kind::kNodeLost));
  EXPECT_EQ(judge_.told(ExitReason::Kind::kNodeLost), 1);
}

TEST_F(ClusterJudgeTest, APanicIsToldOnlyWhereThereWasOne) {
  EXPECT_TRUE(Watcher(Kind::kWatches, 1));
  EXPECT_TRUE(Watcher(Kind::kTold, 1, ExitReason::Kind::kPanicked));
  EXPECT_FALSE(judge_.JudgeWhole().ok());
  ASSERT_TRUE(judge_.See("node-2", 1, {.kind = Kind::kPanics, .actor = 9}).ok());
  EXPECT_TRUE(judge_.JudgeWhole().ok());
}

TEST(EventTest, GoesThroughALineOfText) {
  const Event event = {.kind = Kind::kTold,
                       .actor = UINT64_MAX,
                       .other = 2,
                       .sequence = 3,
                       .node = "node-2",
                       .reason = ExitReason::Kind::kGone};
  EXPECT_EQ(Event::Parse(event.ToString()).value(), event);
  EXPECT_EQ(Event::Parse(Event{}.ToString()).value(), Event{});
}

TEST(EventTest, RefusesWhatIsNoLineOfIts) {
  for (const char* const line : {"", "took", "took 1 2 3 -", "took 1 2 3 - 8", "takes 1 2 3 - 0",
                                 "took x 2 3 - 0", "took 1 2 3 - 0 ", "took 1 -2 3 - 0"}) {
    EXPECT_TRUE(absl::IsDataLoss(Event::Parse(line).status())) << line;
  }
}

}  // namespace
}  // namespace rehearse::cluster
