#include "rehearse/sim/trace/run_trace.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/sim/trace/event_ring.h"

namespace rehearse::sim {
namespace {

TraceEvent Mark(absl::string_view what, int64_t nanos = 5) {
  return {.time = Instant::FromNanos(nanos),
          .node = NodeId{1},
          .actor = ActorId{2},
          .kind = TraceKind::kMark,
          .what = what,
          .a = 3,
          .b = 4};
}

uint64_t HashOf(const std::vector<TraceEvent>& events) {
  RunTrace trace(nullptr, nullptr);
  for (const TraceEvent& event : events) trace.Record(event);
  EXPECT_EQ(trace.events(), events.size());
  return trace.hash();
}

TEST(RunTraceTest, TheSameEventsInTheSameOrderAreTheSameHash) {
  EXPECT_EQ(HashOf({Mark("a"), Mark("b")}), HashOf({Mark("a"), Mark("b")}));
  EXPECT_NE(HashOf({Mark("a"), Mark("b")}), HashOf({Mark("b"), Mark("a")}));
  EXPECT_NE(HashOf({Mark("a")}), HashOf({Mark("a"), Mark("a")}));
  EXPECT_NE(HashOf({}), HashOf({Mark("a")}));
}

TEST(RunTraceTest, EachFieldCounts) {
  std::vector<TraceEvent> events(8, Mark("a"));
  events[1].time = Instant::FromNanos(6);
  events[2].node = NodeId{2};
  events[3].actor = ActorId{3};
  events[4].kind = TraceKind::kPanic;
  events[5].what = "b";
  events[6].a = 4;
  events[7].b = 5;
  std::set<uint64_t> hashes;
  for (const TraceEvent& event : events) hashes.insert(HashOf({event}));
  EXPECT_EQ(hashes.size(), 8u);
}

TEST(RunTraceTest, ATextsLengthAndEachByteCount) {
  const std::string words = "seventeen letters";
  std::set<uint64_t> hashes;
  for (size_t length = 0; length <= words.size(); ++length) {
    hashes.insert(HashBytes(absl::string_view(words).substr(0, length)));
  }
  for (size_t i = 0; i < words.size(); ++i) {
    std::string other = words;
    other[i] = 'X';
    hashes.insert(HashBytes(other));
  }
  hashes.insert(HashBytes(absl::string_view("\0", 1)));  // padding is no byte
  EXPECT_EQ(hashes.size(), words.size() + 1 + words.size() + 1);
}

TEST(EventRingTest, AShortWordIsItsBytesAndZeros) {
  for (size_t count = 0; count < 8; ++count) {
    uint64_t padded = 0;
    std::memcpy(&padded, "\xff\x01\x82\x03\x84\x05\x86", count);
    EXPECT_EQ(ShortWord("\xff\x01\x82\x03\x84\x05\x86", count), padded) << count;
  }
}

TEST(RunTraceTest, TheLastLinesAreKeptAndNodesHaveNames) {
  RunTrace trace(nullptr, nullptr);
  trace.NameNode(1, "server");
  for (int i = 0; i < 100; ++i) trace.Record(Mark(absl::StrCat("step ", i), i));
  const std::vector<std::string> lines = trace.LastLines();
  ASSERT_EQ(lines.size(), EventRing::kEvents);
  EXPECT_EQ(lines.front(), "0.000000036s server #2 mark step 36");
  EXPECT_EQ(lines.back(), "0.000000099s server #2 mark step 99");
  EXPECT_EQ(trace.events(), 100u);
}

TEST(RunTraceTest, AListenerHearsEachEventAndChangesNothing) {
  std::vector<std::string> heard;
  RunTrace trace(nullptr, [&](absl::string_view line) { heard.emplace_back(line); });
  trace.NameNode(1, "server");
  trace.Record(Mark("a"));
  trace.Record(Mark("b"));
  EXPECT_EQ(heard, trace.LastLines());
  EXPECT_EQ(trace.hash(), HashOf({Mark("a"), Mark("b")}));
}

TEST(EventRingTest, KnowsWhenTheLastEventWas) {
  const auto ring = std::make_unique<EventRing>();
  EXPECT_EQ(ring->last_time(), Instant());
  for (int64_t i = 1; i <= 2 * static_cast<int64_t>(EventRing::kEvents) + 1; ++i) {
    ring->Add(Mark("a", i));
    EXPECT_EQ(ring->last_time(), Instant::FromNanos(i));
  }
}

TEST(EventRingTest, ATextOfAnyLengthIsKept) {
  const std::string words(EventRing::kWhatBytes, 'w');
  for (size_t length = 0; length <= words.size(); ++length) {
    const auto ring = std::make_unique<EventRing>();
    ring->Add(Mark(words.substr(0, length)));
    EXPECT_TRUE(ring->Lines()[0].ends_with(" mark " + words.substr(0, length))) << length;
  }
}

TEST(EventRingTest, LongTextsAreCutAndUnnamedNodesShown) {
  const auto ring = std::make_unique<EventRing>();
  ring->Add(Mark(std::string(EventRing::kWhatBytes + 1, 'x')));
  TraceEvent stranger = Mark("b");
  stranger.node = NodeId{EventRing::kNodes};
  ring->Add(stranger);
  const std::vector<std::string> lines = ring->Lines();
  EXPECT_TRUE(lines[0].ends_with(" mark " + std::string(EventRing::kWhatBytes, 'x'))) << lines[0];
  EXPECT_NE(lines[1].find(" ? #2 mark b"), std::string::npos) << lines[1];
}

}  // namespace
}  // namespace rehearse::sim
