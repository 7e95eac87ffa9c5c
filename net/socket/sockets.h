// The lower seam of the network: sockets, as the operating system gives them, for code on fibers.
//
// Our transports run above it, over the host's sockets and over simulated ones alike.

#ifndef REHEARSE_NET_SOCKET_SOCKETS_H_
#define REHEARSE_NET_SOCKET_SOCKETS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse::net {

// The most bytes that one datagram carries: what UDP over IPv4 can.
inline constexpr size_t kDatagramBytesMax = 65507;

// An IPv4 or IPv6 address and a port, or a Unix socket's name, which reaches no further than its
// host.
//
//   {"0.0.0.0", 8020}         to listen there is to do so at all of the host's own addresses
//   {"unix:/run/app.sock"}    a path; others of one's user may connect, and nobody else
//   {"unix:@app"}             an abstract name, as Linux has them: no file, and no rights to check
//   {"unix:@"}, for one's own  a free abstract name
struct SocketAddress {
  std::string host;   // its IP in canonical text: "127.0.0.1", "::1"; or "unix:…"
  uint16_t port = 0;  // 0 for a Unix socket

  std::string ToString() const;  // "127.0.0.1:8020", "[::1]:8020", "unix:/run/app.sock"
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

// One connection: a stream of bytes each way. One reader and one writer at a time, on the node's
// fibers; Close and CloseRead on any of them. Here as below, what parks also returns
//   kCancelled           the caller is being stopped;
//   kFailedPrecondition  a destructor called it while an exception unwinds.
class StreamSocket {
 public:
  virtual ~StreamSocket() = default;  // closes; unread bytes make it a reset, as TCP does

  // Between 1 and `bytes_max` bytes, appended to `out`; parks until there is one. 0: the peer
  // closed its direction, all bytes before were delivered.
  //   kUnavailable       the connection is broken (reset, timed out) or was closed here.
  //   kDeadlineExceeded  nothing came in time; what comes later is not lost.
  virtual absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) = 0;

  // Hands over all of `bytes`; parks while the window is full. After an error some of them may be
  // on their way, nobody knows how many.
  //   kUnavailable       as Read.
  //   kDeadlineExceeded  no room in time.
  virtual absl::Status Write(absl::string_view bytes, Instant deadline) = 0;

  // Reading is over: a parked Read returns kUnavailable, and so do later ones. Writing goes on.
  // Never waits.
  virtual void CloseRead() = 0;

  // Ends both directions; parked calls return kUnavailable. What was handed over still goes out,
  // unless there are unread bytes. Never waits.
  virtual void Close() = 0;

  // "unix:" if it has no name, as whoever connects to a Unix socket.
  virtual SocketAddress peer() const = 0;

  // The peer's id in text, where it has proven one by its key; else empty.
  virtual std::string proven_peer() const { return {}; }
};

// Where connections come in. One caller of Accept at a time.
class ListenSocket {
 public:
  virtual ~ListenSocket() = default;  // closes

  // The next connection; parks until there is one.
  //   kUnavailable        the socket was closed.
  //   kResourceExhausted  out of descriptors just now; the connection waits: call again later.
  virtual absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() = 0;

  // A parked Accept returns kUnavailable, and so do later ones; who dials is refused, and the
  // address is free: the file of a Unix socket is gone, unless it is another's by now. An abstract
  // name is free a little after the socket is gone. Never waits.
  virtual void Close() = 0;

  // With the port that was found for port 0.
  virtual SocketAddress address() const = 0;
};

struct Datagram {
  SocketAddress from;
  std::string bytes;
};

// Datagrams from one address, one behind the other.
struct DatagramBatch {
  static constexpr size_t kDatagramsMax = 64;  // what each Linux with UDP_SEGMENT takes

  SocketAddress from;
  std::string bytes;  // of all, at most kDatagramBytesMax
  size_t each = 0;    // bytes of each but the last, which has as many or fewer

  explicit DatagramBatch(Datagram first)
      : from(std::move(first.from)), bytes(std::move(first.bytes)), each(bytes.size()) {}
  DatagramBatch(SocketAddress from, std::string bytes, size_t each)
      : from(std::move(from)), bytes(std::move(bytes)), each(each) {}

  size_t size() const { return bytes.empty() ? 1 : (bytes.size() - 1) / each + 1; }

  // False: `next` does not fit behind the others.
  bool TryAppend(const Datagram& next);

  // Takes the first out. There is one more at least.
  Datagram TakeFirst();

  // Calls `take` with each, in order.
  template <typename Take>
  void ForEach(Take take) const {
    absl::string_view rest = bytes;
    do {
      const absl::string_view next = rest.substr(0, each);
      take(next);
      rest.remove_prefix(next.size());
    } while (!rest.empty());
  }
};

// Where datagrams come in and go out. Each comes whole or not at all. Any of them may be lost,
// arrive twice, or after one that was sent later; nobody is told. At a Unix socket they come in
// order, once, and who sends one that does not fit is told. One caller of ReceiveFrom and
// ReceiveBatch at a time; the others on any of the node's fibers.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;  // closes

  // Hands `bytes`, which may be none, to the network. Waits for nothing, but who sends a lot gives
  // others their turn. OK says nothing of the arrival.
  //   kInvalidArgument    more than kDatagramBytesMax; `to` is no address to send to, or one of
  //                       another kind than the socket's own.
  //   kResourceExhausted  the host's queue is full, or that of a Unix socket: it is as good as
  //                       lost.
  //   kUnavailable        the host knows no way there, nobody has the Unix socket, or the socket
  //                       was closed here.
  virtual absl::Status SendTo(const SocketAddress& to, absl::string_view bytes) = 0;

  // Hands over `bytes`, which is not empty, cut into datagrams of `each` bytes, the last of as many
  // or fewer; at most DatagramBatch::kDatagramsMax of them, and kDatagramBytesMax bytes of all. To
  // the network it is as SendTo of one after the other; to the host it is one call, where it can.
  //   as SendTo; those before the one that failed are on their way.
  virtual absl::Status SendBatch(const SocketAddress& to, absl::string_view bytes, size_t each) = 0;

  // The next datagram; parks until there is one. What comes while nobody receives waits, as far as
  // the host has room; what comes then is lost.
  //   kUnavailable        the socket was closed.
  //   kDeadlineExceeded   nothing came in time; what comes later is not lost by that.
  //   kResourceExhausted  the host is out of memory just now: call again later.
  virtual absl::StatusOr<Datagram> ReceiveFrom(Instant deadline) = 0;

  // The same, and with it as many of those behind it as are there, came from the same address, and
  // make a batch, or fewer.
  virtual absl::StatusOr<DatagramBatch> ReceiveBatch(Instant deadline) = 0;

  // From now on, what is larger than a link on the way takes is lost, where the host would have it
  // cut into fragments. For who looks for the largest that gets through.
  virtual void NeverFragment() = 0;

  // A parked ReceiveFrom returns kUnavailable, and so do later calls; what has not been received is
  // dropped. The address is free a little after the socket is gone; the file of a Unix socket is
  // gone at once, unless it is another's by now. Never waits.
  virtual void Close() = 0;

  // With the port that was found for port 0.
  virtual SocketAddress address() const = 0;
};

// What each side asks before it sends: whether a socket at `own` can send so many bytes to `to`.
// OK or kInvalidArgument.
absl::Status CheckDatagram(const SocketAddress& own, const SocketAddress& to, size_t bytes);
// The same for a batch.
absl::Status CheckBatch(const SocketAddress& own, const SocketAddress& to, size_t bytes,
                        size_t each);

// What each side asks of a Unix address before it does `what` with it; OK for any other address.
//   kInvalidArgument  nobody can have that name, or there is a port.
absl::Status CheckUnixAddress(absl::string_view what, const SocketAddress& address);

class Sockets {
 public:
  virtual ~Sockets() = default;

  // A Unix socket's path becomes a file that its user alone may connect to, less what the umask
  // takes; chmod lets others in. What a process that is gone has left there is replaced; nothing
  // else is.
  //   kAlreadyExists    the address is in use; at a path, another file may be there.
  //   kInvalidArgument  no such address on this host, or not an address.
  //   kUnavailable      refused otherwise (a port that needs rights, out of descriptors).
  virtual absl::StatusOr<std::unique_ptr<ListenSocket>> Listen(const SocketAddress& address) = 0;

  // Parks until the connection stands.
  //   kUnavailable       refused, unreachable, out of descriptors.
  //   kDeadlineExceeded  no answer in time.
  //   kInvalidArgument   not an address.
  virtual absl::StatusOr<std::unique_ptr<StreamSocket>> Connect(const SocketAddress& address,
                                                                Instant deadline) = 0;

  // For datagrams; their ports and abstract names are others than those of connections, their
  // paths are not. Errors as Listen's.
  virtual absl::StatusOr<std::unique_ptr<DatagramSocket>> Bind(const SocketAddress& address) = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_SOCKETS_H_
