// From a bare connection to a secure one that is to carry streams.

#ifndef REHEARSE_NET_LIBP2P_TCP_UPGRADE_H_
#define REHEARSE_NET_LIBP2P_TCP_UPGRADE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/noise/noise_channel.h"
#include "rehearse/net/libp2p/secure_channel.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// What a node proves with. All outlive the connections.
struct ChannelKeys {
  Entropy& entropy;
  const NoiseKeys& noise;
  const TlsKeys* tls;  // null: TLS is not offered
};

struct UpgradeOptions {
  bool dialer = false;
  std::optional<PeerId> expected = std::nullopt;
  absl::Time now = absl::UnixEpoch();  // certificates are judged by it
  // Of "/tls/1.0.0" and "/noise", the best first.
  std::vector<std::string> securities = {};
};

struct Upgraded {
  std::unique_ptr<SecureChannel> channel;
  std::string text;  // what has come through it already
};

// Agrees on a security, proves who we are, learns who the peer is, and agrees on yamux.
//   kPermissionDenied  the peer is somebody else, or has not proven who it is: its handshake
//   failed. kUnimplemented     it speaks libp2p, and nothing that is known here. kDataLoss it
//   speaks something else, or broke multistream-select. kUnavailable       the connection is over,
//   or it refuses to go on. kDeadlineExceeded, kCancelled, kFailedPrecondition
absl::StatusOr<Upgraded> Upgrade(StreamSocket& socket, const ChannelKeys& keys,
                                 const UpgradeOptions& options, Instant deadline);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_UPGRADE_H_
