#include "rehearse/net/codec/frame.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

using Frame = std::optional<absl::string_view>;

std::string Framed(absl::string_view payload) {
  std::string out;
  EXPECT_TRUE(AppendFrame(payload, out).ok());
  return out;
}

TEST(FrameTest, HasALittleEndianLengthBeforeThePayload) {
  EXPECT_EQ(Framed("abc"), std::string("\3\0\0\0abc", 7));
  EXPECT_EQ(Framed(std::string(0x10203, 'x')).substr(0, 4), std::string("\3\2\1\0", 4));
}

TEST(FrameTest, GivesOutThePayload) {
  FrameDecoder decoder;
  decoder.Feed(Framed("abc"));
  EXPECT_EQ(decoder.Next().value(), Frame("abc"));
  EXPECT_EQ(decoder.Next().value(), std::nullopt);
  EXPECT_EQ(decoder.pending_bytes(), 0);
}

TEST(FrameTest, MayBeEmpty) {
  FrameDecoder decoder;
  decoder.Feed(Framed(""));
  EXPECT_EQ(decoder.Next().value(), Frame(""));
}

TEST(FrameTest, WaitsForTheLastByte) {
  const std::string bytes = Framed("abc");
  FrameDecoder decoder;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    decoder.Feed(bytes.substr(i, 1));
    EXPECT_EQ(decoder.Next().value(), std::nullopt);
    EXPECT_EQ(decoder.pending_bytes(), i + 1);
  }
  decoder.Feed(bytes.substr(bytes.size() - 1));
  EXPECT_EQ(decoder.Next().value(), Frame("abc"));
}

TEST(FrameTest, TakesTheLongestPayloadAndRefusesOneByteMore) {
  const FrameOptions options{.frame_bytes_max = 10};
  std::string out;
  EXPECT_TRUE(AppendFrame(std::string(10, 'x'), out, options).ok());
  const std::string before = out;
  const absl::Status status = AppendFrame(std::string(11, 'x'), out, options);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "frame a payload of 11 bytes: the limit is 10, send less");
  EXPECT_EQ(out, before);

  FrameDecoder decoder(options);
  decoder.Feed(out);
  EXPECT_EQ(decoder.Next().value(), Frame("xxxxxxxxxx"));
}

TEST(FrameTest, RefusesAnAnnouncementOverTheLimitFromTheHeaderAlone) {
  FrameDecoder decoder(FrameOptions{.frame_bytes_max = 10});
  decoder.Feed(std::string("\xb\0\0\0", 4));
  const absl::Status status = decoder.Next().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "read a frame: the peer announced 11 bytes, the limit is 10");
}

TEST(FrameTest, HasALimitOfOneMebibyteUnlessToldOtherwise) {
  std::string out;
  EXPECT_TRUE(AppendFrame(std::string(1 << 20, 'x'), out).ok());
  EXPECT_FALSE(AppendFrame(std::string((1 << 20) + 1, 'x'), out).ok());
}

TEST(FrameTest, HasALimitThatNoOptionLifts) {
  const FrameOptions options{.frame_bytes_max = size_t{1} << 40};
  std::string out;
  EXPECT_TRUE(AppendFrame(std::string(kFrameBytesCeiling, 'x'), out, options).ok());
  EXPECT_FALSE(AppendFrame(std::string(kFrameBytesCeiling + 1, 'x'), out, options).ok());
}

TEST(FrameTest, RefusesFlagsThatItDoesNotKnow) {
  FrameDecoder decoder;
  decoder.Feed(std::string("\1\0\0\x40x", 5));
  const absl::Status status = decoder.Next().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "unknown flags 64")) << status;
}

TEST(FrameTest, GivesOutWhatCameBeforeAnErrorAndNothingAfter) {
  FrameDecoder decoder;
  decoder.Feed(Framed("good") + std::string("\0\0\0\xff", 4) + Framed("lost"));
  EXPECT_EQ(decoder.Next().value(), Frame("good"));
  const absl::Status status = decoder.Next().status();
  EXPECT_FALSE(status.ok());
  decoder.Feed(Framed("late"));
  EXPECT_EQ(decoder.Next().status(), status);
  EXPECT_EQ(decoder.pending_bytes(), 0);
}

TEST(FrameTest, IsWrittenInPlace) {
  std::string out = "before";
  const size_t begin = BeginFrame(out);
  out += "abc";
  EXPECT_TRUE(EndFrame(begin, out).ok());
  EXPECT_EQ(out, "before" + Framed("abc"));
}

TEST(FrameTest, IsTakenBackWhenItEndsTooLong) {
  std::string out = "before";
  const size_t begin = BeginFrame(out);
  out += "abcd";
  EXPECT_EQ(EndFrame(begin, out, FrameOptions{.frame_bytes_max = 3}).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(out, "before");
}

}  // namespace
}  // namespace rehearse::net
