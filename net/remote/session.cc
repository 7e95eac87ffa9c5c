#include "rehearse/net/remote/session.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"

namespace rehearse::net {
namespace {

absl::Status StatusOf(const WireEnvelope& error) {
  const absl::Status status(error.status_code, std::string(error.status_message));
  if (error.effect == kNotTheFrameworks) return status;
  return FrameworkError(status, static_cast<Effect>(error.effect));
}

}  // namespace

Session::Session(Node& node, Network& network, FramePool& frames, RemoteCounters& counters,
                 std::string peer, std::string address, const SessionOptions& options)
    : node_(node),
      network_(network),
      frames_(frames),
      counters_(counters),
      peer_(std::move(peer)),
      address_(std::move(address)),
      options_(options),
      backoff_(options.backoff_min) {}

SendResult Session::Send(const Outbound& message) {
  SendResult error;
  const std::shared_ptr<Stream> stream = Connected(message.room_deadline, error);
  if (stream == nullptr) return error;

  WireEnvelope envelope{.kind = EnvelopeKind::kTell,
                        .target = message.actor,
                        .message_id = message.message,
                        .payload = message.bytes,
                        .flow = message.flow};
  if (message.reply_to) {
    envelope.kind = EnvelopeKind::kAsk;
    if (!message.deadline.infinite()) {
      const absl::Duration left = message.deadline - node_.DeadlineIn(absl::ZeroDuration());
      envelope.timeout_nanos = std::max<int64_t>(absl::ToInt64Nanoseconds(left), 1);
    }
    envelope.request_id = AddAsk(stream, {message.reply_to, message.parse_reply});
    if (envelope.request_id == 0) {
      return {absl::StatusCode::kUnavailable, "the stream to its node broke"};
    }
  }
  // However the write ends, killed too.
  absl::Cleanup forget = [this, &envelope] {
    Ask ask;
    TakeAsk(envelope.request_id, ask);
  };
  std::string frame = frames_.Take();
  EncodeEnvelope(envelope, frame);
  const absl::Status written = stream->Write(std::move(frame), message.room_deadline);
  if (!written.ok()) {
    std::move(forget).Invoke();
    return NotWritten(message, stream, written);
  }
  std::move(forget).Cancel();
  counters_.sent.fetch_add(1, std::memory_order_relaxed);
  return {};
}

SendResult Session::NotWritten(const Outbound& message, const std::shared_ptr<Stream>& stream,
                               const absl::Status& why) {
  switch (why.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      // One who does not wait named a time that was never to come.
      if (message.room_deadline == Instant()) {
        return {absl::StatusCode::kResourceExhausted, "the window to its node is full"};
      }
      return {absl::StatusCode::kDeadlineExceeded, "the window to its node was full for too long"};
    case absl::StatusCode::kInvalidArgument:
      return {absl::StatusCode::kInvalidArgument, "the message is larger than a frame may be"};
    case absl::StatusCode::kCancelled:
      return {absl::StatusCode::kCancelled, "the sender is being stopped"};
    case absl::StatusCode::kFailedPrecondition:
      return {absl::StatusCode::kFailedPrecondition,
              "the window to its node is full, and a destructor can't wait while an exception "
              "unwinds"};
    default:
      Broke(stream, why);
      return {absl::StatusCode::kUnavailable, "the stream to its node broke", Effect::kMaybe};
  }
}

void Session::Close() {
  std::shared_ptr<Stream> stream;
  std::vector<Ask> asks;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    state_ = State::kClosed;
    stream = std::exchange(stream_, nullptr);
    asks = asks_.TakeAll();
  }
  if (stream != nullptr) stream->Close();
  Fail(asks, absl::UnavailableError("this node shuts down"));
}

std::shared_ptr<Stream> Session::Connected(Instant deadline, SendResult& error) {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (state_ == State::kConnected) return stream_;
  }
  return AwaitConnected(deadline, error);
}

std::shared_ptr<Stream> Session::AwaitConnected(Instant deadline, SendResult& error) {
  while (true) {
    Wait wait(node_.scheduler(), "Dial");
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (state_ == State::kConnected) return stream_;
      if (state_ == State::kClosed) {
        error = {absl::StatusCode::kCancelled, "this node shuts down"};
        return nullptr;
      }
      if (state_ == State::kIdle) {
        if (!HasPassed(retry_at_)) {
          error = {absl::StatusCode::kUnavailable, "its node could not be dialled just now"};
          return nullptr;
        }
        state_ = State::kDialling;
        // A task of its own dials, so that a sender that gives up takes nobody's stream with it.
        Task::Start(node_, absl::StrCat("dial ", peer_), [self = shared_from_this()] {
          self->Dial();
        }).Unref();
      }
      if (HasPassed(deadline)) {
        error = {absl::StatusCode::kUnavailable, "there is no connection to its node yet"};
        return nullptr;
      }
      waiting_for_dial_.push_back(wait.token());
    }
    switch (wait.Until(deadline)) {
      case WakeReason::kNotified: break;
      case WakeReason::kDeadline:
        error = {absl::StatusCode::kDeadlineExceeded, "its node was not reached in time"};
        return nullptr;
      default:
        error = {absl::StatusCode::kCancelled, "the sender is being stopped"};
        return nullptr;
    }
  }
}

// And reads until the stream ends.
void Session::Dial() {
  std::shared_ptr<Stream> stream;
  absl::Status status =
      node_.shutting_down() ? absl::CancelledError("this node shuts down") : absl::OkStatus();
  if (status.ok()) {
    absl::StatusOr<std::unique_ptr<Stream>> dialled =
        network_.Dial(address_, node_.DeadlineIn(options_.dial_timeout));
    status = dialled.ok() ? Greet(**dialled) : dialled.status();
    if (status.ok()) stream = *std::move(dialled);
  }
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    waiting.swap(waiting_for_dial_);
    if (state_ == State::kClosed) stream = nullptr;
    if (stream != nullptr) {
      state_ = State::kConnected;
      stream_ = stream;
      backoff_ = options_.backoff_min;
      retry_at_ = Instant();
    } else if (state_ != State::kClosed) {
      state_ = State::kIdle;
      retry_at_ = node_.DeadlineIn(backoff_);
      backoff_ = std::min(backoff_ * 2, options_.backoff_max);
    }
  }
  if (!status.ok()) LogDial(status);
  for (const WaitToken& token : waiting) Waitable::Wake(token, WakeReason::kNotified);
  if (stream != nullptr) ReadAnswers(stream);
}

void Session::LogDial(const absl::Status& why) {
  // The network says whom it dialled too.
  absl::string_view words = why.message();
  absl::ConsumePrefix(&words, absl::StrCat("dial ", address_, ": "));
  node_.log().Write(Severity::kWarning,
                    absl::StrCat("dial ", peer_, " at ", address_, ": ", words));
}

absl::Status Session::Greet(Stream& stream) {
  const Instant deadline = node_.DeadlineIn(options_.hello_timeout);
  REHEARSE_RETURN_IF_ERROR(stream.Write(HelloFrame(node_), deadline));
  absl::StatusOr<std::string> frame = stream.Read(deadline);
  if (absl::IsDeadlineExceeded(frame.status())) {
    ++counters_.late_hello;
    return NoHello(options_.hello_timeout);
  }
  if (!frame.ok()) return frame.status();
  REHEARSE_ASSIGN_OR_RETURN(const Hello hello, ParseHello(*frame));
  if (hello.node == peer_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("node ", hello.node, " answers at the address of ", peer_));
}

// Until the stream ends; on the task that dialled it.
void Session::ReadAnswers(const std::shared_ptr<Stream>& stream) {
  while (true) {
    absl::StatusOr<std::string> frame = stream->Read();
    if (!frame.ok()) return Broke(stream, frame.status());
    if (const absl::Status status = OnAnswer(stream, *frame); !status.ok()) {
      ++counters_.refused_answer;
      node_.log().Write(Severity::kWarning,
                        absl::StrCat("stream to ", peer_, " closed: ", status.message()));
      return Broke(stream, status);
    }
    frames_.GiveBack(*std::move(frame));
  }
}

absl::Status Session::OnAnswer(const std::shared_ptr<Stream>& stream, absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const WireEnvelope answer, DecodeEnvelope(frame));
  if (answer.kind != EnvelopeKind::kReply && answer.kind != EnvelopeKind::kError) {
    return absl::DataLossError(
        absl::StrCat("an envelope of kind ", static_cast<int>(answer.kind), " is no answer"));
  }
  Ask ask;
  if (!TakeAsk(answer.request_id, ask)) {
    NobodyAsked(stream, answer.request_id);
    return absl::OkStatus();
  }
  BlockPool& pool = node_.scheduler().blocks();
  if (answer.kind == EnvelopeKind::kReply) {
    absl::StatusOr<EnvelopePtr> reply = ask.parse(pool, answer.payload);
    node_.Answer(ask.reply_to, reply.ok()
                                   ? *std::move(reply)
                                   : internal::MakeStatusReply(
                                         pool, FrameworkError(reply.status(), Effect::kMaybe)));
  } else {
    node_.Answer(ask.reply_to, internal::MakeStatusReply(pool, StatusOf(answer)));
  }
  return absl::OkStatus();
}

// An answer that comes on `stream` to a question which has had one. Who gives up stays in the list,
// and when the stream breaks all are taken out of it, so nothing else is taken for this.
void Session::NobodyAsked(const std::shared_ptr<Stream>& stream, uint64_t request_id) {
  ReplyWatch* const watch = node_.reply_watch();
  if (watch == nullptr) return;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;
  }
  watch->AnsweredAgain(node_, peer_, request_id);
}

void Session::Broke(const std::shared_ptr<Stream>& stream, const absl::Status& why) {
  std::vector<Ask> asks;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;  // told already
    stream_ = nullptr;
    if (state_ == State::kConnected) state_ = State::kIdle;
    asks = asks_.TakeAll();  // at once: those that come next are another stream's
  }
  stream->Close();
  Fail(asks, absl::UnavailableError(absl::StrCat("node ", peer_, ": ", why.message())));
}

void Session::Fail(const std::vector<Ask>& asks, const absl::Status& why) {
  for (const Ask& ask : asks) {
    node_.Answer(ask.reply_to, internal::MakeStatusReply(node_.scheduler().blocks(),
                                                         FrameworkError(why, Effect::kMaybe)));
  }
}

uint64_t Session::AddAsk(const std::shared_ptr<Stream>& stream, const Ask& ask) {
  const std::lock_guard<SpinLock> lock(lock_);
  return stream_ == stream ? asks_.Add(ask) : 0;
}

bool Session::TakeAsk(uint64_t request_id, Ask& ask) {
  const std::lock_guard<SpinLock> lock(lock_);
  return asks_.Take(request_id, ask);
}

}  // namespace rehearse::net
