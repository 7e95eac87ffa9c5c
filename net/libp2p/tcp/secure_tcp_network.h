// A Network on stream sockets whose peers are authenticated: libp2p over TCP.
//
// A connection agrees on TLS 1.3 or Noise by multistream-select, then carries many streams by
// yamux; frames (net/codec/frame.h) go on those of "/rehearse/frames/1", behind TcpNetwork's
// preamble. Pings and identify are answered on both sides. Addresses are as
// "/ip4/10.0.0.1/tcp/8020".

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_

#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/libp2p/known_peers.h"
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

  absl::StatusOr<absl::Duration> Ping(absl::string_view address, Instant deadline) override;
  void PushIdentify() override;
  KnownPeers& known() override;
  size_t connections() const override;

  // Any thread.
  TcpCounters counters() const;

 private:
  const std::shared_ptr<SecureContext> context_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_TCP_NETWORK_H_
