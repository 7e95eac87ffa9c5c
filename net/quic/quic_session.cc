#include "rehearse/net/quic/quic_session.h"

#include <algorithm>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

// Small pieces of what came are put together up to this.
constexpr size_t kPieceBytes = 1024;

void WakeAll(const std::vector<WaitToken>& tokens) {
  for (const WaitToken token : tokens) Waitable::Wake(token, WakeReason::kNotified);
}

absl::Status ClosedHere() { return absl::UnavailableError("the stream was closed here"); }

bool HasPassed(Instant deadline) {
  return CurrentWorker() != nullptr && deadline <= CurrentWorker()->now();
}

WakeReason Await(Wait& wait, Instant deadline) {
  return HasPassed(deadline) ? WakeReason::kDeadline : wait.Until(deadline);
}

}  // namespace

// Beginning and end.

absl::Status QuicSession::AwaitEstablished(Instant deadline) {
  while (true) {
    Wait wait(options_.scheduler, "Handshake");
    {
      const Lock lock(lock_);
      if (!over_.ok()) return over_;
      if (established_) return absl::OkStatus();
      waiters_.push_back(wait.token());
    }
    const WakeReason reason = Await(wait, deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "shake hands");
  }
}

// Whoever waits for a stream, in the line as long as it has none.
class QuicSession::Opener {
 public:
  Opener(QuicSession& session, WaitToken token) : session_(session), token_(token) {}
  // A fiber that is ended here leaves neither its place nor a stream behind.
  ~Opener() {
    {
      const Lock lock(session_.lock_);
      std::erase(session_.openers_, this);
    }
    if (stream_ >= 0) session_.Release(stream_);
  }
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;

  // By the lock.
  void Enter() { session_.openers_.push_back(this); }
  WaitToken token() const { return token_; }
  void set_stream(int64_t stream) { stream_ = stream; }
  int64_t Take() { return std::exchange(stream_, -1); }

 private:
  QuicSession& session_;
  const WaitToken token_;
  int64_t stream_ = -1;
};

absl::StatusOr<std::unique_ptr<QuicStream>> QuicSession::Open(Instant deadline) {
  Wait wait(options_.scheduler, "OpenStream");
  Opener opener(*this, wait.token());
  {
    const Lock lock(lock_);
    if (!over_.ok()) return over_;
    opener.Enter();
  }
  Kick();
  const WakeReason reason = Await(wait, deadline);
  const Lock lock(lock_);
  const int64_t stream = opener.Take();
  if (stream >= 0) return std::make_unique<QuicStream>(shared_from_this(), stream);
  return over_.ok() ? WaitStatus(reason, "open a stream") : over_;
}

void QuicSession::Close() {
  {
    const Lock lock(lock_);
    if (!over_.ok() || std::exchange(close_, true)) return;
  }
  Kick();
}

void QuicSession::CloseWhenIdle() {
  {
    const Lock lock(lock_);
    if (!over_.ok() || std::exchange(close_when_idle_, true)) return;
  }
  Kick();
}

bool QuicSession::over() const {
  const Lock lock(lock_);
  return !over_.ok() || close_;
}

void QuicSession::End(const absl::Status& why) {
  std::vector<WaitToken> woken;
  {
    const Lock lock(lock_);
    if (!over_.ok()) return;
    over_ = why.ok() ? absl::UnavailableError("quic: the connection is over") : why;
    woken = std::exchange(waiters_, {});
    for (const Opener* const opener : openers_) woken.push_back(opener->token());
    for (auto& [stream, pipe] : pipes_) {
      woken.push_back(std::exchange(pipe.reader, WaitToken{}));
      woken.push_back(std::exchange(pipe.writer, WaitToken{}));
    }
  }
  WakeAll(woken);
}

// The endpoint's side.

void QuicSession::ApplyTo(QuicConnection& connection, Instant now) {
  std::vector<WaitToken> woken;
  bool close = false;
  {
    const Lock lock(lock_);
    for (const int64_t stream : std::exchange(dirty_, {})) {
      const auto found = pipes_.find(stream);
      if (found == pipes_.end()) continue;
      ApplyPipe(connection, stream, found->second);
      if (!found->second.released) continue;
      StopChoosing(found->second);
      pipes_.erase(found);
    }
    if (established_) OpenRequested(connection, woken);
    const bool keep_alive = !pipes_.empty();
    if (keep_alive != std::exchange(kept_alive_, keep_alive)) connection.KeepAlive(keep_alive);
    close = close_ || (close_when_idle_ && IsIdle(now)) || IsUnused(now);
  }
  WakeAll(woken);
  if (close) connection.Close(now);
}

// Nobody has a stream any more, and what was written has arrived: the peer has ended them too, or
// has had its time. By the lock.
bool QuicSession::IsIdle(Instant now) {
  if (!pipes_.empty() || !openers_.empty()) {
    idle_by_ = Instant::Infinite();
    return false;
  }
  if (live_ == 0) return true;
  if (idle_by_ == Instant::Infinite()) idle_by_ = now + options_.quic.farewell_timeout;
  return idle_by_ <= now;
}

// Nobody has had a stream for too long, even if the peer keeps the connection alive. By the lock.
bool QuicSession::IsUnused(Instant now) {
  if (!established_ || !pipes_.empty() || !openers_.empty()) {
    unused_by_ = Instant::Infinite();
    return false;
  }
  if (unused_by_ == Instant::Infinite()) {
    unused_by_ = now + (options_.dialed_here ? options_.quic.unused_timeout
                                             : options_.quic.incoming_unused_timeout);
  }
  return unused_by_ <= now;
}

Instant QuicSession::next_timer() const {
  const Lock lock(lock_);
  return over_.ok() ? std::min(idle_by_, unused_by_) : Instant::Infinite();
}

void QuicSession::ApplyPipe(QuicConnection& connection, int64_t stream, Pipe& pipe) {
  pipe.dirty = false;
  for (std::string& bytes : std::exchange(pipe.staged, {})) {
    connection.Write(stream, std::move(bytes));
  }
  if (pipe.finish || pipe.released) connection.Finish(stream);
  if (pipe.released) Drop(pipe);
  if (pipe.consumed > 0) connection.Consume(stream, std::exchange(pipe.consumed, 0));
  if (pipe.released && !pipe.ended) connection.StopReading(stream);
}

void QuicSession::OpenRequested(QuicConnection& connection, std::vector<WaitToken>& woken) {
  while (!openers_.empty()) {
    const absl::StatusOr<int64_t> stream = connection.Open();
    if (!stream.ok()) return;
    Opener& opener = *openers_.front();
    openers_.pop_front();
    opener.set_stream(*stream);
    woken.push_back(opener.token());
    pipes_.try_emplace(*stream);
    ++live_;
  }
}

void QuicSession::SetPeer(PublicKey key) {
  const Lock lock(lock_);
  peer_id_ = key.peer_id();
  peer_key_ = std::move(key);
}

QuicSession::Refused QuicSession::OnEvents(QuicConnection& connection,
                                           std::vector<QuicEvent> events) {
  Outcome outcome;
  {
    const Lock lock(lock_);
    for (QuicEvent& event : events) OnEvent(event, outcome);
  }
  WakeAll(outcome.woken);
  for (const int64_t stream : outcome.refused) {
    connection.StopReading(stream);
    connection.Abandon(stream);
  }
  for (const int64_t stream : outcome.overfull) {
    connection.StopReading(stream);
    connection.Abandon(stream);
  }
  for (const auto& [stream, bytes] : outcome.dropped) connection.Consume(stream, bytes);
  for (const int64_t stream : outcome.opened) {
    options_.on_stream(std::make_unique<QuicStream>(shared_from_this(), stream));
  }
  return {.beyond_choosing = outcome.refused.size(), .beyond_budget = outcome.overfull.size()};
}

void QuicSession::OnEvent(QuicEvent& event, Outcome& outcome) {
  if (event.kind == QuicEvent::Kind::kEstablished) {
    established_ = true;
    for (const WaitToken token : std::exchange(waiters_, {})) outcome.woken.push_back(token);
  } else if (event.kind == QuicEvent::Kind::kStreamOpened) {
    OnStreamOpened(event.stream, outcome);
  } else if (event.kind == QuicEvent::Kind::kStreamGone) {
    --live_;
  }
  const auto found = pipes_.find(event.stream);
  if (found != pipes_.end()) {
    OnPipeEvent(event, found->second, outcome);
  } else if (event.kind == QuicEvent::Kind::kData) {
    outcome.dropped.emplace_back(event.stream, event.bytes.size());
  }
}

void QuicSession::OnStreamOpened(int64_t stream, Outcome& outcome) {
  ++live_;
  if (choosing_ >= options_.quic.choosing_max || !unread_.TryTake(kChoosingBytes)) {
    outcome.refused.push_back(stream);
    return;
  }
  ++choosing_;
  pipes_.try_emplace(stream).first->second.chooses = true;
  outcome.opened.push_back(stream);
}

// By the lock, as all of these.
void QuicSession::OnPipeData(QuicEvent& event, Pipe& pipe, Outcome& outcome) {
  const size_t size = event.bytes.size();
  if (pipe.reset || !unread_.TryTake(size)) {
    outcome.dropped.emplace_back(event.stream, size);
    if (std::exchange(pipe.reset, true)) return;
    outcome.overfull.push_back(event.stream);
    outcome.woken.push_back(std::exchange(pipe.writer, WaitToken{}));
    pipe.ended = pipe.stopped = true;
    Drop(pipe);
    MarkDirty(event.stream, pipe);
    return;
  }
  pipe.unread += size;
  if (!pipe.received.has_value()) pipe.received.emplace();
  std::deque<std::string>& received = *pipe.received;
  // Small pieces join: each takes as much room as some dozens of bytes.
  const bool joins =
      size < kPieceBytes / 2 && !received.empty() && received.back().size() + size <= kPieceBytes;
  if (joins) {
    received.back().append(event.bytes);
  } else {
    received.push_back(std::move(event.bytes));
  }
}

// What came, and nobody will read.
void QuicSession::Drop(Pipe& pipe) {
  pipe.consumed += pipe.unread;
  unread_.Give(std::exchange(pipe.unread, 0));
  pipe.received.reset();
  pipe.taken = 0;
}

void QuicSession::OnPipeEvent(QuicEvent& event, Pipe& pipe, Outcome& outcome) {
  using Kind = QuicEvent::Kind;
  std::vector<WaitToken>& woken = outcome.woken;
  if (event.kind == Kind::kData) OnPipeData(event, pipe, outcome);
  pipe.reset = pipe.reset || event.kind == Kind::kReset;
  pipe.ended = pipe.ended || event.kind == Kind::kEnd || event.kind == Kind::kReset;
  const bool gone = event.kind == Kind::kStreamGone;
  pipe.stopped = pipe.stopped || gone || event.kind == Kind::kStopped;
  if (event.kind == Kind::kAcked) pipe.held -= std::min<size_t>(pipe.held, event.count);
  if (event.kind == Kind::kData || event.kind == Kind::kEnd || event.kind == Kind::kReset) {
    woken.push_back(std::exchange(pipe.reader, WaitToken{}));
  }
  if (gone || event.kind == Kind::kAcked || event.kind == Kind::kStopped) {
    woken.push_back(std::exchange(pipe.writer, WaitToken{}));
  }
}

// The streams' side.

void QuicSession::MarkDirty(int64_t stream, Pipe& pipe) {
  if (!std::exchange(pipe.dirty, true)) dirty_.push_back(stream);
}

size_t QuicSession::TakeReceived(Pipe& pipe, size_t bytes_max, std::string& out) {
  if (pipe.unread == 0) return 0;
  std::deque<std::string>& received = *pipe.received;
  size_t count = 0;
  out.reserve(out.size() + std::min(bytes_max, pipe.unread));
  while (count < bytes_max && !received.empty()) {
    const std::string& first = received.front();
    const size_t now = std::min(bytes_max - count, first.size() - pipe.taken);
    out.append(first, pipe.taken, now);
    count += now;
    pipe.taken += now;
    if (pipe.taken < first.size()) break;
    received.pop_front();
    pipe.taken = 0;
  }
  pipe.unread -= count;
  unread_.Give(count);
  pipe.consumed += count;
  return count;
}

absl::StatusOr<size_t> QuicSession::Read(int64_t stream, size_t bytes_max, std::string& out,
                                         const bool& closed, Instant deadline) {
  while (true) {
    Wait wait(options_.scheduler, "Read");
    size_t count = 0;
    bool kick = false;
    {
      const Lock lock(lock_);
      const auto found = pipes_.find(stream);
      if (closed || found == pipes_.end()) return ClosedHere();
      Pipe& pipe = found->second;
      count = TakeReceived(pipe, bytes_max, out);
      // The peer hears of room in large pieces.
      kick = pipe.consumed >= options_.quic.stream_window_bytes / 4;
      if (kick) MarkDirty(stream, pipe);
      if (count == 0) {
        if (pipe.reset) return absl::UnavailableError("the peer gave the stream up");
        if (pipe.ended) return size_t{0};
        if (!over_.ok()) return over_;
        pipe.reader = wait.token();
      }
    }
    if (kick) Kick();
    if (count > 0) return count;
    const WakeReason reason = Await(wait, deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "read from a stream");
  }
}

absl::Status QuicSession::Write(int64_t stream, absl::string_view bytes, const bool& closed,
                                Instant deadline) {
  while (true) {
    Wait wait(options_.scheduler, "Write");
    size_t count = 0;
    {
      const Lock lock(lock_);
      const auto found = pipes_.find(stream);
      if (closed || found == pipes_.end()) return ClosedHere();
      if (!over_.ok()) return over_;
      Pipe& pipe = found->second;
      if (pipe.finish) return ClosedHere();
      if (pipe.stopped) return absl::UnavailableError("the peer reads no more of the stream");
      const size_t room =
          options_.quic.send_bytes_max - std::min(options_.quic.send_bytes_max, pipe.held);
      count = std::min(room, bytes.size());
      if (count > 0) {
        pipe.staged.emplace_back(bytes.substr(0, count));
        pipe.held += count;
        MarkDirty(stream, pipe);
        bytes.remove_prefix(count);
      }
      if (!bytes.empty()) pipe.writer = wait.token();
    }
    if (count > 0) Kick();
    if (bytes.empty()) return absl::OkStatus();
    const WakeReason reason = Await(wait, deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "write to a stream");
  }
}

void QuicSession::Finish(int64_t stream) {
  {
    const Lock lock(lock_);
    const auto found = pipes_.find(stream);
    if (found == pipes_.end() || std::exchange(found->second.finish, true)) return;
    MarkDirty(stream, found->second);
  }
  Kick();
}

void QuicSession::Release(int64_t stream) {
  std::vector<WaitToken> woken;
  {
    const Lock lock(lock_);
    const auto found = pipes_.find(stream);
    if (found == pipes_.end()) return;
    Pipe& pipe = found->second;
    pipe.released = true;
    woken = {std::exchange(pipe.reader, WaitToken{}), std::exchange(pipe.writer, WaitToken{})};
    if (over_.ok()) {
      MarkDirty(stream, pipe);
    } else {
      StopChoosing(pipe);
      Drop(pipe);
      pipes_.erase(found);
    }
  }
  WakeAll(woken);
  Kick();
}

void QuicSession::OnChosen(int64_t stream) {
  const Lock lock(lock_);
  const auto found = pipes_.find(stream);
  if (found != pipes_.end()) StopChoosing(found->second);
}

// By the lock.
void QuicSession::StopChoosing(Pipe& pipe) {
  if (!std::exchange(pipe.chooses, false)) return;
  --choosing_;
  unread_.Give(kChoosingBytes);
}

void QuicSession::WakeReader(int64_t stream, bool& closed) {
  WaitToken reader;
  {
    const Lock lock(lock_);
    closed = true;
    const auto found = pipes_.find(stream);
    if (found != pipes_.end()) reader = std::exchange(found->second.reader, WaitToken{});
  }
  Waitable::Wake(reader, WakeReason::kNotified);
}

absl::StatusOr<size_t> QuicStream::Read(size_t bytes_max, std::string& out, Instant deadline) {
  if (!unread_.empty()) {
    const size_t count = std::min(bytes_max, unread_.size());
    out.append(unread_, 0, count);
    unread_.erase(0, count);
    return count;
  }
  return session_->Read(stream_, bytes_max, out, read_closed_, deadline);
}

absl::Status QuicStream::Write(absl::string_view bytes, Instant deadline) {
  return session_->Write(stream_, bytes, closed_, deadline);
}

void QuicStream::CloseRead() { session_->WakeReader(stream_, read_closed_); }

void QuicStream::Close() {
  session_->WakeReader(stream_, read_closed_);
  {
    const Lock lock(session_->lock_);
    if (std::exchange(closed_, true)) return;
  }
  session_->Release(stream_);
}

}  // namespace rehearse::net
