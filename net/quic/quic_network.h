// A Network on datagrams whose peers are authenticated: libp2p over QUIC v1.
//
// A connection proves both sides by libp2p's certificates within QUIC's own handshake (ALPN
// "libp2p") and carries many streams, each of which begins with multistream-select; frames
// (net/codec/frame.h) go on those of "/rehearse/frames/1", behind TcpNetwork's preamble. Pings and
// identify are answered on both sides. Addresses are as "/ip4/10.0.0.1/udp/8020/quic-v1".

#ifndef REHEARSE_NET_QUIC_QUIC_NETWORK_H_
#define REHEARSE_NET_QUIC_QUIC_NETWORK_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/known_peers.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_options.h"

namespace rehearse::net {

class QuicContext;
class QuicEndpoint;
class QuicSession;

// Who the node is. All outlive the network.
struct QuicIdentity {
  const Identity& identity;
  Entropy& entropy;
  const TlsKeys& tls;
};

struct QuicNetworkOptions {
  QuicOptions quic;
  // What all connections may hold unread; null: a budget of the network's own. Networks of one node
  // may share one.
  std::shared_ptr<UnreadBudget> unread = nullptr;
  // Which connections may come in, and with whom.
  AdmissionOptions admission;
  // Of the frames on streams.
  TcpOptions frames;
  // What is served besides frames, pings and identify.
  StreamHandlers protocols;
  std::string protocol_version = "rehearse/1.0.0";
  std::string agent_version = "rehearse/1";
};

class QuicNetwork final : public Libp2pNetwork {
 public:
  // It works on fibers of `node`, as TcpNetwork does: close listeners and streams, and call
  // AwaitFibers, before sockets, node and identity go.
  //   kUnavailable  the TLS library refused; the message says what.
  static absl::StatusOr<std::unique_ptr<QuicNetwork>> Make(
      Sockets& sockets, Node& node, const QuicIdentity& identity,
      const QuicNetworkOptions& options = QuicNetworkOptions());
  ~QuicNetwork() override;

  // The listener's address() names this node's peer id.
  absl::StatusOr<std::unique_ptr<Listener>> Listen(absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<Stream>> Dial(absl::string_view address,
                                               Instant deadline) override;

  absl::StatusOr<std::unique_ptr<PeerStream>> OpenStream(absl::string_view address,
                                                         absl::string_view protocol,
                                                         Instant deadline) override;
  absl::StatusOr<absl::Duration> Ping(absl::string_view address, Instant deadline) override;
  void PushIdentify() override;
  KnownPeers& known() override;
  size_t connections() const override;
  absl::Status AwaitFibers(Instant deadline) override;

  // Any thread.
  QuicCounters counters() const;
  TcpCounters frame_counters() const;  // of streams

 private:
  explicit QuicNetwork(std::shared_ptr<QuicContext> context);

  absl::StatusOr<std::shared_ptr<QuicEndpoint>> EndpointAt(const SocketAddress& address);
  // Dials `address`; parks until the connection stands.
  absl::StatusOr<std::shared_ptr<QuicSession>> DialAt(const Multiaddr& address, Instant deadline);
  template <typename Opened, typename Open>
  absl::StatusOr<std::unique_ptr<Opened>> OnSession(absl::string_view address, Instant deadline,
                                                    const Open& open);

  const std::shared_ptr<QuicContext> context_;

  SpinLock lock_;
  bool closes_when_idle_ = false;
  std::map<std::string, std::weak_ptr<QuicEndpoint>> endpoints_;  // by the address asked for
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_NETWORK_H_
