// Sockets on the host's own, non-blocking.
//
// A fiber makes the calls itself, on its worker, and waits there when the host would block. One
// worker's poller watches all descriptors, and wakes the fibers of the others across. No call is
// made while bytes can be moved without it: a fiber that always finds some gives others their turn
// by itself.

#ifndef REHEARSE_NET_SOCKET_POSIX_SOCKETS_H_
#define REHEARSE_NET_SOCKET_POSIX_SOCKETS_H_

#include <cstddef>
#include <memory>

#include "rehearse/net/socket/posix_descriptor.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class PosixScratch;

class PosixSockets final : public Sockets {
 public:
  // `poller` is that of `home`, one of a scheduler's workers; fibers of all of them may use the
  // sockets. Sockets that were made end before this does.
  PosixSockets(Worker& home, FdPoller& poller);
  // The workers' loops have ended for good.
  ~PosixSockets() override;

  absl::StatusOr<std::unique_ptr<ListenSocket>> Listen(const SocketAddress& address) override;
  absl::StatusOr<std::unique_ptr<StreamSocket>> Connect(const SocketAddress& address,
                                                        Instant deadline) override;
  absl::StatusOr<std::unique_ptr<DatagramSocket>> Bind(const SocketAddress& address) override;

  // How many descriptors are open. A socket's is closed a little after the socket. Any thread.
  size_t open_descriptors() const { return watch_.size(); }

 private:
  PosixWatch watch_;
  const std::unique_ptr<PosixScratch> scratch_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_SOCKETS_H_
