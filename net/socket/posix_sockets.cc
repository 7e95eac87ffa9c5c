#include "rehearse/net/socket/posix_sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_address.h"
#include "rehearse/net/socket/posix_datagram_socket.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_scratch.h"
#include "rehearse/net/socket/posix_stream_socket.h"
#include "rehearse/net/socket/posix_turn.h"

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
        address_(LocalAddress(fd)) {
    descriptor_.Watch();
  }
  ~PosixListenSocket() override {
    Close();
    descriptor_.Release();
  }

  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() override;
  void Close() override {
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

// A bound descriptor, or -1 with errno.
int OpenBound(const PosixAddress& address, int type) {
  const int fd = socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  // A port whose last connections still linger is free. With datagrams it would let two have one.
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // "::" means IPv6 alone on each host, whatever its default.
  if (address.family() == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  const bool listens = type == SOCK_STREAM;
  if (bind(fd, address.get(), address.size) == 0 && (!listens || listen(fd, SOMAXCONN) == 0)) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

// For who has no better word for it: a retry may help.
absl::Status ExhaustedIsUnavailable(const absl::Status& status) {
  return absl::IsResourceExhausted(status) ? absl::UnavailableError(status.message()) : status;
}

}  // namespace

PosixSockets::PosixSockets(Worker& home, FdPoller& poller)
    : watch_(home, poller), scratch_(std::make_unique<PosixScratch>()) {
  REHEARSE_CHECK(&home.poller() == &poller, "the poller is another worker's");
}

PosixSockets::~PosixSockets() = default;

absl::StatusOr<std::unique_ptr<ListenSocket>> PosixSockets::Listen(const SocketAddress& address) {
  const absl::StatusOr<PosixAddress> host = PosixAddress::From(address);
  if (!host.ok()) return host.status();
  const int fd = OpenBound(*host, SOCK_STREAM);
  if (fd < 0) return ExhaustedIsUnavailable(HostError("listen on", address, errno));
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
  const absl::StatusOr<PosixAddress> host = PosixAddress::From(address);
  if (!host.ok()) return host.status();
  const int fd = OpenBound(*host, SOCK_DGRAM);
  if (fd < 0) return ExhaustedIsUnavailable(HostError("bind", address, errno));
  return std::make_unique<PosixDatagramSocket>(watch_, *scratch_, fd);
}

}  // namespace rehearse::net
