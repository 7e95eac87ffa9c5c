// One QUIC connection, without I/O: packets go in, packets come out, and events say what happened.
//
// QUIC v1 (RFC 9000, 9001, 9002) by ngtcp2, as libp2p uses it: ALPN "libp2p", a certificate on each
// side, bidirectional streams alone, no early data, no tickets. Recovery, congestion control, path
// MTU discovery and path validation are the library's; a peer that is seen at a new address
// (a NAT that has forgotten it) is followed there once it has proven that it is there.
//
// It knows no socket and no clock. Each call that may depend on the time is given it; between two
// of them nothing happens.

#ifndef REHEARSE_NET_QUIC_QUIC_CONNECTION_H_
#define REHEARSE_NET_QUIC_QUIC_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/quic/quic_tls.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// The bytes of a connection id that we give out. The peer's may be shorter or longer.
inline constexpr size_t kQuicIdBytes = 16;

struct QuicEvent {
  enum class Kind : uint8_t {
    kEstablished,     // the peer has proven who it is
    kIdAdded,         // packets to the id `bytes` are this connection's,
    kIdRemoved,       // and no more
    kTokenAdded,      // a packet that ends with `bytes` says that the peer has forgotten this
    kTokenRemoved,    // connection; and no more
    kStreamOpened,    // by the peer
    kStreamsAllowed,  // the peer lets us open more
    kData,            // `bytes` came on the stream; Consume them when they were read
    kEnd,             // nothing more will come on it
    kReset,           // the peer gave up sending on it; what was missing will never come
    kStopped,         // what was written goes nowhere: the peer reads no more of it
    kAcked,           // `count` bytes of what we wrote have arrived
    kStreamGone,      // both directions are over, and all is acknowledged
    kOver,            // the connection is; `status` says why
  };

  Kind kind;
  int64_t stream = -1;
  std::string bytes = {};
  uint64_t count = 0;
  absl::Status status = absl::OkStatus();
};

// For one fiber at a time.
class QuicConnection {
 public:
  // All outlive the connection.
  struct Context {
    const QuicTls& tls;
    Entropy& entropy;
    const QuicOptions& options;
    // Makes the tokens by which a peer believes us that we have forgotten a connection; the same
    // for all connections that share a socket.
    const std::string& reset_secret;
  };

  struct Ends {
    SocketAddress own;
    SocketAddress peer;
  };

  struct Dialing {
    Ends ends;
    std::optional<PeerId> expected = std::nullopt;
    Instant now = Instant();
    absl::Time wall = absl::UnixEpoch();
  };

  // The first packet of a connection that comes in, as the endpoint has read it.
  struct Accepting {
    Ends ends;
    uint32_t version = 0;
    std::string destination;  // the id that the dialler made up for us,
    std::string source;       // and its own
    // After a Retry: the id that it had made up before, and the token that it came back with.
    std::string original = {};
    std::string token = {};
    Instant now = Instant();
    absl::Time wall = absl::UnixEpoch();
  };

  //   kUnavailable  a library refused; the message says what.
  static absl::StatusOr<std::unique_ptr<QuicConnection>> Dial(const Context& context,
                                                              const Dialing& dialing);
  static absl::StatusOr<std::unique_ptr<QuicConnection>> Accept(const Context& context,
                                                                const Accepting& accepting);
  ~QuicConnection();
  QuicConnection(const QuicConnection&) = delete;
  QuicConnection& operator=(const QuicConnection&) = delete;

  // A datagram came from `from`. What is wrong with it is either ignored, as something that anybody
  // could have sent, or ends the connection.
  void Receive(const SocketAddress& from, absl::string_view bytes, Instant now);

  // When OnTimer is to be called, if nothing else is before.
  Instant next_timer() const;
  void OnTimer(Instant now);

  // The next datagram to be sent, and where to; empty: none, until something else happens. Valid
  // until the next call.
  absl::string_view NextPacket(Instant now, SocketAddress& to);
  // After the last of them.
  void OnPacketsSent(Instant now);

  // What happened since the last call, in order.
  std::vector<QuicEvent> TakeEvents();

  // Streams. Those that are gone are ignored.

  //   kFailedPrecondition  not established yet.
  //   kResourceExhausted   the peer allows no more just now: await kStreamsAllowed.
  //   kUnavailable         the connection is over.
  absl::StatusOr<int64_t> Open();
  // Sends `bytes` in order, as the peer's windows let it. How much is held is the caller's to
  // bound: kAcked says what is no more.
  void Write(int64_t stream, std::string bytes);
  // Nothing more will be written.
  void Finish(int64_t stream);
  // `count` bytes of the stream were read, so that the peer may send as many more.
  void Consume(int64_t stream, uint64_t count);
  // Nothing more will be read: the peer is told to stop.
  void StopReading(int64_t stream);
  // Nothing more will be written, and what was not acknowledged may be dropped.
  void Abandon(int64_t stream);

  // While there are streams, the peer is asked after each silence whether it is there.
  void KeepAlive(bool on);

  // New keys for what is sent from now on. False: not just now.
  bool UpdateKeys(Instant now);

  // Says farewell to the peer, and ends. It goes on to answer latecomers for a while.
  void Close(Instant now);
  // The same, because the peer asks for more than it may.
  void Refuse(absl::Status why, Instant now);

  // What the library holds for it; nothing once it is over.
  size_t library_bytes() const;

  // Nothing more can come of it: forget it, and its ids.
  bool gone() const { return state_ == State::kGone; }
  bool over() const { return state_ >= State::kClosing; }
  bool established() const { return peer_.has_value(); }
  // Who it is, once established.
  const std::optional<PublicKey>& peer() const { return peer_; }
  // Where it is, as far as is known.
  const SocketAddress& address() const { return to_; }
  bool dialer() const { return dialer_; }

 private:
  friend class QuicForger;  // for tests
  class Library;            // hides ngtcp2

  enum class State : uint8_t { kHandshaking, kOpen, kClosing, kDraining, kGone };

  QuicConnection(const Context& context, bool dialer, const Ends& ends);

  void OnError(int error, Instant now);
  // After so much silence it is over: what both sides want.
  absl::Duration idle_timeout() const;
  void SayFarewell(int64_t written, absl::Status why, Instant now);
  void EndWith(State state, absl::Status why, Instant now);
  void Push(QuicEvent event) { events_.push_back(std::move(event)); }

  const Context context_;
  const bool dialer_;
  const SocketAddress own_;
  SocketAddress to_;
  State state_ = State::kHandshaking;
  std::optional<PublicKey> peer_;
  std::vector<QuicEvent> events_;
  std::unique_ptr<Library> library_;  // null: it is over

  // Closing.
  Instant ends_at_ = Instant::Infinite();
  std::string farewell_;
  uint64_t latecomers_ = 0;
  bool says_farewell_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_CONNECTION_H_
