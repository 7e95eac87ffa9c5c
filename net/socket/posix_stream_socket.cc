#include "rehearse/net/socket/posix_stream_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_turn.h"

namespace rehearse::net {
namespace {

constexpr absl::Duration kRetryEvery = absl::Milliseconds(5);

// A port that nobody listens on may be the very one that this end was given. TCP then connects the
// socket with itself.
bool IsConnectedToItself(int fd) { return LocalAddress(fd) == PeerAddress(fd); }

}  // namespace

PosixStreamSocket::PosixStreamSocket(PosixWatch& watch, PosixScratch& scratch, int fd,
                                     SocketAddress peer)
    : descriptor_(*new PosixDescriptor(watch, fd)), scratch_(scratch), peer_(std::move(peer)) {
  const int on = 1;
  // Frames are gathered above; what is handed over here is to go out.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

PosixStreamSocket::~PosixStreamSocket() { descriptor_.Release(); }

absl::Status PosixStreamSocket::Connect(const PosixAddress& address, Instant deadline) {
  bool watched = false;
  while (descriptor_.TryAgain(PosixDescriptor::kWrite)) {
    // Called again it tells how the attempt stands.
    if (connect(descriptor_.fd(), address.get(), address.size) == 0 || errno == EISCONN) {
      if (IsConnectedToItself(descriptor_.fd())) return Broken("connect to", ECONNREFUSED);
      if (!watched) Watch();
      return absl::OkStatus();
    }
    if (errno == EAGAIN) {
      REHEARSE_RETURN_IF_ERROR(AwaitRoom(deadline));
      continue;
    }
    if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR) {
      return Broken("connect to", errno);
    }
    if (!std::exchange(watched, true)) Watch();
    const WakeReason reason = descriptor_.Await(PosixDescriptor::kWrite, deadline, "Connect");
    if (reason != WakeReason::kNotified) return WaitStatus(reason, Told("connect to"));
  }
  return descriptor_.WhyClosed(Told("connect to"));
}

// The queue of who listens at a Unix socket is full, and the host does not tell when it no longer
// is.
absl::Status PosixStreamSocket::AwaitRoom(Instant deadline) const {
  Worker& worker = WorkerOfFiber();
  const Instant again = worker.RefreshNow() + kRetryEvery;
  const WakeReason reason = Wait(worker.scheduler(), "Connect").Until(std::min(deadline, again));
  if (reason == WakeReason::kDeadline && again < deadline) return absl::OkStatus();
  return WaitStatus(reason, Told("connect to"));
}

absl::StatusOr<size_t> PosixStreamSocket::Read(size_t bytes_max, std::string& out,
                                               Instant deadline) {
  Worker& worker = WorkerOfFiber();
  const absl::Span<char> scratch = scratch_.Of(worker).subspan(0, bytes_max);
  while (descriptor_.TryAgain(PosixDescriptor::kRead)) {
    const ssize_t count = recv(descriptor_.fd(), scratch.data(), scratch.size(), 0);
    if (count >= 0) {
      out.append(scratch.data(), static_cast<size_t>(count));
      GiveTurn(worker);
      return static_cast<size_t>(count);
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return Broken("read from", errno);
    const WakeReason reason = descriptor_.Await(PosixDescriptor::kRead, deadline, "Read");
    if (reason != WakeReason::kNotified) return WaitStatus(reason, Told("read from"));
  }
  return descriptor_.WhyClosed(Told("read from"));
}

absl::Status PosixStreamSocket::Write(absl::string_view bytes, Instant deadline) {
  Worker& worker = WorkerOfFiber();
  while (descriptor_.TryAgain(PosixDescriptor::kWrite)) {
    if (bytes.empty()) return absl::OkStatus();
    const size_t some = std::min(bytes.size(), PosixScratch::kBytes);
    const ssize_t count = send(descriptor_.fd(), bytes.data(), some, MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      GiveTurn(worker);
      continue;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return Broken("write to", errno);
    const WakeReason reason = descriptor_.Await(PosixDescriptor::kWrite, deadline, "Write");
    if (reason != WakeReason::kNotified) return WaitStatus(reason, Told("write to"));
  }
  return descriptor_.WhyClosed(Told("write to"));
}

void PosixStreamSocket::Close() {
  descriptor_.Close();
  shutdown(descriptor_.fd(), SHUT_RDWR);
}

std::string PosixStreamSocket::Told(absl::string_view what) const {
  return absl::StrCat(what, " ", peer_.ToString());
}

absl::Status PosixStreamSocket::Broken(absl::string_view what, int error) const {
  return absl::UnavailableError(absl::StrCat(Told(what), ": ", std::strerror(error)));
}

}  // namespace rehearse::net
