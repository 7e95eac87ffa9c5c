// How a network comes to a connection with a peer: the one that stands, whoever has dialled it, or
// a new one. The same over TCP and over QUIC; only the dialling itself differs.
//
// A peer is found by its id, or by an address that was dialled before. Fibers that want the same
// share one dial. An address that is an id alone stands for all that are known of that peer.

#ifndef REHEARSE_NET_LIBP2P_PEER_DIALER_H_
#define REHEARSE_NET_LIBP2P_PEER_DIALER_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/known_peers.h"
#include "rehearse/net/libp2p/peer_connections.h"
#include "rehearse/net/libp2p/shared_dials.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

// Connection has over(), CloseWhenIdle(), and once it stands peer_id() and dialed_here(). It is
// somebody else's; here it is only known. Any fiber of the scheduler.
template <typename Connection>
class PeerDialer {
 public:
  using Pointer = std::shared_ptr<Connection>;
  // Dials an address, which may end with the id of who must be there; parks. Returns what Add did.
  using DialAt = absl::FunctionRef<absl::StatusOr<Pointer>(const Multiaddr& address)>;

  // All outlive it.
  struct Options {
    Scheduler& scheduler;
    PeerId own;
    const Admission& admission;
    KnownPeers& known;
    // Whether an address is one of this transport.
    std::function<bool(const Multiaddr& address)> is_ours;
  };

  explicit PeerDialer(Options options)
      : options_(std::move(options)), by_peer_(options_.own), dials_(options_.scheduler) {}

  // One that stands, of either side's making. Returns the one to its peer that is used from now on,
  // which may be another.
  Pointer Add(const Pointer& connection) {
    bool close = false;
    {
      const Lock lock(lock_);
      std::erase_if(connections_, [](const auto& kept) { return kept.expired(); });
      std::erase_if(dialed_, [](const auto& entry) { return entry.second.expired(); });
      connections_.push_back(connection);
      close = close_when_idle_;
    }
    if (close) connection->CloseWhenIdle();
    return by_peer_.Add(connection->peer_id(), connection, connection->dialed_here());
  }

  // What `open` makes of the connection to `address`. One that stood already may turn out to be
  // over; then a new one is dialled.
  //   kPermissionDenied  the peer is not on the list of those that are allowed.
  //   kUnavailable       of an id alone: no address is known.
  //   as SharedDials::Run; as `dial_at`; as `open`
  template <typename Opened, typename Open>
  absl::StatusOr<std::unique_ptr<Opened>> OnConnection(const Multiaddr& address, Instant deadline,
                                                       DialAt dial_at, const Open& open) {
    for (bool is_new = false;;) {
      REHEARSE_ASSIGN_OR_RETURN(const Pointer connection,
                                Connect(address, deadline, dial_at, is_new));
      absl::StatusOr<std::unique_ptr<Opened>> opened = open(*connection);
      if (is_new || !absl::IsUnavailable(opened.status())) return opened;
      Forget(address, *connection);
    }
  }

  // The one to its peer that is used, if it is not `connection` itself.
  Pointer InUse(Pointer connection) const {
    Pointer used = by_peer_.Find(connection->peer_id());
    return used == nullptr ? connection : used;
  }

  // Those to be used, in the order of their peers' ids.
  std::vector<Pointer> All() const { return by_peer_.All(); }

  // How many stand.
  size_t connections() const {
    const Lock lock(lock_);
    return static_cast<size_t>(
        std::count_if(connections_.begin(), connections_.end(), [](const auto& kept) {
          const auto connection = kept.lock();
          return connection != nullptr && !connection->over();
        }));
  }

  // Connections go when their last streams do; also those that come later.
  void CloseIdle() {
    std::vector<std::weak_ptr<Connection>> connections;
    {
      const Lock lock(lock_);
      close_when_idle_ = true;
      connections = connections_;
    }
    for (const auto& kept : connections) {
      if (const auto connection = kept.lock()) connection->CloseWhenIdle();
    }
  }

 private:
  using Lock = std::lock_guard<SpinLock>;

  absl::StatusOr<Pointer> Connect(const Multiaddr& address, Instant deadline, DialAt dial_at,
                                  bool& is_new) {
    if (const std::optional<PeerId> peer = address.peer()) {
      REHEARSE_RETURN_IF_ERROR(options_.admission.CheckPeer(*peer));
    }
    Pointer connection = Standing(address);
    is_new = connection == nullptr;
    if (!is_new) return connection;
    REHEARSE_RETURN_IF_ERROR(dials_.Run(address.ToString(), deadline, [&]() -> absl::Status {
      REHEARSE_ASSIGN_OR_RETURN(connection, DialAnew(address, dial_at));
      return absl::OkStatus();
    }));
    if (connection == nullptr) connection = Standing(address);  // another fiber has dialled it
    if (connection == nullptr) return absl::UnavailableError("the connection is over already");
    return connection;
  }

  Pointer Standing(const Multiaddr& address) const {
    if (const std::optional<PeerId> peer = address.peer()) {
      if (Pointer connection = by_peer_.Find(*peer)) return connection;
    }
    const Lock lock(lock_);
    const auto found = dialed_.find(address.ToString());
    const auto standing = found == dialed_.end() ? nullptr : found->second.lock();
    return standing == nullptr || standing->over() ? nullptr : standing;
  }

  absl::StatusOr<Pointer> DialAnew(const Multiaddr& address, DialAt dial_at) {
    if (address.WithoutPeer().parts.empty()) return DialKnown(*address.peer(), dial_at);
    return DialOne(address, dial_at);
  }

  // One address after the other.
  absl::StatusOr<Pointer> DialKnown(const PeerId& peer, DialAt dial_at) {
    absl::Status failure = absl::UnavailableError(
        absl::StrCat("no address of ", peer.ToString(), " is known: dial it at one, once"));
    for (Multiaddr& address : options_.known.AddressesOf(peer)) {
      if (!options_.is_ours(address)) continue;
      address.parts.push_back({"p2p", peer.ToString()});
      absl::StatusOr<Pointer> connection = DialOne(address, dial_at);
      if (connection.ok()) return connection;
      failure = connection.status();
    }
    return failure;
  }

  absl::StatusOr<Pointer> DialOne(const Multiaddr& address, DialAt dial_at) {
    REHEARSE_ASSIGN_OR_RETURN(const Pointer connection, dial_at(address));
    options_.known.LearnAddress(connection->peer_id(), address.WithoutPeer());
    const Lock lock(lock_);
    dialed_[address.ToString()] = connection;
    return connection;
  }

  // It was of no use: the next one is to be another.
  void Forget(const Multiaddr& address, const Connection& connection) {
    by_peer_.Forget(connection.peer_id(), connection);
    const Lock lock(lock_);
    dialed_.erase(address.ToString());
  }

  const Options options_;
  PeerConnections<Connection> by_peer_;
  SharedDials dials_;
  mutable SpinLock lock_;
  bool close_when_idle_ = false;
  std::map<std::string, std::weak_ptr<Connection>> dialed_;  // by the address
  std::vector<std::weak_ptr<Connection>> connections_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_PEER_DIALER_H_
