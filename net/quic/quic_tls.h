// The TLS within a QUIC handshake: GnuTLS's session, with libp2p's certificates and ALPN.

#ifndef REHEARSE_NET_QUIC_QUIC_TLS_H_
#define REHEARSE_NET_QUIC_QUIC_TLS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/quic/ngtcp2_api.h"

namespace rehearse::net {

inline constexpr absl::string_view kQuicAlpn = "libp2p";

// RFC 9001: without the records that TLS 1.3 sends to look like its forerunner. The library would
// rather have AES of 256 bits, for which there are half as many rounds again.
inline constexpr char kQuicPriorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "%DISABLE_TLS13_COMPAT_MODE";

// What all connections of a node share. Constant: any worker may use it.
class QuicTls {
 public:
  // `keys` outlives it. Another `alpn` than kQuicAlpn, or none, is for tests, and so are other
  // `priorities`, in the library's words.
  //   kUnavailable  the library refused; the message says what.
  static absl::StatusOr<std::unique_ptr<QuicTls>> Make(
      const TlsKeys& keys, absl::string_view alpn = kQuicAlpn,
      const std::string& priorities = kQuicPriorities);

  const TlsKeys& keys() const { return keys_; }
  const std::string& alpn() const { return alpn_; }
  gnutls_priority_t priorities() const { return priorities_.get(); }

 private:
  QuicTls(const TlsKeys& keys, absl::string_view alpn, GnutlsPriorities priorities)
      : keys_(keys), alpn_(alpn), priorities_(std::move(priorities)) {}

  const TlsKeys& keys_;
  const std::string alpn_;
  const GnutlsPriorities priorities_;
};

// One connection's. It has a fixed address, which the library knows.
class QuicTlsSession {
 public:
  struct Options {
    bool dialer = false;
    std::optional<PeerId> expected = std::nullopt;
    absl::Time now = absl::UnixEpoch();  // certificates are judged by it
  };

  QuicTlsSession() = default;
  QuicTlsSession(const QuicTlsSession&) = delete;
  QuicTlsSession& operator=(const QuicTlsSession&) = delete;

  //   kUnavailable  the library refused; the message says what.
  absl::Status Begin(const QuicTls& tls, const Options& options);

  // Once the handshake is over: the peer's key, if it asked for our ALPN and its certificate is
  // good.
  //   kDataLoss          it asked for another ALPN, or none.
  //   kPermissionDenied  it has no certificate.
  absl::StatusOr<PublicKey> Peer() const;

  // Why the peer's certificate is no good; OK: it is, or was not seen yet.
  const absl::Status& judgement() const { return judgement_; }

  // Whose handshake it is; before the first packet.
  void set_connection(ngtcp2_conn* connection) { connection_ = connection; }
  gnutls_session_t get() const { return session_.get(); }

 private:
  static ngtcp2_conn* ConnectionOf(ngtcp2_crypto_conn_ref* ref) noexcept;
  static int Verify(gnutls_session_t session) noexcept;
  absl::Status Judge();

  ngtcp2_crypto_conn_ref ref_{&QuicTlsSession::ConnectionOf, this};
  ngtcp2_conn* connection_ = nullptr;
  Options options_;
  std::string alpn_;
  GnutlsSession session_;
  std::optional<PublicKey> key_;
  absl::Status judgement_;
};

// The words for a TLS alert.
std::string AlertWords(uint8_t alert);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_TLS_H_
