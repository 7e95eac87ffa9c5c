// A Network on stream sockets whose peers are authenticated: libp2p over TCP.
//
// A connection agrees on TLS 1.3 or Noise by multistream-select, then carries many streams by
// yamux; frames (net/codec/frame.h) go on those of "/rehearse/frames/1", behind TcpNetwork's
// preamble. Pings and identify are answered on both sides. There is one connection to a peer:
// whoever dials it, or its address, again opens a stream on the one that stands, be it the peer's
// making.
//
// An address may end with the peer's id: "/ip4/10.0.0.1/tcp/8020/p2p/12D3KooW…". Then nobody else
// is talked to. The id alone, "/p2p/12D3KooW…", will do for a peer that we are connected to, or
// have been, or that has said where it listens.

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_options.h"
#include "rehearse/net/network.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class SecureContext;

class SecureTcpNetwork final : public Libp2pNetwork {
 public:
  // It works on fibers of `node`, as TcpNetwork does: close listeners and streams, and call
  // AwaitFibers, before sockets, node and identity go.
  SecureTcpNetwork(Sockets& sockets, Node& node, const SecureIdentity& identity,
                   const SecureTcpOptions& options = SecureTcpOptions());
  ~SecureTcpNetwork() override;

  // The listener's address() names this node's peer id.
  absl::StatusOr<std::unique_ptr<Listener>> Listen(absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<Stream>> Dial(absl::string_view address,
                                               Instant deadline) override;

  absl::StatusOr<std::unique_ptr<PeerStream>> OpenStream(absl::string_view address,
                                                         absl::string_view protocol,
                                                         Instant deadline) override;
  absl::Status AwaitFibers(Instant deadline) override;

  // Whether the peer answers, and how long that takes: one ping, on a stream of its own.
  //   kDataLoss  it answers something else.
  //   as OpenStream
  absl::StatusOr<absl::Duration> Ping(absl::string_view address, Instant deadline);

  // What the peer says about itself. All of it is its word alone, and text needs escaping before it
  // is shown.
  //   kDataLoss          it says nothing that could be read.
  //   kPermissionDenied  it says that it is another than it has proven to be.
  //   as OpenStream
  absl::StatusOr<IdentifyMessage> Identify(absl::string_view address, Instant deadline);
  // What it has said last, asked or by a push of its own. Nothing: it has not yet.
  std::optional<IdentifyMessage> Known(const PeerId& peer) const;

  // Tells all peers that there are connections with who we are, as Listen does. Never waits.
  void PushIdentify();

  // Any thread.
  TcpCounters counters() const;
  // Connections that stand, of either side's making.
  size_t connections() const;

 private:
  const std::shared_ptr<SecureContext> context_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_
