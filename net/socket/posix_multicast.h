// Multicast on the host's own networks.
//
// One socket has joined the group on all of them and hears; one for each network speaks, for the
// host sends what is for a group to one network alone. All of them have the group's port, so that
// answers come from it, as mDNS wants.

#ifndef REHEARSE_NET_SOCKET_POSIX_MULTICAST_H_
#define REHEARSE_NET_SOCKET_POSIX_MULTICAST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rehearse/net/socket/multicast.h"
#include "rehearse/net/socket/posix_descriptor.h"

namespace rehearse::net {

class PosixScratch;

class PosixMulticast final : public Multicast {
 public:
  enum class Reach : uint8_t {
    kNetworks,  // all that are up and take groups
    kLoopback,  // this host alone
  };
  // Of so many at most a membership is asked for; further ones are left out.
  static constexpr size_t kNetworksMax = 16;

  // As PosixSockets. Sockets that were made end before this does. What networks there are is looked
  // up at each call: those of a socket are the ones at its Join.
  PosixMulticast(Worker& home, FdPoller& poller, Reach reach);
  // The workers' loops have ended for good.
  ~PosixMulticast() override;

  absl::StatusOr<std::unique_ptr<GroupSocket>> Join(const SocketAddress& group) override;
  std::vector<std::string> OwnIps() const override;

 private:
  PosixWatch watch_;
  const std::unique_ptr<PosixScratch> scratch_;
  const Reach reach_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_MULTICAST_H_
