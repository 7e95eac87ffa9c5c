// The upper seam of the network: peers, and ordered streams of frames between them.
//
// What stands behind it: TcpNetwork on sockets, SimNetwork on simulated links. The contract is the
// weaker of what both give, and the simulator uses each freedom that it leaves.

#ifndef REHEARSE_NET_NETWORK_H_
#define REHEARSE_NET_NETWORK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse::net {

// The largest frame that any network carries.
inline constexpr size_t kFrameBytesMax = size_t{1} << 20;

// One ordered, reliable, full-duplex sequence of frames with a peer. What arrives is what was sent,
// each frame once, in order, without gaps, up to a point where the stream breaks; a frame that was
// written before the break may or may not have arrived. Called on the node's fibers; one reader at
// a time.
class Stream {
 public:
  virtual ~Stream() = default;  // closes, without waiting

  // Queues `frame`; parks while the stream's window is full, until `deadline` (the worker's
  // timebase), and not at all if that has passed. OK does not say that it arrived. After
  // kDeadlineExceeded the frame is as it was.
  //   kUnavailable       the stream is broken or closed; open another.
  //   kDeadlineExceeded  no room in time. Nothing of the frame was sent, the stream goes on.
  //   kInvalidArgument   the frame is larger than kFrameBytesMax.
  //   kCancelled         the caller is being stopped.
  virtual absl::Status Write(std::string&& frame, Instant deadline) = 0;
  absl::Status Write(std::string frame) { return Write(std::move(frame), Instant::Infinite()); }

  // The next frame; parks until there is one, or `deadline`.
  //   kUnavailable       the stream is over; the message says how. All frames before were
  //                      delivered.
  //   kDeadlineExceeded  no whole frame came in time. What comes later is not lost, the stream goes
  //                      on.
  //   kDataLoss          the peer sent what is no frame; the stream is over.
  //   kCancelled         the caller is being stopped.
  virtual absl::StatusOr<std::string> Read(Instant deadline) = 0;
  absl::StatusOr<std::string> Read() { return Read(Instant::Infinite()); }

  // Ends both directions. Readers and writers, parked ones too, get kUnavailable. Never waits;
  // frames that were written may still arrive.
  virtual void Close() = 0;

  // Who is on the other end, in words: an address, which ends with "/p2p/ID" where the peer has
  // proven by its key that it is ID.
  virtual std::string peer() const = 0;
};

// Incoming streams of one address.
class Listener {
 public:
  virtual ~Listener() = default;  // closes

  // The next stream; parks until there is one.
  //   kUnavailable  the listener was closed.
  //   kCancelled    the caller is being stopped.
  virtual absl::StatusOr<std::unique_ptr<Stream>> Accept() = 0;

  // Accept returns kUnavailable from now on. Never waits.
  virtual void Close() = 0;

  // The address to dial: what was asked for, with the port that was found for port 0.
  virtual std::string address() const = 0;
};

// A node's way to others. Addresses are multiaddrs in text: "/ip4/127.0.0.1/tcp/8020".
// Called on the node's fibers.
class Network {
 public:
  virtual ~Network() = default;

  //   kInvalidArgument  no address of a kind that this network knows.
  //   kAlreadyExists    the address is in use.
  //   kUnavailable      the host refuses it otherwise; the message says why.
  virtual absl::StatusOr<std::unique_ptr<Listener>> Listen(absl::string_view address) = 0;

  // Opens a stream; parks until it stands, or `deadline` (the worker's timebase).
  //   kInvalidArgument   as Listen.
  //   kUnavailable       refused, unreachable, reset. A retry may help.
  //   kDeadlineExceeded  no answer in time.
  //   kCancelled         the caller is being stopped.
  virtual absl::StatusOr<std::unique_ptr<Stream>> Dial(absl::string_view address,
                                                       Instant deadline) = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NETWORK_H_
