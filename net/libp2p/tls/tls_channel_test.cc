#include "rehearse/net/libp2p/tls/tls_channel.h"

#include <gnutls/gnutls.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

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

// A plain TLS client, which knows nothing of libp2p; with the certificate of `keys`, if there are
// any.
class Stranger {
 public:
  Stranger(const char* priorities, const char* protocol, const TlsKeys* keys = nullptr,
           unsigned role = GNUTLS_CLIENT) {
    gnutls_session_t raw = nullptr;
    gnutls_init(&raw, role | GNUTLS_NONBLOCK);
    session_.reset(raw);
    gnutls_priority_set_direct(raw, priorities, nullptr);
    gnutls_certificate_credentials_t credentials = nullptr;
    gnutls_certificate_allocate_credentials(&credentials);
    credentials_.reset(credentials);
    gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE,
                           keys == nullptr ? credentials : keys->gnutls().credentials.get());
    if (protocol != nullptr) {
      const gnutls_datum_t name = GnutlsView(protocol);
      gnutls_alpn_set_protocols(raw, &name, 1, 0);
    }
    gnutls_transport_set_ptr(raw, this);
    gnutls_transport_set_push_function(
        raw, [](gnutls_transport_ptr_t self, const void* data, size_t count) {
          static_cast<Stranger*>(self)->wire_.append(static_cast<const char*>(data), count);
          return static_cast<ssize_t>(count);
        });
    gnutls_transport_set_pull_function(
        raw, [](gnutls_transport_ptr_t self, void* data, size_t count) {
          std::string& received = static_cast<Stranger*>(self)->received_;
          const size_t given = std::min(count, received.size());
          if (given == 0) {
            gnutls_transport_set_errno(static_cast<Stranger*>(self)->session_.get(), EAGAIN);
            return ssize_t{-1};
          }
          received.copy(static_cast<char*>(data), given);
          received.erase(0, given);
          return static_cast<ssize_t>(given);
        });
    gnutls_transport_set_pull_timeout_function(raw,
                                               [](gnutls_transport_ptr_t, unsigned) { return 1; });
  }

  gnutls_session_t session() { return session_.get(); }
  std::string TakeWire() { return std::exchange(wire_, {}); }

  // What the listener says to it.
  absl::Status Talk(TlsChannel& listener) {
    for (int i = 0; i < 20; ++i) {
      if (gnutls_handshake(session_.get()) == 0 && stops_at_end_) return absl::OkStatus();
      if (absl::Status status = listener.Receive(std::exchange(wire_, {})); !status.ok()) {
        return status;
      }
      received_ += listener.TakeWire();
    }
    return absl::OkStatus();
  }

  void StopAtEnd() { stops_at_end_ = true; }

 private:
  bool stops_at_end_ = false;
  GnutlsCredentials credentials_;
  GnutlsSession session_;
  std::string received_;
  std::string wire_;
};

TEST(TlsChannelTest, RefusesOneWithoutACertificate) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  const absl::Status status = Stranger("NORMAL:-VERS-ALL:+VERS-TLS1.3", "libp2p").Talk(*listener);
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(listener->peer().has_value());
}

TEST(TlsChannelTest, RefusesOlderVersions) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  EXPECT_FALSE(Stranger("NORMAL:-VERS-ALL:+VERS-TLS1.2", "libp2p").Talk(*listener).ok());
  EXPECT_FALSE(listener->peer().has_value());
}

TEST(TlsChannelTest, RefusesOtherProtocolsAndNone) {
  Nodes nodes;
  for (const char* const protocol : {"h2", static_cast<const char*>(nullptr)}) {
    const auto listener = nodes.Listen();
    EXPECT_FALSE(Stranger("NORMAL:-VERS-ALL:+VERS-TLS1.3", protocol).Talk(*listener).ok());
    EXPECT_FALSE(listener->peer().has_value());
  }
}

// The library lets it pass.
TEST(TlsChannelTest, RefusesAPeerThatAsksForNoProtocol) {
  Nodes nodes;
  const auto listener = nodes.Listen();
  const absl::Status status =
      Stranger("NORMAL:-VERS-ALL:+VERS-TLS1.3", nullptr, nodes.dialer_keys.get()).Talk(*listener);
  EXPECT_TRUE(absl::StrContains(status.message(), "asked for no protocol")) << status;
  EXPECT_FALSE(listener->peer().has_value());
}

// Other listeners send tickets, which carry no text, and text right behind them.
TEST(TlsChannelTest, ReadsWhatComesBehindATicket) {
  Nodes nodes;
  Stranger listener("NORMAL:-VERS-ALL:+VERS-TLS1.3", "libp2p", nodes.listener_keys.get(),
                    GNUTLS_SERVER);
  GnutlsDatum key;
  ASSERT_EQ(gnutls_session_ticket_key_generate(key.get()), 0);
  ASSERT_EQ(gnutls_session_ticket_enable_server(listener.session(), key.get()), 0);
  gnutls_certificate_server_set_request(listener.session(), GNUTLS_CERT_REQUEST);
  const auto dialer = nodes.Dial();
  listener.StopAtEnd();
  ASSERT_TRUE(listener.Talk(*dialer).ok());
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
