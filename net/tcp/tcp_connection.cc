#include "rehearse/net/tcp/tcp_connection.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

constexpr size_t kReadBytesMax = size_t{64} << 10;
// A decoder that once held more than this gives it back when it is empty.
constexpr size_t kKeptBytesMax = size_t{64} << 10;

constexpr FrameOptions kFrames{.frame_bytes_max = kFrameBytesMax};

// Ends with "/p2p/ID" where the peer has proven that it is ID.
std::string PeerText(const StreamSocket& socket) {
  const std::string id = socket.proven_peer();
  return absl::StrCat(TcpAddressText(socket.peer()), id.empty() ? "" : "/p2p/", id);
}

}  // namespace

TcpConnection::TcpConnection(std::shared_ptr<TcpContext> context,
                             std::unique_ptr<StreamSocket> socket, IncomingPlace place,
                             absl::string_view first_bytes)
    : context_(std::move(context)),
      place_(std::move(place)),
      socket_(std::move(socket)),
      peer_(PeerText(*socket_)),
      queue_(context_->node.scheduler(), context_->options.send_bytes_max),
      decoder_(kFrames) {
  decoder_.Feed(first_bytes);
}

TcpConnection::~TcpConnection() { context_->Count(TcpEvent::kClosed); }

absl::Status TcpConnection::Write(std::string&& frame, Instant deadline) {
  if (frame.size() > kFrameBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("write a frame of ", frame.size(), " bytes to ",
                                                   peer_, ": the limit is ", kFrameBytesMax));
  }
  const absl::StatusOr<bool> needs_flusher = queue_.Push(std::move(frame), deadline);
  if (!needs_flusher.ok()) return needs_flusher.status();
  if (*needs_flusher) {
    context_->Start("tcp flush", [self = shared_from_this()] { self->Flush(); });
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TcpConnection::Read(Instant deadline) {
  while (true) {
    if (absl::Status over = this->over(); !over.ok()) return over;
    const auto frame = decoder_.Next();
    if (!frame.ok()) {
      context_->Report(TcpEvent::kRefusedFrame, "close", peer_, frame.status().message());
      return End(frame.status());
    }
    if (frame->has_value()) return TakeFrame(**frame);
    if (absl::Status more = ReadMore(deadline); !more.ok()) return more;
  }
}

// More bytes for the decoder.
absl::Status TcpConnection::ReadMore(Instant deadline) {
  const bool within_frame = decoder_.pending_bytes() > 0;
  const Instant stalled = within_frame
                              ? context_->node.DeadlineIn(context_->options.partial_frame_timeout)
                              : Instant::Infinite();
  std::string bytes;
  const absl::StatusOr<size_t> count =
      socket_->Read(kReadBytesMax, bytes, std::min(deadline, stalled));
  if (count.ok() && *count > 0) {
    decoder_.Feed(bytes);
    return absl::OkStatus();
  }
  if (count.ok()) {
    return End(
        absl::UnavailableError(absl::StrCat("read from ", peer_, ": the peer closed the stream",
                                            within_frame ? " within a frame" : "")));
  }
  if (absl::IsDeadlineExceeded(count.status()) && stalled <= deadline) {
    const std::string why =
        absl::StrCat("silent within a frame for ",
                     absl::FormatDuration(context_->options.partial_frame_timeout));
    context_->Report(TcpEvent::kRefusedStalled, "close", peer_, why);
    return End(absl::UnavailableError(absl::StrCat("read from ", peer_, ": ", why)));
  }
  return absl::IsUnavailable(count.status()) ? End(count.status()) : count.status();
}

std::string TcpConnection::TakeFrame(absl::string_view frame) {
  std::string taken(frame);
  largest_frame_ = std::max(largest_frame_, taken.size());
  if (decoder_.pending_bytes() == 0 && largest_frame_ > kKeptBytesMax) {
    decoder_ = FrameDecoder(kFrames);
    largest_frame_ = 0;
  }
  return taken;
}

// Nothing more can be read, so the peer is not written to either. Returns why.
absl::Status TcpConnection::End(const absl::Status& why) {
  {
    const Lock lock(lock_);
    // Closed here meanwhile, and what was written may still be on its way.
    if (!over_.ok()) return over_;
    over_ = why;
  }
  queue_.Abort(absl::UnavailableError(why.message()));
  socket_->Close();
  return why;
}

absl::Status TcpConnection::over() const {
  const Lock lock(lock_);
  return over_;
}

void TcpConnection::Close() {
  const absl::Status closed =
      absl::UnavailableError(absl::StrCat("stream with ", peer_, ": it was closed here"));
  {
    const Lock lock(lock_);
    if (!over_.ok()) return;
    over_ = closed;
  }
  if (!queue_.Close(closed)) return socket_->Close();
  socket_->CloseRead();
  context_->Start("tcp linger", [self = shared_from_this()] { self->Linger(); });
}

void TcpConnection::Flush() {
  std::string chunk;
  // However this fiber ends, nobody waits for it in vain.
  absl::Cleanup abort = [&] {
    queue_.Abort(absl::UnavailableError(absl::StrCat("write to ", peer_, ": its fiber was ended")));
    queue_.Take(chunk);
    OnFlushed();
  };
  while (queue_.Take(chunk)) {
    const absl::Status written = socket_->Write(chunk, Instant::Infinite());
    // The reader finds out by itself, behind what has arrived before.
    if (!written.ok()) queue_.Abort(absl::UnavailableError(written.message()));
  }
  std::move(abort).Cancel();
  OnFlushed();
}

// All was sent, or never will be. If the stream was closed meanwhile, it ends now.
void TcpConnection::OnFlushed() {
  WaitToken lingerer;
  {
    const Lock lock(lock_);
    if (over_.ok()) return;
    flushed_ = true;
    lingerer = std::exchange(lingerer_, WaitToken{});
  }
  socket_->Close();
  Waitable::Wake(lingerer, WakeReason::kNotified);
}

// Ends a closed stream whose peer does not take what is still to be sent.
void TcpConnection::Linger() {
  const absl::Cleanup close = [this] { socket_->Close(); };
  Wait wait(context_->node.scheduler(), "Linger");
  {
    const Lock lock(lock_);
    if (flushed_) return;
    lingerer_ = wait.token();
  }
  wait.Until(context_->node.DeadlineIn(context_->options.linger_timeout));
}

}  // namespace rehearse::net
