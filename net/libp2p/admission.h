// Who may come in, how many, and how fast: asked before anything is spent on a stranger.
//
// One for each network. A stranger costs a handshake, which is a millisecond of a core, and a
// place; one address has a share of both alone, so that who has a single host can't keep all others
// out.

#ifndef REHEARSE_NET_LIBP2P_ADMISSION_H_
#define REHEARSE_NET_LIBP2P_ADMISSION_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct AdmissionOptions {
  // Connections that have come in, those in their handshake included.
  int connections_max = 1024;
  // Of them, from one address; of IPv6, from one /64, which is what a single host is given.
  int connections_of_address_max = 512;
  // Handshakes that begin in one second of those that come in, and of them from one address.
  int handshakes_per_second_max = 2000;
  int handshakes_of_address_per_second_max = 1000;
  // The only peers that are talked to, whoever dials. Null: anybody is.
  std::shared_ptr<const std::set<PeerId>> allowed = nullptr;
};

// Any thread of the node.
class Admission : public std::enable_shared_from_this<Admission> {
 public:
  // Held as long as the connection is there; the other outlives it by that.
  using Place = std::shared_ptr<void>;

  explicit Admission(AdmissionOptions options) : options_(std::move(options)) {}

  // A place for a connection from `from`, which begins its handshake at `now`.
  //   kResourceExhausted  all places are taken, or those of its address.
  //   kUnavailable        too many handshakes have begun in this second.
  absl::StatusOr<Place> TryEnter(const SocketAddress& from, Instant now);

  // Whether a peer that has proven who it is may stay.
  //   kPermissionDenied  there is a list, and it is not on it.
  absl::Status CheckPeer(const PeerId& peer) const;

 private:
  absl::Status CheckRate(const std::string& address, Instant now);
  void Leave(const std::string& address);

  const AdmissionOptions options_;

  SpinLock lock_;
  int connections_ = 0;
  std::map<std::string, int> connections_of_;  // those that have some
  Instant second_;                             // when the present one began
  int handshakes_ = 0;                         // since then
  std::map<std::string, int> handshakes_of_;   // the same; at most so many
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_ADMISSION_H_
