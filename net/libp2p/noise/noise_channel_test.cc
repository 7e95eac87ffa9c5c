#include "rehearse/net/libp2p/noise/noise_channel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/libp2p/noise/noise_payload.h"

namespace rehearse::net {
namespace {

// Two nodes; Connect makes them a channel.
struct Nodes {
  explicit Nodes(uint64_t seed = 1) : entropy(seed) {}

  NoiseChannel Dial(SecureOptions options = {}) {
    options.dialer = true;
    return NoiseChannel(dialer_keys, entropy, options);
  }
  NoiseChannel Listen(SecureOptions options = {}) {
    return NoiseChannel(listener_keys, entropy, options);
  }

  SeededEntropy entropy;
  Identity dialer = Identity::Generate(entropy);
  Identity listener = Identity::Generate(entropy);
  NoiseKeys dialer_keys{dialer, entropy};
  NoiseKeys listener_keys{listener, entropy};
};

// Carries bytes between the two until nobody has any; the first error, if there is one.
absl::Status Talk(NoiseChannel& dialer, NoiseChannel& listener) {
  for (;;) {
    const std::string to_listener = dialer.TakeWire();
    const std::string to_dialer = listener.TakeWire();
    if (to_listener.empty() && to_dialer.empty()) return absl::OkStatus();
    if (absl::Status status = listener.Receive(to_listener); !status.ok()) return status;
    if (absl::Status status = dialer.Receive(to_dialer); !status.ok()) return status;
  }
}

TEST(NoiseChannelTest, BothLearnWhoTheOtherIs) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial({.expected = nodes.listener.peer_id()});
  NoiseChannel listener = nodes.Listen();
  ASSERT_TRUE(Talk(dialer, listener).ok());
  ASSERT_TRUE(dialer.peer().has_value() && listener.peer().has_value());
  EXPECT_EQ(dialer.peer()->id, nodes.listener.peer_id());
  EXPECT_EQ(listener.peer()->id, nodes.dialer.peer_id());
  EXPECT_EQ(dialer.peer()->muxer, "/yamux/1.0.0");
  EXPECT_EQ(listener.peer()->muxer, "/yamux/1.0.0");
}

TEST(NoiseChannelTest, CarriesTextBothWays) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial();
  NoiseChannel listener = nodes.Listen();
  ASSERT_TRUE(Talk(dialer, listener).ok());
  const std::string large(200000, 'x');
  ASSERT_TRUE(dialer.Send(large).ok());
  ASSERT_TRUE(listener.Send("text").ok());
  ASSERT_TRUE(Talk(dialer, listener).ok());
  EXPECT_EQ(listener.TakeText(), large);
  EXPECT_EQ(dialer.TakeText(), "text");
}

TEST(NoiseChannelTest, MessagesAreAsLongAsTheyMayBe) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial();
  NoiseChannel listener = nodes.Listen();
  ASSERT_TRUE(Talk(dialer, listener).ok());
  ASSERT_TRUE(dialer.Send(std::string(NoiseChannel::kTextBytesMax, 'x')).ok());
  EXPECT_EQ(dialer.TakeWire().substr(0, 2), "\xff\xff");
  ASSERT_TRUE(dialer.Send(std::string(NoiseChannel::kTextBytesMax + 1, 'x')).ok());
  EXPECT_EQ(dialer.TakeWire().size(), 2 + 65535 + 2 + 17u);
}

TEST(NoiseChannelTest, SendsNoTextBeforeTheHandshakeIsOver) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial();
  EXPECT_TRUE(absl::IsFailedPrecondition(dialer.Send("text")));
}

TEST(NoiseChannelTest, RefusesSomebodyElse) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial({.expected = nodes.dialer.peer_id()});
  NoiseChannel listener = nodes.Listen();
  const absl::Status status = Talk(dialer, listener);
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), nodes.listener.peer_id().ToString())) << status;
  EXPECT_FALSE(dialer.peer().has_value());
  EXPECT_EQ(dialer.Receive(""), status);
  EXPECT_EQ(dialer.Send("text"), status);
}

TEST(NoiseChannelTest, ChoosesTheDialersFirstMuxerThatBothHave) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial({.muxers = {"/a", "/b", "/c"}});
  NoiseChannel listener = nodes.Listen({.muxers = {"/c", "/b"}});
  ASSERT_TRUE(Talk(dialer, listener).ok());
  EXPECT_EQ(dialer.peer()->muxer, "/b");
  EXPECT_EQ(listener.peer()->muxer, "/b");
}

TEST(NoiseChannelTest, LeavesTheMuxerOpenIfOneSideNamesNone) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial({.muxers = {}});
  NoiseChannel listener = nodes.Listen();
  ASSERT_TRUE(Talk(dialer, listener).ok());
  EXPECT_EQ(dialer.peer()->muxer, "");
  EXPECT_EQ(listener.peer()->muxer, "");
}

TEST(NoiseChannelTest, FailsIfTheyHaveNoMuxerInCommon) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial({.muxers = {"/a"}});
  NoiseChannel listener = nodes.Listen({.muxers = {"/b"}});
  EXPECT_EQ(Talk(dialer, listener).code(), absl::StatusCode::kUnimplemented);
}

TEST(NoiseChannelTest, RefusesChangedRepeatedAndMissingMessages) {
  Nodes nodes;
  for (const int what : {0, 1, 2}) {
    NoiseChannel dialer = nodes.Dial();
    NoiseChannel listener = nodes.Listen();
    ASSERT_TRUE(Talk(dialer, listener).ok());
    ASSERT_TRUE(dialer.Send("first").ok());
    std::string first = dialer.TakeWire();
    ASSERT_TRUE(dialer.Send("second").ok());
    const std::string second = dialer.TakeWire();
    if (what == 0) first.back() ^= 1;
    if (what == 1) first += first;
    if (what == 2) first = second;
    const absl::Status status = listener.Receive(first);
    EXPECT_TRUE(absl::IsDataLoss(status)) << what << status;
    EXPECT_EQ(listener.Receive(second), status);
  }
}

TEST(NoisePayloadTest, IsSignedByTheOwnerForOneStaticKeyOnly) {
  Nodes nodes;
  const X25519Public& fixed = nodes.dialer_keys.fixed().public_key();
  const NoisePayload payload = NoisePayload::Make(nodes.dialer, fixed, {"/a", "/b"});
  const absl::StatusOr<NoisePayload> decoded = NoisePayload::Decode(payload.Encode());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->muxers, payload.muxers);
  EXPECT_EQ(*decoded->Verify(fixed), nodes.dialer.public_key());
  EXPECT_TRUE(
      absl::IsPermissionDenied(decoded->Verify(nodes.listener_keys.fixed().public_key()).status()));
  NoisePayload other = payload;
  other.identity_key = nodes.listener.public_key().Encode();
  EXPECT_TRUE(absl::IsPermissionDenied(other.Verify(fixed).status()));
  EXPECT_TRUE(absl::IsDataLoss(NoisePayload().Verify(fixed).status()));
}

TEST(NoisePayloadTest, HasALimitOfMuxers) {
  NoisePayload payload;
  payload.muxers.assign(NoisePayload::kMuxersMax, "/a");
  EXPECT_TRUE(NoisePayload::Decode(payload.Encode()).ok());
  payload.muxers.push_back("/a");
  EXPECT_TRUE(absl::IsDataLoss(NoisePayload::Decode(payload.Encode()).status()));
}

RC_GTEST_PROP(NoiseChannelProperty, TextArrivesHoweverTheBytesAreCut,
              (const std::vector<std::string>& texts)) {
  Nodes nodes;
  NoiseChannel dialer = nodes.Dial();
  NoiseChannel listener = nodes.Listen();
  RC_ASSERT(Talk(dialer, listener).ok());
  std::string sent;
  for (const std::string& text : texts) {
    RC_ASSERT(dialer.Send(text).ok());
    sent += text;
  }
  const std::string wire = dialer.TakeWire();
  std::string got;
  for (size_t at = 0; at < wire.size();) {
    const auto count = *rc::gen::inRange<size_t>(1, 40);
    RC_ASSERT(listener.Receive(absl::string_view(wire).substr(at, count)).ok());
    got += listener.TakeText();
    at += count;
  }
  RC_ASSERT(got == sent);
}

RC_GTEST_PROP(NoiseChannelProperty, StrangersAreRefusedInWords, (const std::string& bytes)) {
  Nodes nodes;
  for (const bool dialing : {true, false}) {
    NoiseChannel channel = dialing ? nodes.Dial() : nodes.Listen();
    const absl::Status status = channel.Receive(bytes);
    RC_ASSERT(status.ok() || absl::IsDataLoss(status));
    RC_ASSERT(!channel.peer().has_value());
  }
}

RC_GTEST_PROP(NoisePayloadProperty, HostileBytesAreRefusedInWords, (const std::string& bytes)) {
  const auto payload = NoisePayload::Decode(bytes);
  RC_ASSERT(payload.ok() || absl::IsDataLoss(payload.status()));
}

}  // namespace
}  // namespace rehearse::net
