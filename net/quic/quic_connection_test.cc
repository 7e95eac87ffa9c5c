#include "rehearse/net/quic/quic_connection.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/net/quic/quic_packet.h"
#include "rehearse/net/quic/testing/quic_forger.h"
#include "rehearse/net/quic/testing/quic_pair.h"

namespace rehearse::net {
namespace {

using Kind = QuicEvent::Kind;

class QuicConnectionTest : public testing::Test {
 protected:
  QuicSide dialer_{1};
  QuicSide listener_{2};
};

std::string Pattern(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

TEST_F(QuicConnectionTest, EachSideLearnsWhoTheOtherIs) {
  QuicPair pair(dialer_, listener_, listener_.identity.peer_id());
  pair.Run(absl::Seconds(1));
  ASSERT_TRUE(pair.dialer().established());
  ASSERT_TRUE(pair.listener().established());
  EXPECT_EQ(pair.dialer().peer()->peer_id(), listener_.identity.peer_id());
  EXPECT_EQ(pair.listener().peer()->peer_id(), dialer_.identity.peer_id());
  EXPECT_TRUE(pair.dialer_heard.Has(Kind::kEstablished));
}

TEST_F(QuicConnectionTest, CarriesAStreamBothWaysAndForgetsIt) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  const int64_t stream = *pair.dialer().Open();
  const std::string text = Pattern(size_t{1} << 20);
  pair.dialer().Write(stream, text);
  pair.dialer().Finish(stream);
  pair.Run(absl::Seconds(5));
  EXPECT_TRUE(pair.listener_heard.Data(stream) == text);
  EXPECT_TRUE(pair.listener_heard.Has(Kind::kEnd));
  pair.listener().Write(stream, text);
  pair.listener().Finish(stream);
  pair.Run(absl::Seconds(5));
  EXPECT_TRUE(pair.dialer_heard.Data(stream) == text);
  EXPECT_TRUE(pair.dialer_heard.Has(Kind::kStreamGone));
  EXPECT_TRUE(pair.listener_heard.Has(Kind::kStreamGone));
}

TEST_F(QuicConnectionTest, WhoDoesNotReadStopsWhoWrites) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  pair.consumes = false;
  const int64_t stream = *pair.dialer().Open();
  pair.dialer().Write(stream, Pattern(size_t{1} << 20));
  pair.Run(absl::Seconds(5));
  EXPECT_EQ(pair.listener_heard.Data(stream).size(), listener_.options.stream_window_bytes);
  pair.consumes = true;
  pair.listener().Consume(stream, listener_.options.stream_window_bytes);
  pair.Run(absl::Seconds(5));
  EXPECT_TRUE(pair.listener_heard.Data(stream) == Pattern(size_t{1} << 20));
}

TEST_F(QuicConnectionTest, LossDuplicationAndDamageLoseNothing) {
  QuicPair pair(dialer_, listener_);
  Random random(7);
  pair.filter = [&](bool, std::string& packet) {
    if (random.Below(20) == 0) packet[random.Below(packet.size())] ^= 4;
    return random.Below(10) != 0;
  };
  pair.Run(absl::Seconds(5));
  ASSERT_TRUE(pair.listener().established());
  const int64_t stream = *pair.dialer().Open();
  pair.dialer().Write(stream, Pattern(size_t{1} << 20));
  pair.dialer().Finish(stream);
  pair.Run(absl::Seconds(20));
  EXPECT_TRUE(pair.listener_heard.Data(stream) == Pattern(size_t{1} << 20));
}

TEST_F(QuicConnectionTest, NewKeysAndANewAddressLoseNothing) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  EXPECT_TRUE(pair.dialer().UpdateKeys(pair.now));
  const int64_t stream = *pair.dialer().Open();
  pair.dialer().Write(stream, "before");
  pair.Run(absl::Seconds(1));
  pair.dialer_address.port = 3333;
  pair.dialer().Write(stream, " and after");
  pair.Run(absl::Seconds(5));
  EXPECT_EQ(pair.listener_heard.Data(stream), "before and after");
  EXPECT_EQ(pair.listener().address(), pair.dialer_address);
}

TEST_F(QuicConnectionTest, NewKeysAgainAndAgainLoseNothing) {
  QuicPair pair(dialer_, listener_);
  Random random(7);
  pair.filter = [&](bool, std::string&) { return random.Below(20) != 0; };
  pair.Run(absl::Seconds(5));
  const int64_t stream = *pair.dialer().Open();
  std::string all;
  int updates = 0;
  for (int i = 0; i < 10; ++i) {
    updates += (i % 2 == 0 ? pair.dialer() : pair.listener()).UpdateKeys(pair.now);
    all += Pattern(50'000);
    pair.dialer().Write(stream, Pattern(50'000));
    pair.Run(absl::Seconds(5));
  }
  EXPECT_GE(updates, 5);
  EXPECT_TRUE(pair.listener_heard.Data(stream) == all);
}

TEST_F(QuicConnectionTest, CloseTellsThePeer) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  pair.dialer().Close(pair.now);
  pair.Run(absl::Seconds(5));
  ASSERT_TRUE(pair.listener_heard.Has(Kind::kOver));
  EXPECT_TRUE(absl::StrContains(pair.listener_heard.Find(Kind::kOver)->status.message(),
                                "the peer closed the connection"));
  EXPECT_TRUE(pair.dialer().gone());
  EXPECT_TRUE(pair.listener().gone());
}

TEST_F(QuicConnectionTest, SilenceIsTheEnd) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  pair.filter = [](bool, std::string&) { return false; };
  pair.Run(absl::Seconds(40));
  ASSERT_TRUE(pair.dialer_heard.Has(Kind::kOver));
  EXPECT_EQ(pair.dialer_heard.Find(Kind::kOver)->status.message(),
            "quic: the peer was silent for 30s");
  EXPECT_TRUE(pair.dialer().gone());
}

TEST_F(QuicConnectionTest, KeptAliveItOutlivesSilence) {
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  pair.dialer().KeepAlive(true);
  pair.Run(absl::Minutes(5));
  EXPECT_FALSE(pair.dialer().over());
  pair.dialer().KeepAlive(false);
  pair.Run(absl::Minutes(5));
  EXPECT_TRUE(pair.dialer().gone());
}

TEST_F(QuicConnectionTest, IsKeptAliveForAPeerThatIsSoonTiredOfSilence) {
  listener_.options.idle_timeout = absl::Seconds(10);
  QuicPair pair(dialer_, listener_);
  pair.Run(absl::Seconds(1));
  pair.dialer().KeepAlive(true);
  // A question may be lost, and the one that comes instead.
  int questions = 0;
  pair.filter = [&](bool from_dialer, std::string&) { return !from_dialer || ++questions > 2; };
  pair.Run(absl::Minutes(1));
  EXPECT_FALSE(pair.dialer().over());
  EXPECT_FALSE(pair.listener().over());
}

TEST_F(QuicConnectionTest, TalksToNobodyElse) {
  QuicPair pair(dialer_, listener_, dialer_.identity.peer_id());
  pair.Run(absl::Seconds(5));
  ASSERT_TRUE(pair.dialer_heard.Has(Kind::kOver));
  EXPECT_TRUE(absl::IsPermissionDenied(pair.dialer_heard.Find(Kind::kOver)->status));
  ASSERT_TRUE(pair.listener_heard.Has(Kind::kOver));
  EXPECT_FALSE(pair.listener().established());
}

TEST_F(QuicConnectionTest, RefusesAnotherAlpn) {
  QuicSide stranger(3, "h3");
  QuicPair pair(stranger, listener_);
  pair.Run(absl::Seconds(5));
  EXPECT_FALSE(pair.listener().established());
  ASSERT_TRUE(pair.dialer_heard.Has(Kind::kOver));
  EXPECT_TRUE(absl::StrContains(pair.dialer_heard.Find(Kind::kOver)->status.message(),
                                "No supported application protocol"))
      << pair.dialer_heard.Find(Kind::kOver)->status;
}

TEST_F(QuicConnectionTest, ADamagedFirstPacketIsForgotten) {
  QuicPair pair(dialer_, listener_);
  bool first = true;
  pair.filter = [&](bool, std::string& packet) {
    if (std::exchange(first, false)) packet[packet.size() / 2] ^= 1;
    return true;
  };
  pair.Run(absl::Milliseconds(100));
  ASSERT_TRUE(pair.has_listener());
  EXPECT_TRUE(pair.listener().gone());
  EXPECT_FALSE(pair.dialer().over());
}

TEST(QuicPacketTest, ATokenIsForOneAddressAndAShortTime) {
  SeededEntropy entropy(9);
  const std::string secret(32, 's');
  const SocketAddress from{"10.0.0.1", 1111};
  const Instant now = Instant::FromNanos(0);
  QuicArrival arrival{.kind = QuicArrival::Kind::kInitial,
                      .version = 1,
                      .destination = "what it made up",
                      .source = "its own"};
  const std::string retry = WriteRetry(arrival, from, secret, entropy, now);
  // It comes back with the id that the Retry names, and with its token: what stands between that
  // and the 16 bytes of the Retry's own proof (RFC 9000, 17.2.5).
  const size_t ids = 7 + arrival.source.size() + kQuicIdBytes;
  ASSERT_GT(retry.size(), ids + 16);
  arrival.destination = retry.substr(ids - kQuicIdBytes, kQuicIdBytes);
  arrival.token = retry.substr(ids, retry.size() - ids - 16);
  EXPECT_EQ(VerifyRetry(arrival, from, secret, now), "what it made up");
  EXPECT_EQ(VerifyRetry(arrival, from, secret, now + absl::Seconds(9)), "what it made up");
  EXPECT_EQ(VerifyRetry(arrival, from, secret, now + absl::Seconds(11)), std::nullopt);
  EXPECT_EQ(VerifyRetry(arrival, {"10.0.0.9", 1111}, secret, now), std::nullopt);
  EXPECT_EQ(VerifyRetry(arrival, from, std::string(32, 't'), now), std::nullopt);
  arrival.token.back() ^= 1;
  EXPECT_EQ(VerifyRetry(arrival, from, secret, now), std::nullopt);
}

TEST(QuicPacketTest, KnowsJunk) {
  EXPECT_EQ(ReadQuicArrival("").kind, QuicArrival::Kind::kJunk);
  EXPECT_EQ(ReadQuicArrival("x").kind, QuicArrival::Kind::kJunk);
  EXPECT_EQ(ReadQuicArrival(std::string(1200, '\0')).kind, QuicArrival::Kind::kShort);
  EXPECT_EQ(QuicDestination(""), "");
}

// A connection whose dialler sends what it likes.
class QuicForgedTest : public QuicConnectionTest {
 protected:
  void Stand() {
    pair_.emplace(dialer_, listener_);
    forger_.emplace(pair_->dialer());
    pair_->filter = [this](bool from_dialer, std::string& packet) {
      if (from_dialer) forger_->OnSent(packet);
      return true;
    };
    pair_->Run(absl::Seconds(1));
    ASSERT_TRUE(forger_->ready());
  }
  void Forge(std::string frames) {
    pair_->listener().Receive(pair_->dialer_address, forger_->Packet(std::move(frames)),
                              pair_->now);
  }
  // Why the listener has ended the connection.
  absl::Status End() {
    const std::vector<QuicEvent> events = pair_->listener().TakeEvents();
    return !pair_->listener().over() || events.empty() ? absl::OkStatus() : events.back().status;
  }

  std::optional<QuicPair> pair_;
  std::optional<QuicForger> forger_;
};

// A byte that comes out of order takes a block of the library's, whatever the windows say. What a
// listener holds is bounded even so.
TEST_F(QuicForgedTest, WhoSendsSingleBytesOnManyStreamsIsEndedBeforeTheyTakeTooMuch) {
  listener_.options.library_bytes_max = size_t{1} << 20;
  Stand();
  EXPECT_LT(pair_->listener().library_bytes(), size_t{256} << 10);
  size_t most = 0;
  uint64_t streams = 0;
  for (; streams < 1000 && !pair_->listener().over(); ++streams) {
    Forge(QuicStreamFrame(4 * streams, 1, "x"));
    most = std::max(most, pair_->listener().library_bytes());
  }
  const absl::Status end = End();
  EXPECT_TRUE(absl::IsResourceExhausted(end)) << end;
  EXPECT_LT(streams, 200u);
  EXPECT_LT(most, (size_t{1} << 20) + (size_t{64} << 10));
}

// A hole between two such bytes takes a record: the library ends who makes too many.
TEST_F(QuicForgedTest, WhoSendsEveryOtherByteIsEndedBeforeTheHolesTakeTooMuch) {
  Stand();
  size_t most = 0;
  for (uint64_t offset = 1; offset < listener_.options.stream_window_bytes; offset += 2) {
    if (pair_->listener().over()) break;
    Forge(QuicStreamFrame(0, offset, "x"));
    most = std::max(most, pair_->listener().library_bytes());
  }
  EXPECT_FALSE(End().ok());
  EXPECT_LT(most, size_t{1} << 20);
}

// It goes on to answer latecomers, for as long as the peer has made the round trips look.
TEST_F(QuicForgedTest, WhoIsEndedLeavesTheLastWordAndNothingElse) {
  Stand();
  for (uint64_t stream = 0; stream < 50; ++stream) Forge(QuicStreamFrame(4 * stream, 1, "x"));
  QuicConnection& listener = pair_->listener();
  EXPECT_GT(listener.library_bytes(), 50 * (size_t{8} << 10));
  Forge(std::string(1, '\x21'));
  ASSERT_TRUE(listener.over());
  EXPECT_EQ(listener.library_bytes(), 0u);
  SocketAddress to;
  const std::string farewell(listener.NextPacket(pair_->now, to));
  EXPECT_FALSE(farewell.empty());
  Forge(std::string(1, '\x21'));
  EXPECT_EQ(listener.NextPacket(pair_->now, to), farewell);
  EXPECT_EQ(to, pair_->dialer_address);
  EXPECT_FALSE(listener.gone());
  pair_->now = listener.next_timer();
  listener.OnTimer(pair_->now);
  EXPECT_TRUE(listener.gone());
}

TEST_F(QuicForgedTest, WhatTheProtocolForbidsEndsTheConnection) {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {QuicStreamFrame(0, 256 << 10, "x"), "FLOW_CONTROL"},
      {QuicStreamFrame(4 * 1024, 0, "x"), "STREAM_LIMIT"},
      {QuicStreamFrame(1, 0, "x"), "STREAM_STATE"},
      {std::string(1, '\x21'), "FRAME_ENCODING"}};
  for (const auto& [frames, words] : broken) {
    SCOPED_TRACE(words);
    Stand();
    Forge(frames);
    const absl::Status end = End();
    EXPECT_TRUE(absl::IsDataLoss(end)) << end;
    EXPECT_TRUE(absl::StrContains(end.message(), words)) << end;
  }
}

}  // namespace
}  // namespace rehearse::net
