#include "rehearse/net/socket/posix_sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_datagram_socket.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_scratch.h"
#include "rehearse/net/socket/posix_socket_file.h"
#include "rehearse/net/socket/posix_stream_socket.h"
#include "rehearse/net/socket/posix_turn.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

// The connection broke before it was taken, or another one is to be tried; see accept(2).
bool IsPassing(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM: return true;
    default: return false;
  }
}

class PosixListenSocket final : public ListenSocket {
 public:
  PosixListenSocket(PosixWatch& watch, PosixScratch& scratch, int fd)
      : watch_(watch),
        scratch_(scratch),
        descriptor_(*new PosixDescriptor(watch, fd)),
        address_(LocalAddress(fd)),
        file_(address_) {
    descriptor_.Watch();
  }
  ~PosixListenSocket() override {
    Close();
    descriptor_.Release();
  }

  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() override;
  void Close() override {
    file_.Remove();
    descriptor_.Close();
    // From now on who dials is refused, though the descriptor is closed a little later.
    shutdown(descriptor_.fd(), SHUT_RDWR);
  }
  SocketAddress address() const override { return address_; }

 private:
  std::string Told() const { return absl::StrCat("accept at ", address_.ToString()); }

  PosixWatch& watch_;
  PosixScratch& scratch_;
  PosixDescriptor& descriptor_;
  const SocketAddress address_;
  PosixSocketFile file_;
};

absl::StatusOr<std::unique_ptr<StreamSocket>> PosixListenSocket::Accept() {
  Worker& worker = WorkerOfFiber();
  while (descriptor_.TryAgain(PosixDescriptor::kRead)) {
    PosixAddress peer;
    const int fd = accept4(descriptor_.fd(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int error = errno;
    if (fd >= 0) {
      auto socket =
          std::make_unique<PosixStreamSocket>(watch_, scratch_, fd, peer.ToSocketAddress());
      socket->Watch();
      GiveTurn(worker);
      return socket;
    }
    if (WouldBlock(error)) {
      const WakeReason reason =
          descriptor_.Await(PosixDescriptor::kRead, Instant::Infinite(), "Accept");
      if (reason != WakeReason::kNotified) return WaitStatus(reason, Told());
    } else if (IsPassing(error)) {
      GiveTurn(worker);
    } else if (descriptor_.TryAgain(PosixDescriptor::kRead)) {
      return HostError("accept at", address_, error);
    }
  }
  return descriptor_.WhyClosed(Told());
}

absl::Status BindAt(int fd, absl::string_view what, const SocketAddress& address) {
  if (IsUnixPath(UnixName(address.host).value_or(""))) return BindSocketFile(fd, what, address);
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(address));
  if (bind(fd, host.get(), host.size) == 0) return absl::OkStatus();
  return HostError(what, address, errno);
}

// A bound descriptor.
absl::StatusOr<int> OpenBound(absl::string_view what, const SocketAddress& address, int type) {
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(address));
  const int fd = socket(host.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ExhaustedIsUnavailable(HostError(what, address, errno));
  const int on = 1;
  // A port whose last connections still linger is free. With datagrams it would let two have one.
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // "::" means IPv6 alone on each host, whatever its default.
  if (host.family() == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  absl::Status status = BindAt(fd, what, address);
  if (status.ok() && type == SOCK_STREAM && listen(fd, SOMAXCONN) != 0) {
    status = HostError(what, address, errno);
  }
  if (status.ok()) return fd;
  close(fd);
  return ExhaustedIsUnavailable(status);
}

}  // namespace

PosixSockets::PosixSockets(Worker& home, FdPoller& poller)
    : watch_(home, poller), scratch_(std::make_unique<PosixScratch>()) {
  REHEARSE_CHECK(&home.poller() == &poller, "the poller is another worker's");
}

PosixSockets::~PosixSockets() = default;

absl::StatusOr<std::unique_ptr<ListenSocket>> PosixSockets::Listen(const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(const int fd, OpenBound("listen on", address, SOCK_STREAM));
  return std::make_unique<PosixListenSocket>(watch_, *scratch_, fd);
}

absl::StatusOr<std::unique_ptr<StreamSocket>> PosixSockets::Connect(const SocketAddress& address,
                                                                    Instant deadline) {
  const absl::StatusOr<PosixAddress> host = PosixAddress::From(address);
  if (!host.ok()) return host.status();
  const int fd = socket(host->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ExhaustedIsUnavailable(HostError("connect to", address, errno));
  auto socket = std::make_unique<PosixStreamSocket>(watch_, *scratch_, fd, address);
  if (absl::Status status = socket->Connect(*host, deadline); !status.ok()) return status;
  return socket;
}

absl::StatusOr<std::unique_ptr<DatagramSocket>> PosixSockets::Bind(const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(const int fd, OpenBound("bind", address, SOCK_DGRAM));
  return std::make_unique<PosixDatagramSocket>(watch_, *scratch_, fd);
}

}  // namespace rehearse::net
