// What the listeners and connections of one SecureTcpNetwork share: one connection to each peer,
// who is served on it, and what is known of peers.

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/noise/noise_channel.h"
#include "rehearse/net/libp2p/peer_connections.h"
#include "rehearse/net/libp2p/shared_dials.h"
#include "rehearse/net/libp2p/streams/stream_services.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_options.h"
#include "rehearse/net/libp2p/tcp/upgrade.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

// Where streams of frames come in.
class FrameStreams {
 public:
  virtual ~FrameStreams() = default;
  virtual void Offer(std::unique_ptr<MuxedStream> stream) = 0;
  // It takes no more.
  virtual bool closed() const = 0;
};

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

  // Learns who is at the other end of a bare connection.
  //   as Upgrade
  absl::StatusOr<Upgraded> Prove(StreamSocket& socket, bool dialer, std::optional<PeerId> expected,
                                 Instant deadline);

  // Begins to read from a connection that was proven. Returns the one to its peer that is used from
  // now on, which may be another.
  std::shared_ptr<MuxedConnection> Adopt(std::unique_ptr<StreamSocket> socket, Upgraded upgraded,
                                         bool dialer, std::shared_ptr<void> place,
                                         MuxedConnection::OnStream on_stream);

  // The connection to `address` that stands already, whoever has dialled it, or a new one. `is_new`
  // says which. An address that is a peer's id alone stands for all that are known of it.
  //   kPermissionDenied  the peer is not on the list of those that are allowed.
  //   as Upgrade; as Sockets::Connect
  absl::StatusOr<std::shared_ptr<MuxedConnection>> Connect(const Multiaddr& address,
                                                           Instant deadline, bool& is_new);
  // It was of no use: the next Connect makes another.
  void Forget(const Multiaddr& address, const MuxedConnection& connection);

  // Streams of frames on connections that were dialled here are for one of the listeners.
  void AddListener(const std::shared_ptr<FrameStreams>& frames);

  // Learns what a stream that a peer has opened is for, and serves it; parks. Frames are for
  // `frames`, if it is there.
  void Select(std::unique_ptr<MuxedStream> stream, FrameStreams* frames);

  // Tells those that we have connections with, each on a fiber of its own.
  void PushIdentify();

  // That stand.
  size_t connections() const;

  // Connections go when their last streams do.
  void CloseIdle();

 private:
  absl::Status CheckAllowed(const std::optional<PeerId>& peer) const;
  std::shared_ptr<MuxedConnection> Standing(const Multiaddr& address);
  absl::StatusOr<std::shared_ptr<MuxedConnection>> DialAnew(const Multiaddr& address,
                                                            Instant deadline);
  absl::StatusOr<std::shared_ptr<MuxedConnection>> DialKnown(const PeerId& peer, Instant deadline);
  absl::StatusOr<std::shared_ptr<MuxedConnection>> DialAt(const Multiaddr& address,
                                                          Instant deadline);
  void OnStreamOfDialed(std::unique_ptr<MuxedStream> stream);
  void RefuseStream(const MuxedStream& stream, const absl::Status& why);
  std::shared_ptr<FrameStreams> AnyListener();
  void Keep(const std::shared_ptr<MuxedConnection>& connection);

  const TlsKeys* const tls_;
  const NoiseKeys noise_;

  PeerConnections<MuxedConnection> by_peer_;
  SharedDials dials_;

  mutable SpinLock lock_;
  bool close_when_idle_ = false;
  std::vector<std::weak_ptr<FrameStreams>> listeners_;
  std::map<std::string, std::weak_ptr<MuxedConnection>> dialed_;
  std::vector<std::weak_ptr<MuxedConnection>> connections_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
