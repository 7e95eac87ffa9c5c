// What the listeners and connections of one SecureTcpNetwork share.

#ifndef REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
#define REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/noise/noise_channel.h"
#include "rehearse/net/libp2p/streams/stream_services.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_options.h"
#include "rehearse/net/libp2p/tcp/upgrade.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

class SecureContext : public std::enable_shared_from_this<SecureContext> {
 public:
  SecureContext(Sockets& sockets, Node& node, const SecureIdentity& identity,
                const SecureTcpOptions& options);

  const std::shared_ptr<TcpContext> tcp;
  const SecureTcpOptions options;
  const Identity& identity;
  StreamServices services;

  // Learns who is at the other end of a bare connection.
  //   as Upgrade
  absl::StatusOr<Upgraded> Prove(StreamSocket& socket, bool dialer, std::optional<PeerId> expected,
                                 Instant deadline);

  // Begins to read from a connection that was proven.
  std::shared_ptr<MuxedConnection> Adopt(std::unique_ptr<StreamSocket> socket, Upgraded upgraded,
                                         bool dialer, std::shared_ptr<void> place,
                                         MuxedConnection::OnStream on_stream);

  // The connection to `address` that stands already, or a new one. `is_new` says which.
  //   as Upgrade; as Sockets::Connect
  absl::StatusOr<std::shared_ptr<MuxedConnection>> Connect(const Multiaddr& address,
                                                           Instant deadline, bool& is_new);
  void Forget(const Multiaddr& address);

  // A place among the connections that came in, as long as it is held; null: all are taken.
  std::shared_ptr<void> TryEnter();

  // Connections go when their last streams do.
  void CloseIdle();

 private:
  void Keep(const std::shared_ptr<MuxedConnection>& connection);

  Entropy& entropy_;
  const TlsKeys* const tls_;
  const NoiseKeys noise_;
  std::atomic<int> incoming_{0};

  SpinLock lock_;
  bool close_when_idle_ = false;
  std::map<std::string, std::weak_ptr<MuxedConnection>> dialed_;
  std::vector<std::weak_ptr<MuxedConnection>> connections_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_SECURE_CONTEXT_H_
