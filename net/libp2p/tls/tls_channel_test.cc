#include "rehearse/net/libp2p/tls/tls_channel.h"

#include <gnutls/gnutls.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/testing/bad_tls_keys.h"
#include "rehearse/net/libp2p/tls/testing/tls_stranger.h"

namespace rehearse::net {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Two nodes, each with its certificate.
struct Nodes {
  std::unique_ptr<TlsChannel> Dial(SecureOptions options = {}) {
    options.dialer = true;
    return *TlsChannel::Make(*dialer_keys, kNow, options);
  }
  std::unique_ptr<TlsChannel> Listen(SecureOptions options = {}) {
    return *TlsChannel::Make(*listener_keys, kNow, options);
  }

  SeededEntropy entropy{1};
  Identity dialer = Identity::Generate(entropy);
  Identity listener = Identity::Generate(entropy);
  std::unique_ptr<TlsKeys> dialer_keys = *TlsKeys::Make(dialer, entropy, kNow);
  std::unique_ptr<TlsKeys> listener_keys = *TlsKeys::Make(listener, entropy, kNow);
};

struct Ends {
  absl::Status dialer;
  absl::Status listener;
  bool ok() const { return dialer.ok() && listener.ok(); }
};

// Carries bytes between the two until nobody has any. Last words are carried, too.
Ends Talk(TlsChannel& dialer, TlsChannel& listener) {
  Ends ends;
  for (;;) {
    const std::string to_listener = dialer.TakeWire();
    const std::string to_dialer = listener.TakeWire();
    if (to_listener.empty() && to_dialer.empty()) return ends;
    if (!to_listener.empty() && ends.listener.ok()) ends.listener = listener.Receive(to_listener);
    if (!to_dialer.empty() && ends.dialer.ok()) ends.dialer = dialer.Receive(to_dialer);
  }
}

TEST(TlsChannelTest, BothLearnWhoTheOtherIs) {
  Nodes nodes;
  const auto dialer = nodes.Dial({.expected = nodes.listener.peer_id()});
  const auto listener = nodes.Listen();
  const Ends ends = Talk(*dialer, *listener);
  ASSERT_TRUE(ends.ok()) << ends.dialer << ends.listener;
  ASSERT_TRUE(dialer->peer().has_value() && listener->peer().has_value());
  EXPECT_EQ(dialer->peer()->id, nodes.listener.peer_id());
  EXPECT_EQ(listener->peer()->id, nodes.dialer.peer_id());
  EXPECT_EQ(dialer->peer()->muxer, "/yamux/1.0.0");
  EXPECT_EQ(listener->peer()->muxer, "/yamux/1.0.0");
}

TEST(TlsChannelTest, CarriesTextBothWaysAndItsEnd) {
  Nodes nodes;
  const auto dialer = nodes.Dial();
  const auto listener = nodes.Listen();
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  const std::string large(200000, 'x');
  ASSERT_TRUE(dialer->Send(large).ok());
  ASSERT_TRUE(listener->Send("text").ok());
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  EXPECT_EQ(listener->TakeText(), large);
  EXPECT_EQ(dialer->TakeText(), "text");
  dialer->Close();
  EXPECT_TRUE(absl::IsFailedPrecondition(dialer->Send("more")));
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  EXPECT_TRUE(listener->peer_closed());
  EXPECT_FALSE(dialer->peer_closed());
  EXPECT_TRUE(listener->Send("still").ok());
}

TEST(TlsChannelTest, SendsNoTextBeforeTheHandshakeIsOver) {
  Nodes nodes;
  EXPECT_TRUE(absl::IsFailedPrecondition(nodes.Dial()->Send("text")));
}

TEST(TlsChannelTest, RefusesSomebodyElseAndSaysSo) {
  Nodes nodes;
  const auto dialer = nodes.Dial({.expected = nodes.dialer.peer_id()});
  const auto listener = nodes.Listen();
  const Ends ends = Talk(*dialer, *listener);
  EXPECT_TRUE(absl::IsPermissionDenied(ends.dialer)) << ends.dialer;
  EXPECT_TRUE(absl::StrContains(ends.dialer.message(), nodes.listener.peer_id().ToString()));
  EXPECT_TRUE(absl::IsUnavailable(ends.listener)) << ends.listener;
  EXPECT_FALSE(dialer->peer().has_value());
  EXPECT_EQ(dialer->Receive(""), ends.dialer);
}

// A dialler learns it with the first bytes that it reads.
TEST(TlsChannelTest, ADiallerThatIsRefusedIsTold) {
  Nodes nodes;
  const auto dialer = nodes.Dial();
  const auto listener = nodes.Listen({.expected = nodes.listener.peer_id()});
  const Ends ends = Talk(*dialer, *listener);
  EXPECT_TRUE(absl::IsPermissionDenied(ends.listener)) << ends.listener;
  EXPECT_TRUE(absl::IsUnavailable(ends.dialer)) << ends.dialer;
  EXPECT_TRUE(absl::StrContains(ends.dialer.message(), "refuses")) << ends.dialer;
}

TEST(TlsChannelTest, JudgesCertificatesAsOfTheGivenTime) {
  Nodes nodes;
  const auto dialer = nodes.Dial();
  const auto listener =
      *TlsChannel::Make(*nodes.listener_keys, kNow - absl::Hours(24), SecureOptions());
  const Ends ends = Talk(*dialer, *listener);
  EXPECT_TRUE(absl::IsPermissionDenied(ends.listener)) << ends.listener;
}

TEST(TlsChannelTest, ChoosesTheDialersFirstMuxerThatBothHave) {
  Nodes nodes;
  const auto dialer = nodes.Dial({.muxers = {"/a", "/b", "/c"}});
  const auto listener = nodes.Listen({.muxers = {"/c", "/b"}});
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  EXPECT_EQ(dialer->peer()->muxer, "/b");
  EXPECT_EQ(listener->peer()->muxer, "/b");
}

TEST(TlsChannelTest, LeavesTheMuxerOpenIfTheyHaveNoneInCommon) {
  Nodes nodes;
  const auto dialer = nodes.Dial({.muxers = {"/a"}});
  const auto listener = nodes.Listen({.muxers = {"/b"}});
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  EXPECT_EQ(dialer->peer()->muxer, "");
  EXPECT_EQ(listener->peer()->muxer, "");
}

TEST(TlsChannelTest, RefusesChangedBytes) {
  Nodes nodes;
  const auto dialer = nodes.Dial();
  const auto listener = nodes.Listen();
  ASSERT_TRUE(Talk(*dialer, *listener).ok());
  ASSERT_TRUE(dialer->Send("text").ok());
  std::string wire = dialer->TakeWire();
  wire.back() ^= 1;
  const absl::Status status = listener->Receive(wire);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(listener->Receive("x"), status);
  EXPECT_EQ(listener->TakeText(), "");
}

// What the channel says to a stranger: the end, or what it has come to.
absl::Status Talk(TlsStranger& stranger, TlsChannel& channel, bool stops_at_end = false) {
  std::string to_stranger;
  for (int i = 0; i < 20; ++i) {
    if (stranger.Receive(to_stranger) && stops_at_end) return absl::OkStatus();
    if (absl::Status status = channel.Receive(stranger.TakeWire()); !status.ok()) return status;
    to_stranger = channel.TakeWire();
  }
  return absl::OkStatus();
}

TEST(TlsChannelTest, RefusesOneWithoutACertificate) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  TlsStranger stranger(kTls13, "libp2p");
  const absl::Status status = Talk(stranger, *listener);
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(listener->peer().has_value());
}

TEST(TlsChannelTest, RefusesOlderVersions) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  TlsStranger stranger(kTls12, "libp2p");
  EXPECT_FALSE(Talk(stranger, *listener).ok());
  EXPECT_FALSE(listener->peer().has_value());
}

TEST(TlsChannelTest, RefusesOtherProtocolsAndNone) {
  Nodes nodes;
  for (const char* const protocol : {"h2", static_cast<const char*>(nullptr)}) {
    const auto listener = nodes.Listen();
    TlsStranger stranger(kTls13, protocol);
    EXPECT_FALSE(Talk(stranger, *listener).ok());
    EXPECT_FALSE(listener->peer().has_value());
  }
}

// The library lets it pass.
TEST(TlsChannelTest, RefusesAPeerThatAsksForNoProtocol) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  TlsStranger stranger(kTls13, nullptr, nodes.dialer_keys.get());
  const absl::Status status = Talk(stranger, *listener);
  EXPECT_TRUE(absl::StrContains(status.message(), "asked for no protocol")) << status;
  EXPECT_FALSE(listener->peer().has_value());
}

// Both sides of the handshake judge alike.
TEST(TlsChannelTest, RefusesBadCertificates) {
  Nodes nodes;
  const std::pair<BadCertificate, absl::string_view> kinds[] = {
      {BadCertificate::kNone, ""},
      {BadCertificate::kTwo, "showed 2 certificates"},
      {BadCertificate::kExpired, "valid from"},
      {BadCertificate::kNotYetValid, "valid from"},
      {BadCertificate::kSelfSignature, "its own key"},
      {BadCertificate::kHostSignature, ""},
      {BadCertificate::kNoExtension, "extension"},
  };
  for (const auto& [bad, words] : kinds) {
    SCOPED_TRACE(static_cast<int>(bad));
    const auto keys = MakeBadTlsKeys(bad, nodes.dialer, kNow);
    const auto dialer = *TlsChannel::Make(*keys, kNow, {.dialer = true});
    const auto listener = nodes.Listen();
    const Ends ends = Talk(*dialer, *listener);
    EXPECT_FALSE(ends.listener.ok());
    EXPECT_TRUE(absl::StrContains(ends.listener.message(), words)) << ends.listener;
    EXPECT_FALSE(listener->peer().has_value());
  }
}

// Other listeners send tickets, which carry no text, and text right behind them.
TEST(TlsChannelTest, ReadsWhatComesBehindATicket) {
  Nodes nodes;
  TlsStranger listener(kTls13, "libp2p", nodes.listener_keys.get(), GNUTLS_SERVER);
  GnutlsDatum key;
  ASSERT_EQ(gnutls_session_ticket_key_generate(key.get()), 0);
  ASSERT_EQ(gnutls_session_ticket_enable_server(listener.session(), key.get()), 0);
  gnutls_certificate_server_set_request(listener.session(), GNUTLS_CERT_REQUEST);
  const auto dialer = nodes.Dial();
  ASSERT_TRUE(Talk(listener, *dialer, /*stops_at_end=*/true).ok());
  ASSERT_EQ(gnutls_record_send(listener.session(), "text", 4), 4);
  ASSERT_TRUE(dialer->Receive(listener.TakeWire()).ok());
  EXPECT_EQ(dialer->TakeText(), "text");
}

RC_GTEST_PROP(TlsChannelProperty, StandsHoweverTheBytesAreCut, ()) {
  static Nodes nodes;
  const auto dialer = nodes.Dial();
  const auto listener = nodes.Listen();
  std::string to_listener, to_dialer;
  const auto cut = *rc::gen::inRange<size_t>(1, 600);
  bool sent = false;
  for (;;) {
    to_listener += dialer->TakeWire();
    to_dialer += listener->TakeWire();
    if (dialer->peer().has_value() && !sent) {
      sent = true;
      RC_ASSERT(dialer->Send("text").ok());
      continue;
    }
    if (to_listener.empty() && to_dialer.empty()) break;
    RC_ASSERT(listener->Receive(to_listener.substr(0, cut)).ok());
    RC_ASSERT(dialer->Receive(to_dialer.substr(0, cut)).ok());
    to_listener.erase(0, cut);
    to_dialer.erase(0, cut);
  }
  RC_ASSERT(listener->peer()->id == nodes.dialer.peer_id());
  RC_ASSERT(listener->TakeText() == "text");
}

RC_GTEST_PROP(TlsChannelProperty, StrangersAreRefusedInWords, (const std::string& bytes)) {
  static Nodes nodes;
  for (const bool dialing : {true, false}) {
    const auto channel = dialing ? nodes.Dial() : nodes.Listen();
    const absl::Status status = channel->Receive(bytes);
    RC_ASSERT(status.ok() || absl::IsDataLoss(status) || absl::IsUnavailable(status));
    RC_ASSERT(!channel->peer().has_value());
  }
}

}  // namespace
}  // namespace rehearse::net
