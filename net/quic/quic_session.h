// A QUIC connection as fibers see it: they read from streams and write to them, and park.
//
// The connection itself belongs to its endpoint's fiber. Between the two stand the streams'
// buffers, under a lock that is held for copies alone: what was written waits there until the
// endpoint takes it, what came waits there until it is read. Both are bounded: a writer parks when
// the peer has not acknowledged QuicOptions::send_bytes_max, and what is not read stops the peer's
// writer.

#ifndef REHEARSE_NET_QUIC_QUIC_SESSION_H_
#define REHEARSE_NET_QUIC_QUIC_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/quic/quic_address.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class QuicStream;

class QuicSession : public std::enable_shared_from_this<QuicSession> {
 public:
  // Is told of each stream that the peer opens, on the endpoint's fiber; it may not park.
  using OnStream = std::function<void(std::unique_ptr<QuicStream>)>;

  struct Options {
    Scheduler& scheduler;
    const QuicOptions& quic;
    bool dialed_here = false;
    SocketAddress address;  // where the peer was first seen
    OnStream on_stream = nullptr;
    // What all connections may hold unread; null: there is no such bound.
    std::shared_ptr<UnreadBudget> budget = nullptr;
    // Tells the endpoint that there is something to do here. On any fiber.
    std::function<void()> kick = nullptr;
  };

  explicit QuicSession(Options options) : options_(std::move(options)), unread_(options_.budget) {}

  // For fibers.

  // Parks until the peer has proven who it is.
  //   kUnavailable, kPermissionDenied, kDataLoss  the connection is over; the message says why.
  //   kDeadlineExceeded, kCancelled, kFailedPrecondition
  absl::Status AwaitEstablished(Instant deadline);
  // Opens a stream; parks while the peer allows none.
  //   as AwaitEstablished
  absl::StatusOr<std::unique_ptr<QuicStream>> Open(Instant deadline);
  // Breaks all streams. Never waits.
  void Close();
  // Closes as soon as there are no streams.
  void CloseWhenIdle();
  bool over() const;

  bool dialed_here() const { return options_.dialed_here; }
  // Who is at the other end, once it has proven that.
  const PeerId& peer_id() const { return *peer_id_; }

  // For the endpoint's fiber.

  // The peer has proven who it is; before OnEvents says so to fibers.
  void SetPeer(PublicKey key);
  // Hands over what fibers want.
  void ApplyTo(QuicConnection& connection, Instant now);
  // When ApplyTo is to be called, if nothing else is before.
  Instant next_timer() const;
  // Tells fibers what happened.
  // Streams that were reset: the peer has opened them beyond QuicOptions::choosing_max, or sent on
  // them what the node has no room for.
  struct Refused {
    size_t beyond_choosing = 0;
    size_t beyond_budget = 0;
    size_t all() const { return beyond_choosing + beyond_budget; }
  };
  Refused OnEvents(QuicConnection& connection, std::vector<QuicEvent> events);
  void End(const absl::Status& why);

 private:
  friend class QuicStream;
  class Opener;

  struct Pipe {
    // None as long as nothing came, as most streams of a peer that floods us with them: an empty
    // deque takes 640 bytes.
    std::optional<std::deque<std::string>> received;
    size_t taken = 0;  // of the first
    size_t unread = 0;
    uint64_t consumed = 0;  // of which the connection does not know
    bool ended = false;     // nothing more comes
    bool reset = false;     // and some will never come
    bool stopped = false;   // the peer reads no more

    std::vector<std::string> staged;
    size_t held = 0;  // staged, or not acknowledged
    bool finish = false;
    bool released = false;  // its owner is gone
    bool dirty = false;     // in dirty_
    bool chooses = false;   // the peer has opened it, and is to say what for

    WaitToken reader;
    WaitToken writer;
  };

  // Of a stream.
  absl::StatusOr<size_t> Read(int64_t stream, size_t bytes_max, std::string& out,
                              const bool& closed, Instant deadline);
  absl::Status Write(int64_t stream, absl::string_view bytes, const bool& closed, Instant deadline);
  void Finish(int64_t stream);
  void Release(int64_t stream);
  void OnChosen(int64_t stream);
  void WakeReader(int64_t stream, bool& closed);

  size_t TakeReceived(Pipe& pipe, size_t bytes_max, std::string& out);
  void MarkDirty(int64_t stream, Pipe& pipe);
  void Kick() { options_.kick(); }
  void ApplyPipe(QuicConnection& connection, int64_t stream, Pipe& pipe);
  void OpenRequested(QuicConnection& connection, std::vector<WaitToken>& woken);
  // What OnEvents has to do without the lock.
  struct Outcome {
    std::vector<WaitToken> woken;
    std::vector<int64_t> opened;
    std::vector<int64_t> refused;
    std::vector<int64_t> overfull;
    std::vector<std::pair<int64_t, uint64_t>> dropped;
  };
  void OnEvent(QuicEvent& event, Outcome& outcome);
  void OnStreamOpened(int64_t stream, Outcome& outcome);
  void OnPipeEvent(QuicEvent& event, Pipe& pipe, Outcome& outcome);
  void OnPipeData(QuicEvent& event, Pipe& pipe, Outcome& outcome);
  bool IsIdle(Instant now);
  bool IsUnused(Instant now);
  void StopChoosing(Pipe& pipe);
  void Drop(Pipe& pipe);

  const Options options_;

  mutable SpinLock lock_;
  std::map<int64_t, Pipe> pipes_;  // whose owners are there, or whose last wishes are not known yet
  std::vector<int64_t> dirty_;
  std::deque<Opener*> openers_;
  std::vector<WaitToken> waiters_;  // for the handshake
  UnreadShare unread_;              // of all pipes
  size_t live_ = 0;                 // streams that the connection has
  size_t choosing_ = 0;             // pipes whose peer has yet to say what for
  bool established_ = false;
  // Set once, before it is established.
  std::optional<PublicKey> peer_key_;
  std::optional<PeerId> peer_id_;
  bool close_ = false;
  bool close_when_idle_ = false;
  bool kept_alive_ = false;
  Instant idle_by_ = Instant::Infinite();    // whether the peer has ended its streams or not
  Instant unused_by_ = Instant::Infinite();  // if nobody opens a stream by then, it goes
  absl::Status over_;
};

// One stream's end, for its owner.
class QuicStream final : public PeerStream {
 public:
  QuicStream(std::shared_ptr<QuicSession> session, int64_t stream)
      : session_(std::move(session)), stream_(stream) {}
  ~QuicStream() override { Close(); }

  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) override;
  absl::Status Write(absl::string_view bytes, Instant deadline) override;
  void CloseRead() override;
  // What was handed over before arrives; what the peer still sends is dropped, and it is told.
  void Close() override;
  // Where it was first seen.
  SocketAddress peer() const override { return session_->options_.address; }
  void Finish() override { session_->Finish(stream_); }
  void Unread(std::string bytes) override { unread_ = std::move(bytes); }
  void Chosen() override { session_->OnChosen(stream_); }
  const PublicKey& peer_key() const override { return *session_->peer_key_; }
  std::string peer_address() const override { return QuicAddressText(peer()); }

 private:
  const std::shared_ptr<QuicSession> session_;
  const int64_t stream_;
  std::string unread_;
  bool read_closed_ = false;  // by the session's lock
  bool closed_ = false;       // by the session's lock
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_SESSION_H_
