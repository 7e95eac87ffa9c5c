#include "rehearse/net/socket/posix_datagram_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_turn.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {

static_assert(PosixScratch::kBytes > kDatagramBytesMax, "or the host would cut datagrams");

PosixDatagramSocket::PosixDatagramSocket(PosixWatch& watch, PosixScratch& scratch, int fd)
    : descriptor_(*new PosixDescriptor(watch, fd)),
      scratch_(scratch),
      address_(LocalAddress(fd)),
      file_(address_) {
  descriptor_.Watch();
}

PosixDatagramSocket::~PosixDatagramSocket() {
  Close();
  descriptor_.Release();
}

absl::Status PosixDatagramSocket::SendTo(const SocketAddress& to, absl::string_view bytes) {
  Worker& worker = WorkerOfFiber();
  REHEARSE_RETURN_IF_ERROR(CheckDatagram(address_, to, bytes.size()));
  REHEARSE_ASSIGN_OR_RETURN(const PosixAddress host, PosixAddress::From(to));
  while (descriptor_.TryAgain(PosixDescriptor::kWrite)) {
    if (sendto(descriptor_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL, host.get(), host.size) >=
        0) {
      GiveTurn(worker);
      return absl::OkStatus();
    }
    if (errno != EINTR) return HostError("send to", to, WouldBlock(errno) ? ENOBUFS : errno);
  }
  return descriptor_.WhyClosed(absl::StrCat("send to ", to.ToString()));
}

absl::StatusOr<Datagram> PosixDatagramSocket::ReceiveFrom(Instant deadline) {
  Worker& worker = WorkerOfFiber();
  const absl::Span<char> scratch = scratch_.Of(worker);
  while (descriptor_.TryAgain(PosixDescriptor::kRead)) {
    PosixAddress from;
    // It tells the whole length of one that did not fit, as another program may send at a Unix
    // socket. That one is dropped.
    const ssize_t count = recvfrom(descriptor_.fd(), scratch.data(), scratch.size(), MSG_TRUNC,
                                   from.get(), &from.size);
    if (count > static_cast<ssize_t>(kDatagramBytesMax)) {
      GiveTurn(worker);
      continue;
    }
    if (count >= 0) {
      // No name at all is that of a Unix socket which was not bound.
      Datagram received{from.size == 0 ? SocketAddress{UnixHost("")} : from.ToSocketAddress(),
                        std::string(scratch.data(), static_cast<size_t>(count))};
      GiveTurn(worker);
      return received;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return HostError("receive at", address_, errno);
    const WakeReason reason = descriptor_.Await(PosixDescriptor::kRead, deadline, "ReceiveFrom");
    if (reason != WakeReason::kNotified) return WaitStatus(reason, Told());
  }
  return descriptor_.WhyClosed(Told());
}

void PosixDatagramSocket::Close() {
  file_.Remove();
  descriptor_.Close();
}

std::string PosixDatagramSocket::Told() const {
  return absl::StrCat("receive at ", address_.ToString());
}

}  // namespace rehearse::net
