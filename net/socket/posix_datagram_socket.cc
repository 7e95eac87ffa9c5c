#include "rehearse/net/socket/posix_datagram_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_turn.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

static_assert(PosixScratch::kBytes > kDatagramBytesMax, "or the host would cut datagrams");

// One word beside a message, for the host or from it.
template <typename Word>
class Beside {
 public:
  // To be sent.
  Beside(msghdr& message, int type, Word word) : Beside(message) {
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(Word));
    std::memcpy(CMSG_DATA(header), &word, sizeof(Word));
  }
  // To be received.
  explicit Beside(msghdr& message) {
    message.msg_control = room_.data();
    message.msg_controllen = room_.size();
  }

  // What came of `type`; 0: nothing.
  static Word Find(msghdr& message, int type) {
    Word word = 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_UDP || header->cmsg_type != type) continue;
      std::memcpy(&word, CMSG_DATA(header), sizeof(Word));
    }
    return word;
  }

 private:
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(Word))> room_{};
};

iovec ViewOf(absl::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

msghdr MessageTo(PosixAddress& to, iovec& bytes) {
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  return message;
}

// Linux has both since 5.0. The host does the one for whoever asks; the other is asked for once.
bool LetHostCut(int fd) {
  int segment = 0;
  socklen_t size = sizeof(segment);
  const int on = 1;
  return getsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, &size) == 0 &&
         setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)) == 0;
}

}  // namespace

PosixDatagramSocket::PosixDatagramSocket(PosixWatch& watch, PosixScratch& scratch, int fd)
    : descriptor_(*new PosixDescriptor(watch, fd)),
      scratch_(scratch),
      address_(LocalAddress(fd)),
      file_(address_),
      cuts_(LetHostCut(fd)) {
  descriptor_.Watch();
}

PosixDatagramSocket::~PosixDatagramSocket() {
  Close();
  descriptor_.Release();
}

absl::Status PosixDatagramSocket::SendTo(const SocketAddress& to, absl::string_view bytes) {
  REHEARSE_RETURN_IF_ERROR(CheckDatagram(address_, to, bytes.size()));
  REHEARSE_ASSIGN_OR_RETURN(PosixAddress host, PosixAddress::From(to));
  iovec view = ViewOf(bytes);
  return Send(to, MessageTo(host, view));
}

absl::Status PosixDatagramSocket::Send(const SocketAddress& to, const msghdr& message) {
  Worker& worker = WorkerOfFiber();
  while (descriptor_.TryAgain(PosixDescriptor::kWrite)) {
    if (sendmsg(descriptor_.fd(), &message, MSG_NOSIGNAL) >= 0) {
      GiveTurn(worker);
      return absl::OkStatus();
    }
    if (errno != EINTR) return HostError("send to", to, WouldBlock(errno) ? ENOBUFS : errno);
  }
  return descriptor_.WhyClosed(absl::StrCat("send to ", to.ToString()));
}

absl::Status PosixDatagramSocket::SendBatch(const SocketAddress& to, absl::string_view bytes,
                                            size_t each) {
  REHEARSE_RETURN_IF_ERROR(CheckBatch(address_, to, bytes.size(), each));
  REHEARSE_ASSIGN_OR_RETURN(PosixAddress host, PosixAddress::From(to));
  iovec view = ViewOf(bytes);
  msghdr message = MessageTo(host, view);
  if (bytes.size() <= each) return Send(to, message);
  if (cuts_) {
    const Beside<uint16_t> segment(message, UDP_SEGMENT, static_cast<uint16_t>(each));
    if (sendmsg(descriptor_.fd(), &message, MSG_NOSIGNAL) >= 0) {
      GiveTurn(WorkerOfFiber());
      return absl::OkStatus();
    }
    // A device that makes no checksums.
    if (errno == EIO) cuts_ = false;
  }
  return SendEach(to, host, bytes, each);
}

absl::Status PosixDatagramSocket::SendEach(const SocketAddress& to, PosixAddress& host,
                                           absl::string_view bytes, size_t each) {
  std::array<iovec, DatagramBatch::kDatagramsMax> views;
  std::array<mmsghdr, DatagramBatch::kDatagramsMax> messages{};
  unsigned count = 0;
  for (; !bytes.empty(); ++count, bytes.remove_prefix(std::min(each, bytes.size()))) {
    views[count] = ViewOf(bytes.substr(0, each));
    messages[count].msg_hdr = MessageTo(host, views[count]);
  }
  Worker& worker = WorkerOfFiber();
  for (unsigned sent = 0; sent < count;) {
    if (!descriptor_.TryAgain(PosixDescriptor::kWrite)) {
      return descriptor_.WhyClosed(absl::StrCat("send to ", to.ToString()));
    }
    const int more = sendmmsg(descriptor_.fd(), &messages[sent], count - sent, MSG_NOSIGNAL);
    if (more >= 0) {
      sent += static_cast<unsigned>(more);
      GiveTurn(worker);
    } else if (errno != EINTR) {
      return HostError("send to", to, WouldBlock(errno) ? ENOBUFS : errno);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Datagram> PosixDatagramSocket::ReceiveFrom(Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(DatagramBatch batch, ReceiveBatch(deadline));
  if (batch.size() == 1) return Datagram{std::move(batch.from), std::move(batch.bytes)};
  Datagram first = batch.TakeFirst();
  rest_ = std::move(batch);
  return first;
}

absl::StatusOr<DatagramBatch> PosixDatagramSocket::ReceiveBatch(Instant deadline) {
  if (!rest_.has_value()) return Receive(deadline);
  if (!descriptor_.TryAgain(PosixDescriptor::kRead)) return descriptor_.WhyClosed(Told());
  DatagramBatch rest = *std::move(rest_);
  rest_.reset();
  return rest;
}

absl::StatusOr<DatagramBatch> PosixDatagramSocket::Receive(Instant deadline) {
  Worker& worker = WorkerOfFiber();
  const absl::Span<char> scratch = scratch_.Of(worker);
  while (descriptor_.TryAgain(PosixDescriptor::kRead)) {
    PosixAddress from;
    iovec view{.iov_base = scratch.data(), .iov_len = scratch.size()};
    msghdr message = MessageTo(from, view);
    const Beside<int> room(message);
    // It tells the whole length of one that did not fit, as another program may send at a Unix
    // socket. That one is dropped.
    const ssize_t count = recvmsg(descriptor_.fd(), &message, MSG_TRUNC);
    if (count > static_cast<ssize_t>(kDatagramBytesMax)) {
      GiveTurn(worker);
      continue;
    }
    if (count >= 0) {
      from.size = message.msg_namelen;
      const int each = Beside<int>::Find(message, UDP_GRO);
      // No name at all is that of a Unix socket which was not bound.
      DatagramBatch received(from.size == 0 ? SocketAddress{UnixHost("")} : from.ToSocketAddress(),
                             std::string(scratch.data(), static_cast<size_t>(count)),
                             each > 0 ? static_cast<size_t>(each) : static_cast<size_t>(count));
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

void PosixDatagramSocket::NeverFragment() {
  // Of the two for the other family the host knows nothing.
  const int probe4 = IP_PMTUDISC_PROBE;
  setsockopt(descriptor_.fd(), IPPROTO_IP, IP_MTU_DISCOVER, &probe4, sizeof(probe4));
  const int probe6 = IPV6_PMTUDISC_PROBE;
  setsockopt(descriptor_.fd(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof(probe6));
}

void PosixDatagramSocket::Close() {
  file_.Remove();
  descriptor_.Close();
}

std::string PosixDatagramSocket::Told() const {
  return absl::StrCat("receive at ", address_.ToString());
}

}  // namespace rehearse::net
