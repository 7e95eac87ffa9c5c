#include "rehearse/net/libp2p/yamux/yamux_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }
std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string Frame(YamuxType type, uint16_t flags, uint32_t stream, uint32_t length,
                  absl::string_view data = "") {
  std::string bytes;
  YamuxHeader{type, flags, stream, length}.AppendTo(bytes);
  bytes.append(data.data(), data.size());
  return bytes;
}

std::string Data(uint32_t stream, absl::string_view data, uint16_t flags = 0) {
  return Frame(YamuxType::kData, flags, stream, static_cast<uint32_t>(data.size()), data);
}

std::string Opening(uint32_t stream) {
  return Frame(YamuxType::kWindowUpdate, YamuxHeader::kSyn, stream, 0);
}

// A session and what it says.
struct Side {
  explicit Side(bool dialer, YamuxOptions options = {}) : session(With(dialer, options)) {}

  static YamuxOptions With(bool dialer, YamuxOptions options) {
    options.dialer = dialer;
    return options;
  }
  absl::Status Get(absl::string_view bytes) { return session.Receive(bytes, Instant()); }
  std::string Says() {
    std::string all;
    for (std::string piece; !(piece = session.TakeOutput()).empty();) all += piece;
    return all;
  }
  std::string Reads(uint32_t stream, size_t most = 1 << 20) {
    std::string out;
    EXPECT_TRUE(session.Read(stream, most, out).ok());
    return out;
  }
  bool Heard(YamuxEvent::Kind kind, uint32_t stream = 0) {
    const std::vector<YamuxEvent> events = session.TakeEvents();
    return std::count(events.begin(), events.end(), YamuxEvent{kind, stream}) > 0;
  }

  YamuxSession session;
};

// Two of them, joined.
struct Joined {
  explicit Joined(YamuxOptions options = {}) : dialer(true, options), listener(false, options) {}

  void Talk() {
    for (;;) {
      const std::string to_listener = dialer.Says();
      const std::string to_dialer = listener.Says();
      if (to_listener.empty() && to_dialer.empty()) return;
      EXPECT_TRUE(listener.Get(to_listener).ok());
      EXPECT_TRUE(dialer.Get(to_dialer).ok());
    }
  }

  Side dialer;
  Side listener;
};

TEST(YamuxTest, SaysTheBytesOfTheSpecification) {
  Side dialer(true);
  const uint32_t stream = *dialer.session.Open();
  EXPECT_EQ(stream, 1u);
  EXPECT_EQ(Hex(dialer.Says()), "000100010000000100000000");
  dialer.session.Finish(stream);
  EXPECT_EQ(Hex(dialer.Says()), "000000040000000100000000");
  dialer.session.Reset(stream);
  EXPECT_EQ(Hex(dialer.Says()), "000100080000000100000000");
  dialer.session.GoAway();
  EXPECT_EQ(Hex(dialer.Says()), "000300000000000000000000");
  Side listener(false);
  ASSERT_TRUE(listener.Get(Bytes("000100010000000100000000")).ok());
  EXPECT_TRUE(listener.Heard(YamuxEvent::Kind::kIncoming, 1));
  EXPECT_EQ(listener.Says(), "");
  EXPECT_EQ(listener.session.Accept(), 1u);
  EXPECT_EQ(Hex(listener.Says()), "000100020000000100000000");
  ASSERT_TRUE(listener.Get(Bytes("000200010000000000000007")).ok());
  EXPECT_EQ(Hex(listener.Says()), "000200020000000000000007");
  EXPECT_EQ(*listener.session.Open(), 2u);
}

TEST(YamuxTest, CarriesBytesBothWaysAndEnds) {
  Joined both;
  const uint32_t stream = *both.dialer.session.Open();
  EXPECT_EQ(*both.dialer.session.Write(stream, "question"), 8u);
  both.dialer.session.Finish(stream);
  both.Talk();
  ASSERT_EQ(both.listener.session.Accept(), stream);
  EXPECT_FALSE(both.listener.session.AtEnd(stream));
  EXPECT_EQ(both.listener.Reads(stream, 3), "que");
  EXPECT_EQ(both.listener.Reads(stream), "stion");
  EXPECT_TRUE(both.listener.session.AtEnd(stream));
  EXPECT_EQ(*both.listener.session.Write(stream, "answer"), 6u);
  both.listener.session.Finish(stream);
  both.listener.session.Release(stream);
  both.Talk();
  EXPECT_EQ(both.dialer.Reads(stream), "answer");
  EXPECT_TRUE(both.dialer.session.AtEnd(stream));
  both.dialer.session.Release(stream);
  EXPECT_EQ(both.dialer.Says(), "");
  EXPECT_EQ(both.dialer.session.streams() + both.listener.session.streams(), 0u);
}

TEST(YamuxTest, PutsTheEndIntoAPieceOfItsOwn) {
  Side dialer(true);
  const uint32_t stream = *dialer.session.Open();
  ASSERT_TRUE(dialer.session.Write(stream, "x").ok());
  dialer.session.Finish(stream);
  ASSERT_TRUE(dialer.session.Ping().ok());
  EXPECT_EQ(Hex(dialer.session.TakeOutput()), "00010001000000010000000000000000000000010000000178");
  EXPECT_EQ(Hex(dialer.session.TakeOutput()), "000000040000000100000000");
  EXPECT_EQ(Hex(dialer.session.TakeOutput()), "000200010000000000000000");
  EXPECT_EQ(dialer.session.TakeOutput(), "");
}

// The writer goes on as soon as half of the window was read, and not for less.
TEST(YamuxTest, StopsTheWriterOfASlowReader) {
  Joined both;
  const uint32_t stream = *both.dialer.session.Open();
  const std::string much(1 << 20, 'x');
  size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    sent += *both.dialer.session.Write(stream, much);
    both.Talk();
  }
  EXPECT_EQ(sent, kYamuxWindowBytes);
  EXPECT_EQ(both.listener.session.unread_bytes(), kYamuxWindowBytes);
  EXPECT_EQ(both.dialer.session.unsent_bytes(), 0u);
  EXPECT_EQ(both.listener.Reads(stream, kYamuxWindowBytes / 2 - 1).size(),
            kYamuxWindowBytes / 2 - 1);
  both.Talk();
  EXPECT_EQ(*both.dialer.session.Write(stream, much), 0u);
  EXPECT_EQ(both.listener.Reads(stream, 1).size(), 1u);
  both.dialer.session.TakeEvents();
  both.Talk();
  EXPECT_TRUE(both.dialer.Heard(YamuxEvent::Kind::kWritable, stream));
  EXPECT_EQ(*both.dialer.session.Write(stream, much), kYamuxWindowBytes / 2);
}

TEST(YamuxTest, OneSlowReaderDoesNotStopOthers) {
  Joined both;
  const uint32_t slow = *both.dialer.session.Open();
  const uint32_t other = *both.dialer.session.Open();
  const std::string much(1 << 20, 'x');
  ASSERT_TRUE(both.dialer.session.Write(slow, much).ok());
  both.Talk();
  size_t got = 0;
  while (got < 10 * much.size()) {
    ASSERT_TRUE(both.dialer.session.Write(other, much).ok());
    both.Talk();
    got += both.listener.Reads(other).size();
    ASSERT_LE(both.listener.session.unread_bytes(), 2 * kYamuxWindowBytes);
  }
}

TEST(YamuxTest, NobodyWritesBeyondWhatIsUnsent) {
  Side dialer(true, {.unsent_bytes_max = 100000});
  const uint32_t first = *dialer.session.Open();
  const uint32_t second = *dialer.session.Open();
  const std::string much(1 << 20, 'x');
  const size_t written = *dialer.session.Write(first, much);
  EXPECT_GE(dialer.session.unsent_bytes(), 100000u);
  EXPECT_LE(dialer.session.unsent_bytes(), 100000u + (64 << 10) + 100);
  EXPECT_LT(written, kYamuxWindowBytes);
  EXPECT_EQ(*dialer.session.Write(second, much), 0u);
  dialer.session.TakeEvents();
  while (dialer.session.unsent_bytes() >= 100000) dialer.session.TakeOutput();
  EXPECT_TRUE(dialer.Heard(YamuxEvent::Kind::kWritable, second));
}

TEST(YamuxTest, ResetsAStreamWhoseBytesNobodyHasRoomFor) {
  Side listener(false, {.unread_bytes_max = 10});
  ASSERT_TRUE(listener.Get(Opening(1) + Opening(3) + Data(1, "12345678")).ok());
  ASSERT_TRUE(listener.Get(Data(3, "123")).ok());
  EXPECT_EQ(Hex(listener.Says()), "000100080000000300000000");
  std::string out;
  EXPECT_TRUE(absl::IsUnavailable(listener.session.Read(3, 10, out).status()));
  EXPECT_EQ(listener.Reads(1), "12345678");
  EXPECT_EQ(listener.session.unread_bytes(), 0u);
}

TEST(YamuxTest, ResetsStreamsThatAreTooMany) {
  Side listener(false, {.incoming_max = 2});
  ASSERT_TRUE(listener.Get(Opening(1) + Opening(3) + Opening(5)).ok());
  EXPECT_EQ(Hex(listener.Says()), "000100080000000500000000");
  ASSERT_TRUE(listener.Get(Data(5, "it is drained")).ok());
  EXPECT_EQ(listener.session.unread_bytes(), 0u);
  listener.session.Release(1);
  listener.Says();
  ASSERT_TRUE(listener.Get(Opening(7)).ok());
  EXPECT_EQ(listener.Says(), "");
}

TEST(YamuxTest, EndsForAPeerThatGoesOnToOpenStreamsBeyondTheLimit) {
  Side listener(false, {.incoming_max = 2});
  std::string bytes;
  for (uint32_t stream = 1; stream <= 7; stream += 2) bytes += Opening(stream);
  ASSERT_TRUE(listener.Get(bytes).ok());
  EXPECT_EQ(listener.session.refused_streams(), 2u);
  // One that is taken in between, and it may try again.
  listener.session.Release(1);
  ASSERT_TRUE(listener.Get(Opening(9) + Opening(11) + Opening(13)).ok());
  const absl::Status status = listener.Get(Opening(15));
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

TEST(YamuxTest, OpensNoMoreThanThePeerHasTaken) {
  Joined both({.unacknowledged_max = 2});
  ASSERT_TRUE(both.dialer.session.Open().ok());
  ASSERT_TRUE(both.dialer.session.Open().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(both.dialer.session.Open().status()));
  both.Talk();
  EXPECT_TRUE(absl::IsResourceExhausted(both.dialer.session.Open().status()));
  both.dialer.session.TakeEvents();
  ASSERT_TRUE(both.listener.session.Accept().has_value());
  both.Talk();
  EXPECT_TRUE(both.dialer.Heard(YamuxEvent::Kind::kWritable, 0));
  EXPECT_TRUE(both.dialer.session.Open().ok());
}

TEST(YamuxTest, TellsBothDirectionsOfAReset) {
  Joined both;
  const uint32_t stream = *both.dialer.session.Open();
  ASSERT_TRUE(both.dialer.session.Write(stream, "bytes").ok());
  both.Talk();
  ASSERT_TRUE(both.listener.session.Accept().has_value());
  both.listener.session.Release(stream);
  both.dialer.session.TakeEvents();
  both.Talk();
  EXPECT_TRUE(both.dialer.Heard(YamuxEvent::Kind::kReadable, stream));
  const absl::Status status = both.dialer.session.Write(stream, "x").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "the peer has reset")) << status;
  EXPECT_EQ(both.listener.session.unread_bytes(), 0u);
}

TEST(YamuxTest, KeepsWhatCameWholeWhenTheConnectionEnds) {
  Joined both;
  const uint32_t whole = *both.dialer.session.Open();
  const uint32_t cut = *both.dialer.session.Open();
  ASSERT_TRUE(both.dialer.session.Write(whole, "whole").ok());
  ASSERT_TRUE(both.dialer.session.Write(cut, "cut").ok());
  both.dialer.session.Finish(whole);
  both.dialer.session.Release(whole);
  both.Talk();
  both.listener.session.Abort(absl::UnavailableError("gone"));
  EXPECT_TRUE(absl::IsUnavailable(both.listener.session.Write(whole, "x").status()));
  EXPECT_EQ(both.listener.Reads(whole), "whole");
  EXPECT_TRUE(both.listener.session.AtEnd(whole));
  std::string out;
  EXPECT_TRUE(absl::IsUnavailable(both.listener.session.Read(cut, 10, out).status()));
  EXPECT_EQ(both.listener.session.unread_bytes(), 0u);
}

TEST(YamuxTest, RefusesWhatBreaksTheProtocol) {
  const std::string over(kYamuxWindowBytes + 1, 'x');
  for (const std::string& bytes : {
           Bytes("010000000000000100000000"),                           // the version
           Bytes("000400000000000100000000"),                           // the type
           Opening(2),                                                  // a number of ours
           Opening(1) + Opening(1),                                     // known
           Opening(5) + Opening(3),                                     // backwards
           Data(0, "x"),                                                // the session's number
           Opening(1) + Data(1, over),                                  // beyond the window
           Opening(1) + Data(1, "", YamuxHeader::kFin) + Data(1, "x"),  // behind the end
           Opening(1) + Frame(YamuxType::kWindowUpdate, 0, 1, UINT32_MAX),
       }) {
    Side listener(false);
    const absl::Status status = listener.Get(bytes);
    EXPECT_TRUE(absl::IsDataLoss(status)) << Hex(bytes.substr(0, 40));
    EXPECT_EQ(Hex(listener.Says()), "000300000000000000000001");
    EXPECT_TRUE(listener.Heard(YamuxEvent::Kind::kEnded));
    EXPECT_EQ(listener.Get(Opening(9)), status);
    EXPECT_TRUE(absl::IsUnavailable(listener.session.Open().status()));
  }
}

TEST(YamuxTest, TakesTheWholeWindowAtOnce) {
  Side listener(false);
  const std::string whole(kYamuxWindowBytes, 'x');
  ASSERT_TRUE(listener.Get(Data(1, whole, YamuxHeader::kSyn | YamuxHeader::kFin)).ok());
  EXPECT_EQ(listener.Reads(1), whole);
  EXPECT_TRUE(listener.session.AtEnd(1));
  EXPECT_EQ(listener.Says(), "");  // no credit for one who has finished
}

TEST(YamuxTest, DropsWhatComesForStreamsThatAreGone) {
  Side listener(false);
  ASSERT_TRUE(listener.Get(Opening(1)).ok());
  listener.session.Release(1);
  EXPECT_EQ(Hex(listener.Says()), "000100080000000100000000");
  ASSERT_TRUE(listener
                  .Get(Data(1, std::string(1 << 20, 'x')) +
                       Frame(YamuxType::kWindowUpdate, 0, 1, 5) + Data(1, "", 4))
                  .ok());
  EXPECT_EQ(listener.session.unread_bytes() + listener.session.streams(), 0u);
}

TEST(YamuxTest, EndsForAPeerThatFloodsWithPings) {
  Side listener(false, {.pings_per_second_max = 3});
  const std::string ping = Frame(YamuxType::kPing, YamuxHeader::kSyn, 0, 1);
  const Instant later = Instant() + absl::Seconds(1);
  ASSERT_TRUE(listener.session.Receive(ping + ping + ping, Instant()).ok());
  ASSERT_TRUE(listener.session.Receive(ping + ping + ping, later).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(listener.session.Receive(ping, later)));
}

TEST(YamuxTest, EndsForAPeerThatAsksAndDoesNotListen) {
  Side listener(false, {.incoming_max = 100000, .unsent_bytes_max = 1000});
  listener.session.GoAway();  // so that each stream is answered by a reset
  absl::Status status;
  for (uint32_t stream = 1; status.ok(); stream += 2) {
    status = listener.Get(Opening(stream));
    ASSERT_LT(listener.session.unsent_bytes(), size_t{300} << 10);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

TEST(YamuxTest, EndsForAPeerThatDoesNotAnswer) {
  Side dialer(true);
  ASSERT_TRUE(dialer.session.Ping().ok());
  ASSERT_TRUE(dialer.session.Ping().ok());
  ASSERT_TRUE(dialer.Get(Frame(YamuxType::kPing, YamuxHeader::kAck, 0, 0)).ok());
  ASSERT_TRUE(dialer.session.Ping().ok());
  ASSERT_TRUE(dialer.session.Ping().ok());
  EXPECT_TRUE(absl::IsUnavailable(dialer.session.Ping()));
  EXPECT_TRUE(absl::IsUnavailable(dialer.session.Open().status()));
}

TEST(YamuxTest, GoesOnWithItsStreamsWhenThePeerWantsNoMore) {
  Joined both;
  const uint32_t stream = *both.dialer.session.Open();
  both.Talk();
  both.listener.session.GoAway();
  both.Talk();
  EXPECT_TRUE(absl::IsUnavailable(both.dialer.session.Open().status()));
  EXPECT_EQ(*both.dialer.session.Write(stream, "bytes"), 5u);
  both.Talk();
  EXPECT_EQ(both.listener.Reads(stream), "bytes");
}

TEST(YamuxTest, EndsWhenThePeerSaysThatItHasAnError) {
  Side dialer(true);
  EXPECT_TRUE(absl::IsUnavailable(dialer.Get(Bytes("000300000000000000000002"))));
}

}  // namespace
}  // namespace rehearse::net
