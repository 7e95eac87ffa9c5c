#include "rehearse/actor/observe/drawing.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "rehearse/actor/observe/span_buffer.h"

namespace rehearse {
namespace {

constexpr ObservedActor kCounter = {.node = {1}, .id = {3}, .class_name = "Counter"};

Instant Micros(int64_t micros) { return Instant::FromNanos(micros * 1000); }

std::string TextOf(SpanBuffer& buffer, const DrawingOptions& options = {}) {
  Drawing drawing(options);
  std::string text;
  drawing.Begin(text);
  drawing.Append(buffer.Take(), text);
  drawing.End(text);
  return text;
}

TEST(DrawingTest, AMessageIsASliceWithAnArrowFromItsSender) {
  SpanBuffer buffer;
  buffer.Handled(kCounter, {.name = "Inc", .sender = {2}, .stamp = {uint64_t{7000}}}, Micros(10),
                 Micros(14));
  EXPECT_EQ(TextOf(buffer),
            "[\n"
            R"({"ph":"M","pid":0,"name":"process_labels","args":{"labels":"rehearse"}},)"
            "\n"
            R"({"ph":"X","pid":1,"tid":3,"name":"Inc","ts":10.000,"dur":4.000,"cat":"message",)"
            R"("args":{"waited_us":3.000}},)"
            "\n"
            R"({"ph":"s","pid":1,"tid":2,"name":"Inc","id":"1.0x1b58.2","ts":7.000,)"
            R"("cat":"message"},)"
            "\n"
            R"({"ph":"f","pid":1,"tid":3,"name":"Inc","id":"1.0x1b58.2","ts":10.000,)"
            R"("cat":"message","bp":"e"})"
            "\n]\n");
}

TEST(DrawingTest, TracksHaveTheNamesOfNodesAndActors) {
  SpanBuffer buffer;
  buffer.NodeBegan(NodeId{1}, "server \"one\"", Micros(0));
  buffer.Began(kCounter, 1, Micros(5));
  const std::string text = TextOf(buffer);
  EXPECT_TRUE(absl::StrContains(text, R"("name":"process_name","args":{"name":"server \"one\""}})"))
      << text;
  EXPECT_TRUE(absl::StrContains(
      text, R"("pid":1,"tid":3,"name":"thread_name","args":{"name":"Counter#3"}})"))
      << text;
}

TEST(DrawingTest, TurnsOfALifeArePoints) {
  SpanBuffer buffer;
  buffer.Panicked(kCounter, Micros(5));
  buffer.Began(kCounter, 2, Micros(6));
  buffer.Ended(kCounter, Micros(7));
  const std::string text = TextOf(buffer);
  for (const char* const point :
       {R"("panic","ts":5.000)", R"("restart","ts":6.000)", R"("end","ts":7.000)"}) {
    EXPECT_TRUE(absl::StrContains(text, point)) << point << text;
  }
}

TEST(DrawingTest, WhatCrossesNodesHasOneIdOnBoth) {
  SpanBuffer buffer;
  EXPECT_TRUE(buffer.SentElsewhere({.node = {2}, .id = {9}, .class_name = "Client"}, "Inc", 0xfeed,
                                   Micros(1)));
  buffer.Handled(kCounter, {.name = "Inc", .stamp = {uint64_t{3000}}, .flow = 0xfeed}, Micros(4),
                 Micros(4));
  const std::string text = TextOf(buffer);
  EXPECT_TRUE(absl::StrContains(text, R"("ph":"s","pid":2,"tid":9,"name":"Inc","id":"0xfeed")"))
      << text;
  EXPECT_TRUE(absl::StrContains(text, R"("ph":"f","pid":1,"tid":3,"name":"Inc","id":"0xfeed")"))
      << text;
}

TEST(DrawingTest, TimesAndNodesCanBeShifted) {
  SpanBuffer buffer;
  buffer.Ended(kCounter, Micros(7));
  EXPECT_TRUE(absl::StrContains(TextOf(buffer, {.first_process = 100, .epoch_nanos = 5000000}),
                                R"("pid":101,"tid":3,"name":"end","ts":5007.000)"));
}

TEST(SpanBufferTest, FullItDropsAndCounts) {
  SpanBuffer buffer(2);
  for (int i = 0; i < 5; ++i) buffer.Ended(kCounter, Micros(i));
  const SpanBatch batch = buffer.Take();
  EXPECT_EQ(batch.spans.size(), 2u);
  EXPECT_EQ(batch.dropped, 3u);
  EXPECT_EQ(buffer.Take().dropped, 0u);
  buffer.Ended(kCounter, Micros(9));
  EXPECT_EQ(buffer.Take().spans.size(), 1u);
}

TEST(DrawingTest, SaysHowMuchWasDropped) {
  SpanBuffer buffer(1);
  for (int i = 0; i < 5; ++i) buffer.Ended(kCounter, Micros(i));
  EXPECT_TRUE(absl::StrContains(TextOf(buffer), "4 events dropped"));
}

}  // namespace
}  // namespace rehearse
