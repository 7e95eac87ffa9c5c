// One of the host's datagram sockets.

#ifndef REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_
#define REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_

#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_descriptor.h"
#include "rehearse/net/socket/posix_scratch.h"
#include "rehearse/net/socket/posix_socket_file.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class PosixDatagramSocket final : public DatagramSocket {
 public:
  // Takes over `fd`, which is bound. `watch` and `scratch` outlive it.
  PosixDatagramSocket(PosixWatch& watch, PosixScratch& scratch, int fd);
  ~PosixDatagramSocket() override;

  absl::Status SendTo(const SocketAddress& to, absl::string_view bytes) override;
  absl::StatusOr<Datagram> ReceiveFrom(Instant deadline) override;
  void Close() override;
  SocketAddress address() const override { return address_; }

 private:
  std::string Told() const;

  PosixDescriptor& descriptor_;
  PosixScratch& scratch_;
  const SocketAddress address_;
  PosixSocketFile file_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_
