// A secure channel by TLS 1.3, as libp2p has it ("/tls/1.0.0").
//
// Each side shows one certificate that it has signed itself, which names its peer. Tickets, early
// data and server names are not used. The multiplexer is agreed on by ALPN; "libp2p" there means
// that it has yet to be.
//
// A dialler's handshake is over before the listener has judged its certificate, so that a refusal
// comes with the first bytes that are received.

#ifndef REHEARSE_NET_LIBP2P_TLS_TLS_CHANNEL_H_
#define REHEARSE_NET_LIBP2P_TLS_TLS_CHANNEL_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/libp2p/secure_channel.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"

namespace rehearse::net {

inline constexpr absl::string_view kTlsProtocol = "/tls/1.0.0";

class TlsChannel final : public SecureChannel {
 public:
  // `keys` outlives it. The peer's certificate is judged as of `now`.
  //   kUnavailable  the library refused; the message says what.
  static absl::StatusOr<std::unique_ptr<TlsChannel>> Make(const TlsKeys& keys, absl::Time now,
                                                          SecureOptions options);
  ~TlsChannel() override;

  absl::Status Receive(absl::string_view wire) override;
  absl::Status Send(absl::string_view text) override;
  void Close() override;
  std::string TakeWire() override;
  std::string TakeText() override;
  const std::optional<SecurePeer>& peer() const override;
  bool peer_closed() const override;

 private:
  class Session;  // hides the library

  explicit TlsChannel(std::unique_ptr<Session> session);

  const std::unique_ptr<Session> session_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_TLS_CHANNEL_H_
