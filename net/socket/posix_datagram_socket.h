// One of the host's datagram sockets.

#ifndef REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_
#define REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

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
  absl::Status SendBatch(const SocketAddress& to, absl::string_view bytes, size_t each) override;
  absl::StatusOr<Datagram> ReceiveFrom(Instant deadline) override;
  absl::StatusOr<DatagramBatch> ReceiveBatch(Instant deadline) override;
  void NeverFragment() override;
  void Close() override;
  SocketAddress address() const override { return address_; }

 private:
  std::string Told() const;
  // One call to the host.
  absl::Status Send(const SocketAddress& to, const msghdr& message);
  absl::Status SendEach(const SocketAddress& to, PosixAddress& host, absl::string_view bytes,
                        size_t each);
  // What one call to the host gives; parks until it gives something.
  absl::StatusOr<DatagramBatch> Receive(Instant deadline);

  PosixDescriptor& descriptor_;
  PosixScratch& scratch_;
  const SocketAddress address_;
  PosixSocketFile file_;
  // The host cuts a large piece into datagrams, and puts those that come together (UDP_SEGMENT,
  // UDP_GRO).
  std::atomic<bool> cuts_{false};
  std::optional<DatagramBatch> rest_;  // of what came, and was not asked for yet
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_DATAGRAM_SOCKET_H_
