#include "rehearse/sim/runner/result_codec.h"

#include <gtest/gtest.h>

namespace rehearse::sim {
namespace {

RunResult Full() {
  RunResult result;
  result.verdict = Verdict::kSafety;
  result.reason = "a reason";
  result.hash = 0xfedcba9876543210;
  result.events = 12;
  result.virtual_time = Instant::FromNanos(3'000'000'001);
  result.last_events = {"first", "", "third"};
  result.explanation = std::string("two\nlines and a \0 zero", 22);
  result.marks = std::string("\1\0\3", 3);
  return result;
}

std::string Encoded(const RunResult& result) {
  std::string bytes;
  EncodeResult(result, bytes);
  return bytes;
}

TEST(ResultCodecTest, ComesBackWhole) {
  const RunResult result = *DecodeResult(Encoded(Full()));
  EXPECT_EQ(result.verdict, Verdict::kSafety);
  EXPECT_EQ(result.reason, "a reason");
  EXPECT_EQ(result.hash, 0xfedcba9876543210);
  EXPECT_EQ(result.events, 12u);
  EXPECT_EQ(result.virtual_time.nanos(), 3'000'000'001);
  EXPECT_EQ(result.last_events, Full().last_events);
  EXPECT_EQ(result.explanation, Full().explanation);
  EXPECT_EQ(result.marks, Full().marks);
}

TEST(ResultCodecTest, RefusesEachShorterAndALongerText) {
  const std::string bytes = Encoded(Full());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeResult(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeResult(bytes + "x").status()));
}

TEST(ResultCodecTest, RefusesAVerdictThatIsNone) {
  std::string bytes = Encoded(Full());
  bytes[0] = 9;
  EXPECT_TRUE(absl::IsDataLoss(DecodeResult(bytes).status()));
}

TEST(ResultCodecTest, CutsWhatIsTooLongAndSaysSo) {
  RunResult result = Full();
  result.reason = std::string(1 << 20, 'r');
  result.explanation = std::string(1 << 20, 'e');
  result.last_events = std::vector<std::string>(1000, std::string(1000, 'l'));
  result.last_events.back() = "the end";
  const std::string bytes = Encoded(result);
  EXPECT_LE(bytes.size(), kResultBytesMax);
  const RunResult cut = *DecodeResult(bytes);
  EXPECT_EQ(cut.reason.substr(cut.reason.size() - 6), " (cut)");
  EXPECT_EQ(cut.last_events.size(), 100u);
  EXPECT_EQ(cut.last_events.back(), "the end");
}

}  // namespace
}  // namespace rehearse::sim
