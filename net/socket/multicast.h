// The lower seam beside Sockets, for those who do not know each other yet: a datagram to a group
// reaches all of the neighbourhood that have joined it, and nobody beyond.

#ifndef REHEARSE_NET_SOCKET_MULTICAST_H_
#define REHEARSE_NET_SOCKET_MULTICAST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// One's membership in a group, and the port that its members share. What is said of datagrams in
// DatagramSocket holds here: any of them may be lost, arrive twice, or overtaken. One caller of
// Receive at a time; the others on any of the node's fibers.
class GroupSocket {
 public:
  virtual ~GroupSocket() = default;  // leaves the group

  // Hands `bytes` to each network that the host is on, once. All members there may hear it, this
  // one too. As DatagramSocket::SendTo; an error if no network took it:
  //   kInvalidArgument    more than kDatagramBytesMax
  //   kResourceExhausted  the host's queues are full: it is as good as lost.
  //   kUnavailable        no network is up, or the socket was closed here.
  virtual absl::Status Send(absl::string_view bytes) = 0;

  // The next that was sent to the group, `from` the port that it was sent from. Parks, and fails,
  // as DatagramSocket::ReceiveFrom.
  virtual absl::StatusOr<Datagram> Receive(Instant deadline) = 0;

  // A parked Receive returns kUnavailable, and so do later calls. Never waits.
  virtual void Close() = 0;
};

// The networks that a host is on. A node's: node.Find<net::Multicast>() is null where nobody
// provides it; RunNode and sim::World do.
//
//   auto socket = multicast.Join({"224.0.0.251", 5353});
class Multicast {
 public:
  virtual ~Multicast() = default;

  // Members of one host share the port, those of other processes and users, too. IPv4 alone.
  //   kInvalidArgument  not an address of a group (224.0.0.0 to 239.255.255.255), or port 0.
  //   kAlreadyExists    a socket that shares it with nobody has the port.
  //   kUnavailable      no network takes members, out of descriptors, or refused otherwise.
  virtual absl::StatusOr<std::unique_ptr<GroupSocket>> Join(const SocketAddress& group) = 0;

  // The host's own addresses on these networks, in the order of their text; IPv4 alone.
  virtual std::vector<std::string> OwnIps() const = 0;
};

// What each side asks before it joins: OK or kInvalidArgument.
absl::Status CheckGroup(const SocketAddress& group);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_MULTICAST_H_
