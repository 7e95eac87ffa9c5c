// What the listeners and connections of one SecureTcpNetwork share: one connection to each peer,
// who is served on it, and what is known of peers.

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/noise/noise_channel.h"
#include "rehearse/net/libp2p/peer_dialer.h"
#include "rehearse/net/libp2p/streams/frame_listeners.h"
#include "rehearse/net/libp2p/streams/stream_services.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_options.h"
#include "rehearse/net/libp2p/tcp/upgrade.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

// Opens a stream on `connection` and agrees on `protocol`; parks.
//   kUnimplemented  the peer does not serve it.
//   as MuxedConnection::Open; as ProposeProtocols
absl::StatusOr<std::unique_ptr<MuxedStream>> OpenStream(MuxedConnection& connection,
                                                        absl::string_view protocol,
                                                        Instant deadline);

class SecureContext : public std::enable_shared_from_this<SecureContext> {
 public:
  SecureContext(Sockets& sockets, Node& node, const SecureIdentity& identity,
                const SecureTcpOptions& options);

  const std::shared_ptr<TcpContext> tcp;
  const SecureTcpOptions options;
  const std::shared_ptr<Admission> admission;
  const Identity& identity;
  Entropy& entropy;
  StreamServices services;
  // Streams of frames are for one of them.
  FrameListeners listeners;
  PeerDialer<MuxedConnection> peers;

  // Learns who is at the other end of a bare connection.
  //   as Upgrade
  absl::StatusOr<Upgraded> Prove(StreamSocket& socket, bool dialer, std::optional<PeerId> expected,
                                 Instant deadline);

  // Begins to read from a connection that was proven. Returns the one to its peer that is used from
  // now on, which may be another.
  std::shared_ptr<MuxedConnection> Adopt(std::unique_ptr<StreamSocket> socket, Upgraded upgraded,
                                         bool dialer, std::shared_ptr<void> place,
                                         MuxedConnection::OnStream on_stream);

  // Dials `address`, for `peers`.
  //   kPermissionDenied  the peer is not on the list of those that are allowed.
  //   kUnavailable       it has nothing in common with us, too.
  //   as Upgrade; as Sockets::Connect
  absl::StatusOr<std::shared_ptr<MuxedConnection>> DialAt(const Multiaddr& address,
                                                          Instant deadline);

  // Serves a stream that a peer has opened; parks. Frames are for `frames`, or if that is closed or
  // null, for another listener.
  void Select(std::unique_ptr<MuxedStream> stream, std::shared_ptr<FrameStreams> frames);

  // Tells those that we have connections with, each on a fiber of its own.
  void PushIdentify();

 private:
  void OnStreamOfDialed(std::unique_ptr<MuxedStream> stream);

  const TlsKeys* const tls_;
  const NoiseKeys noise_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
