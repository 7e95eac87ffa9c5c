#include "rehearse/net/libp2p/tcp/muxed_connection.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

constexpr size_t kReadBytesMax = size_t{64} << 10;

void WakeAll(const std::vector<WaitToken>& tokens) {
  for (const WaitToken token : tokens) Waitable::Wake(token, WakeReason::kNotified);
}

absl::Status ClosedHere() { return absl::UnavailableError("the stream was closed here"); }

bool HasPassed(Instant deadline) {
  return CurrentWorker() != nullptr && deadline <= CurrentWorker()->now();
}

}  // namespace

MuxedConnection::MuxedConnection(std::shared_ptr<TcpContext> context,
                                 std::unique_ptr<StreamSocket> socket,
                                 std::unique_ptr<SecureChannel> channel,
                                 const MuxedOptions& options, std::shared_ptr<void> place,
                                 OnStream on_stream)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      address_(socket_->peer()),
      options_(options),
      place_(std::move(place)),
      on_stream_(std::move(on_stream)),
      turn_(context_->node.scheduler()),
      channel_(std::move(channel)),
      session_(options.yamux),
      choosing_(options.yamux.budget) {
  context_->Count(TcpEvent::kProven);
}

void MuxedConnection::Start(std::string text) {
  context_->Start("libp2p read", [self = shared_from_this(), text = std::move(text)]() mutable {
    self->ReadAll(std::move(text));
  });
  // Whoever dialled it may not come to open a stream.
  OnIdle();
}

// What comes in.

void MuxedConnection::ReadAll(std::string text) {
  // However this fiber ends, nobody waits for it in vain.
  absl::Cleanup end = [this] {
    End(absl::UnavailableError("the connection's fiber was ended"), /*abrupt=*/true);
  };
  absl::Status status = OnText(text);
  while (status.ok()) status = ReadOnce();
  std::move(end).Cancel();
  // If it was closed here, the sender has the rest to do.
  if (over()) return;
  End(status, /*abrupt=*/absl::IsUnavailable(status));
  if (absl::IsDataLoss(status) || absl::IsResourceExhausted(status)) {
    context_->Report(TcpEvent::kBrokeProtocol, "end", TcpAddressText(address_), status.message());
  }
}

absl::Status MuxedConnection::ReadOnce() {
  if (IdleTooLong()) {
    Close();
    return absl::UnavailableError("it had no streams for too long");
  }
  std::string wire;
  const absl::StatusOr<size_t> count =
      socket_->Read(kReadBytesMax, wire, context_->node.DeadlineIn(options_.ping_interval));
  if (absl::IsDeadlineExceeded(count.status())) return OnSilence();
  if (!count.ok()) return count.status();
  if (*count == 0) return absl::UnavailableError("the peer closed the connection");
  return OnWire(wire);
}

absl::Status MuxedConnection::OnWire(absl::string_view wire) {
  std::string text;
  absl::Status status;
  bool closed = false;
  REHEARSE_RETURN_IF_ERROR(turn_.Begin());
  status = channel_->Receive(wire);
  text = channel_->TakeText();
  closed = channel_->peer_closed();
  turn_.End();
  Kick();  // the channel may have something to say
  REHEARSE_RETURN_IF_ERROR(OnText(text));
  if (status.ok() && closed) return absl::UnavailableError("the peer closed the channel");
  return status;
}

absl::Status MuxedConnection::OnText(absl::string_view text) {
  const Instant now = context_->node.DeadlineIn(absl::ZeroDuration());
  std::vector<WaitToken> woken;
  std::vector<uint32_t> opened;
  size_t refused = 0;
  absl::Status status;
  {
    const Lock lock(lock_);
    if (over_) return absl::UnavailableError("the connection was closed here");
    const size_t refused_before = session_.refused_streams();
    status = session_.Receive(text, now);
    refused = session_.refused_streams() - refused_before;
    while (const std::optional<uint32_t> stream = session_.Accept()) opened.push_back(*stream);
    TakeEvents(woken);
  }
  WakeAll(woken);
  Kick();
  OnOpened(opened);
  OnRefused(refused);
  return status;
}

void MuxedConnection::OnOpened(const std::vector<uint32_t>& streams) {
  size_t refused = 0;
  for (const uint32_t number : streams) {
    const bool chooses = TryChoose();
    auto stream = std::make_unique<MuxedStream>(shared_from_this(), number, chooses);
    if (chooses) {
      on_stream_(std::move(stream));
    } else {
      ++refused;
    }
  }
  OnRefused(refused);
}

bool MuxedConnection::TryChoose() {
  const Lock lock(lock_);
  return choosing_.held() < options_.choosing_max * kChoosingBytes &&
         choosing_.TryTake(kChoosingBytes);
}

void MuxedConnection::OnChosen() {
  const Lock lock(lock_);
  choosing_.Give(kChoosingBytes);
}

void MuxedConnection::OnRefused(size_t streams) {
  if (streams == 0) return;
  for (size_t i = 1; i < streams; ++i) context_->Count(TcpEvent::kRefusedStream);
  context_->Report(
      TcpEvent::kRefusedStream, "refuse streams of", TcpAddressText(address_),
      absl::StrCat(streams, " more than may be open, or wait for their protocol, or be unread"));
}

// Nothing came for a while.
absl::Status MuxedConnection::OnSilence() {
  {
    const Lock lock(lock_);
    REHEARSE_RETURN_IF_ERROR(session_.Ping());
  }
  Kick();
  return absl::OkStatus();
}

// What goes out.

// Sees to it that somebody sends what there is.
void MuxedConnection::Kick() {
  {
    const Lock lock(lock_);
    kicked_ = true;
    if (sent_all_ || std::exchange(flushing_, true)) return;
  }
  context_->Start("libp2p send", [self = shared_from_this()] { self->Flush(); });
}

void MuxedConnection::Flush() {
  absl::Cleanup end = [this] {
    End(absl::UnavailableError("the connection's fiber was ended"), /*abrupt=*/true);
  };
  while (SendOnce()) {
  }
  std::move(end).Cancel();
}

// Sends a piece. False: there was none, and this fiber is no more the sender.
bool MuxedConnection::SendOnce() {
  std::vector<WaitToken> woken;
  std::string piece;
  {
    const Lock lock(lock_);
    kicked_ = false;
    piece = session_.TakeOutput();
    TakeEvents(woken);
  }
  WakeAll(woken);
  std::string wire;
  if (const absl::Status turn = turn_.Begin(); !turn.ok()) {
    End(turn, /*abrupt=*/true);
    return false;
  }
  channel_->Send(piece).IgnoreError();  // the reader finds out by itself
  wire = channel_->TakeWire();
  turn_.End();
  if (!wire.empty()) {
    const absl::Status written = socket_->Write(wire, Instant::Infinite());
    if (written.ok()) return true;
    End(written, /*abrupt=*/true);
  }
  WaitToken lingerer;
  {
    const Lock lock(lock_);
    if (kicked_ && !sent_all_) return true;
    flushing_ = false;
    if (!over_) return false;
    sent_all_ = true;
    lingerer = std::exchange(lingerer_, WaitToken{});
  }
  SendFarewell();
  socket_->Close();
  Waitable::Wake(lingerer, WakeReason::kNotified);
  return false;
}

// The channel's own last word, if it has one.
void MuxedConnection::SendFarewell() {
  if (!turn_.Begin().ok()) return;
  channel_->Close();
  const std::string wire = channel_->TakeWire();
  turn_.End();
  if (wire.empty()) return;
  socket_->Write(wire, context_->node.DeadlineIn(options_.linger_timeout)).IgnoreError();
}

// Ends a closed connection whose peer does not take what is still to be sent.
void MuxedConnection::Linger() {
  const absl::Cleanup close = [this] { socket_->Close(); };
  Wait wait(context_->node.scheduler(), "Linger");
  {
    const Lock lock(lock_);
    if (sent_all_) return;
    lingerer_ = wait.token();
  }
  wait.Until(context_->node.DeadlineIn(options_.linger_timeout));
}

// The end.

void MuxedConnection::Close() {
  {
    const Lock lock(lock_);
    session_.GoAway();
  }
  End(absl::UnavailableError("the connection was closed here"), /*abrupt=*/false);
}

void MuxedConnection::CloseWhenIdle() {
  {
    const Lock lock(lock_);
    close_when_idle_ = true;
    if (!IsIdle()) return;
  }
  Close();
}

// The last stream is gone, or there was none yet.
void MuxedConnection::OnIdle() {
  const bool dialer = options_.yamux.dialer;
  {
    const Lock lock(lock_);
    idle_until_ =
        context_->node.DeadlineIn(dialer ? options_.idle_timeout : options_.incoming_idle_timeout);
    if (!dialer || over_ || std::exchange(has_idler_, true)) return;
  }
  context_->Start("libp2p idle", [self = shared_from_this()] { self->AwaitUse(); });
}

void MuxedConnection::AwaitUse() {
  while (true) {
    Wait wait(context_->node.scheduler(), "Idle");
    Instant until;
    if (!StillIdle(wait.token(), until)) return;
    if (!HasPassed(until)) {
      const WakeReason reason = wait.Until(until);
      if (reason == WakeReason::kDeadline || reason == WakeReason::kNotified) continue;
    }
    return Close();
  }
}

// False: the connection is in use, or over, and nobody waits any more.
bool MuxedConnection::StillIdle(WaitToken token, Instant& until) {
  const Lock lock(lock_);
  until = idle_until_;
  idler_ = token;
  has_idler_ = !over_ && session_.streams() == 0;
  return has_idler_;
}

bool MuxedConnection::IdleTooLong() const {
  const Lock lock(lock_);
  return !options_.yamux.dialer && !over_ && session_.streams() == 0 && HasPassed(idle_until_);
}

// No streams any more. What was handed over still goes out, unless it is `abrupt`.
void MuxedConnection::End(const absl::Status& why, bool abrupt) {
  std::vector<WaitToken> woken;
  bool is_first = false;
  {
    const Lock lock(lock_);
    session_.Abort(why);
    TakeEvents(woken);
    woken.push_back(std::exchange(idler_, WaitToken{}));
    is_first = !std::exchange(over_, true);
    if (abrupt) sent_all_ = true;
  }
  WakeAll(woken);
  if (is_first) context_->Count(TcpEvent::kEnded);
  if (abrupt) return socket_->Close();
  if (!is_first) return;
  socket_->CloseRead();
  Kick();
  context_->Start("libp2p linger", [self = shared_from_this()] { self->Linger(); });
}

bool MuxedConnection::over() const {
  const Lock lock(lock_);
  return over_;
}

// Those that the session's events concern; by the lock.
void MuxedConnection::TakeEvents(std::vector<WaitToken>& woken) {
  for (const YamuxEvent& event : session_.TakeEvents()) {
    const auto found = parked_.find(event.stream);
    if (found == parked_.end()) continue;
    if (event.kind == YamuxEvent::Kind::kReadable) {
      woken.push_back(std::exchange(found->second.reader, WaitToken{}));
    } else if (event.kind == YamuxEvent::Kind::kWritable) {
      woken.push_back(std::exchange(found->second.writer, WaitToken{}));
    }
  }
}

// Streams.

absl::StatusOr<std::unique_ptr<MuxedStream>> MuxedConnection::Open() {
  uint32_t stream = 0;
  {
    const Lock lock(lock_);
    if (over_) return absl::UnavailableError("the connection is over");
    REHEARSE_ASSIGN_OR_RETURN(stream, session_.Open());
  }
  Kick();
  return std::make_unique<MuxedStream>(shared_from_this(), stream, /*chooses=*/false);
}

absl::StatusOr<size_t> MuxedConnection::Read(uint32_t stream, size_t bytes_max, std::string& out,
                                             const bool& closed, Instant deadline) {
  while (true) {
    Wait wait(context_->node.scheduler(), "Read");
    bool kick = false;
    bool parks = false;
    absl::StatusOr<size_t> count = 0;
    {
      const Lock lock(lock_);
      if (closed) return ClosedHere();
      const size_t unsent = session_.unsent_bytes();
      count = session_.Read(stream, bytes_max, out);
      kick = session_.unsent_bytes() > unsent;
      parks = count.ok() && *count == 0 && !session_.AtEnd(stream);
      if (parks) parked_[stream].reader = wait.token();
    }
    if (kick) Kick();
    if (!parks) return count;
    const WakeReason reason = HasPassed(deadline) ? WakeReason::kDeadline : wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "read from a stream");
  }
}

absl::Status MuxedConnection::Write(uint32_t stream, absl::string_view bytes, const bool& closed,
                                    Instant deadline) {
  while (true) {
    Wait wait(context_->node.scheduler(), "Write");
    absl::StatusOr<size_t> count = 0;
    {
      const Lock lock(lock_);
      if (closed) return ClosedHere();
      count = session_.Write(stream, bytes);
      if (!count.ok()) return count.status();
      bytes.remove_prefix(*count);
      if (!bytes.empty()) parked_[stream].writer = wait.token();
    }
    if (*count > 0) Kick();
    if (bytes.empty()) return absl::OkStatus();
    const WakeReason reason = HasPassed(deadline) ? WakeReason::kDeadline : wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "write to a stream");
  }
}

void MuxedConnection::Finish(uint32_t stream) {
  {
    const Lock lock(lock_);
    session_.Finish(stream);
  }
  Kick();
}

void MuxedConnection::Release(uint32_t stream) {
  Parked parked;
  bool closes = false;
  bool idle = false;
  {
    const Lock lock(lock_);
    session_.Finish(stream);
    session_.Release(stream);
    const auto found = parked_.find(stream);
    if (found != parked_.end()) {
      parked = found->second;
      parked_.erase(found);
    }
    closes = IsIdle();
    idle = session_.streams() == 0;
  }
  WakeAll({parked.reader, parked.writer});
  Kick();
  if (closes) return Close();
  if (idle) OnIdle();
}

void MuxedConnection::CloseRead(uint32_t stream, bool& closed) {
  WaitToken reader;
  {
    const Lock lock(lock_);
    closed = true;
    const auto found = parked_.find(stream);
    if (found != parked_.end()) reader = std::exchange(found->second.reader, WaitToken{});
  }
  Waitable::Wake(reader, WakeReason::kNotified);
}

absl::StatusOr<size_t> MuxedStream::Read(size_t bytes_max, std::string& out, Instant deadline) {
  if (!unread_.empty()) {
    const size_t count = std::min(bytes_max, unread_.size());
    out.append(unread_, 0, count);
    unread_.erase(0, count);
    return count;
  }
  return connection_->Read(stream_, bytes_max, out, read_closed_, deadline);
}

absl::Status MuxedStream::Write(absl::string_view bytes, Instant deadline) {
  return connection_->Write(stream_, bytes, closed_, deadline);
}

void MuxedStream::CloseRead() { connection_->CloseRead(stream_, read_closed_); }

std::string MuxedStream::peer_address() const { return TcpAddressText(peer()); }

void MuxedStream::Close() {
  connection_->CloseRead(stream_, read_closed_);
  {
    const Lock lock(connection_->lock_);
    if (std::exchange(closed_, true)) return;
  }
  connection_->Release(stream_);
}

}  // namespace rehearse::net
