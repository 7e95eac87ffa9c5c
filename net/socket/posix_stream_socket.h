// One of the host's connections.

#ifndef REHEARSE_NET_SOCKET_POSIX_STREAM_SOCKET_H_
#define REHEARSE_NET_SOCKET_POSIX_STREAM_SOCKET_H_

#include <memory>
#include <string>

#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_descriptor.h"
#include "rehearse/net/socket/posix_scratch.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class PosixStreamSocket final : public StreamSocket {
 public:
  // Takes over `fd`, which is connected to `peer`, or about to be: see Connect. `watch` and
  // `scratch` outlive it.
  PosixStreamSocket(PosixWatch& watch, PosixScratch& scratch, int fd, SocketAddress peer);
  ~PosixStreamSocket() override;

  // Connects to `address`, once.
  //   kUnavailable, kDeadlineExceeded, kCancelled, kFailedPrecondition
  absl::Status Connect(const PosixAddress& address, Instant deadline);

  // Begins to watch a descriptor that is connected.
  void Watch() { descriptor_.Watch(); }

  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) override;
  absl::Status Write(absl::string_view bytes, Instant deadline) override;
  void CloseRead() override { descriptor_.Close(PosixDescriptor::kRead); }
  void Close() override;
  SocketAddress peer() const override { return peer_; }

 private:
  absl::Status AwaitRoom(Instant deadline) const;
  std::string Told(absl::string_view what) const;
  absl::Status Broken(absl::string_view what, int error) const;

  PosixDescriptor& descriptor_;
  PosixScratch& scratch_;
  const SocketAddress peer_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_STREAM_SOCKET_H_
