#include "rehearse/net/quic/quic_tls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/secure_channel.h"
#include "rehearse/net/libp2p/tls/peer_certificate.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

namespace rehearse::net {
namespace {

absl::Status Refused(absl::string_view what, int error) {
  return absl::UnavailableError(GnutlsWords(absl::StrCat("quic: ", what), error));
}

}  // namespace

absl::StatusOr<std::unique_ptr<QuicTls>> QuicTls::Make(const TlsKeys& keys, absl::string_view alpn,
                                                       const std::string& priorities) {
  gnutls_priority_t raw = nullptr;
  const int error = gnutls_priority_init(&raw, priorities.c_str(), nullptr);
  if (error < 0) return Refused("choose TLS 1.3", error);
  return std::unique_ptr<QuicTls>(new QuicTls(keys, alpn, GnutlsPriorities(raw)));
}

absl::Status QuicTlsSession::Begin(const QuicTls& tls, const Options& options) {
  options_ = options;
  alpn_ = tls.alpn();
  const unsigned flags =
      GNUTLS_NO_TICKETS | GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_END_OF_EARLY_DATA |
      (options.dialer ? GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT : unsigned{GNUTLS_SERVER});
  gnutls_session_t raw = nullptr;
  if (const int error = gnutls_init(&raw, flags); error < 0) return Refused("begin", error);
  session_.reset(raw);
  int error = gnutls_priority_set(raw, tls.priorities());
  if (error >= 0) {
    error =
        gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, tls.keys().gnutls().credentials.get());
  }
  if (error < 0) return Refused("begin", error);
  const int configured = options.dialer ? ngtcp2_crypto_gnutls_configure_client_session(raw)
                                        : ngtcp2_crypto_gnutls_configure_server_session(raw);
  if (configured != 0) return absl::UnavailableError("quic: ngtcp2 refuses the TLS session");
  if (!options.dialer) gnutls_certificate_server_set_request(raw, GNUTLS_CERT_REQUIRE);
  gnutls_handshake_set_timeout(raw, GNUTLS_INDEFINITE_TIMEOUT);
  gnutls_session_set_ptr(raw, &ref_);
  gnutls_session_set_verify_function(raw, &QuicTlsSession::Verify);
  if (alpn_.empty()) return absl::OkStatus();
  const gnutls_datum_t alpn = GnutlsView(alpn_);
  if (error = gnutls_alpn_set_protocols(raw, &alpn, 1, GNUTLS_ALPN_MANDATORY); error < 0) {
    return Refused("set ALPN", error);
  }
  return absl::OkStatus();
}

absl::StatusOr<PublicKey> QuicTlsSession::Peer() const {
  gnutls_datum_t chosen{nullptr, 0};
  const bool wants_one = !alpn_.empty();
  // The library lets those pass who did not ask for any protocol.
  if (wants_one && (gnutls_alpn_get_selected_protocol(session_.get(), &chosen) < 0 ||
                    GnutlsBytes(chosen) != alpn_)) {
    return absl::DataLossError(
        absl::StrCat("quic: the peer does not ask for \"", alpn_, "\" by ALPN"));
  }
  if (!key_.has_value()) return absl::PermissionDeniedError("quic: the peer has no certificate");
  return *key_;
}

ngtcp2_conn* QuicTlsSession::ConnectionOf(ngtcp2_crypto_conn_ref* ref) noexcept {
  return static_cast<QuicTlsSession*>(ref->user_data)->connection_;
}

int QuicTlsSession::Verify(gnutls_session_t session) noexcept {
  const auto* const ref =
      static_cast<const ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(session));
  auto& self = *static_cast<QuicTlsSession*>(ref->user_data);
  self.judgement_ = self.Judge();
  return self.judgement_.ok() ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

absl::Status QuicTlsSession::Judge() {
  unsigned count = 0;
  const gnutls_datum_t* const certificates = gnutls_certificate_get_peers(session_.get(), &count);
  if (certificates == nullptr || count != 1) {
    return absl::PermissionDeniedError(
        absl::StrCat("quic: the peer showed ", count, " certificates, one is what goes"));
  }
  REHEARSE_ASSIGN_OR_RETURN(PublicKey key,
                            VerifyPeerCertificate(GnutlsBytes(*certificates), options_.now));
  REHEARSE_RETURN_IF_ERROR(CheckExpected(options_.expected, key.peer_id()));
  key_ = std::move(key);
  return absl::OkStatus();
}

std::string AlertWords(uint8_t alert) {
  const char* const name = gnutls_alert_get_name(static_cast<gnutls_alert_description_t>(alert));
  return name == nullptr ? absl::StrCat("alert ", int{alert}) : name;
}

}  // namespace rehearse::net
