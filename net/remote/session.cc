#include "rehearse/net/remote/session.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
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

Session::Session(Node& node, Network& network, RemoteCounters& counters, std::string peer,
                 std::string address, const SessionOptions& options)
    : node_(node),
      network_(network),
      counters_(counters),
      peer_(std::move(peer)),
      address_(std::move(address)),
      options_(options),
      backoff_(options.backoff_min) {}

SendResult Session::Send(const Outbound& message) {
  SendResult error;
  const std::shared_ptr<Stream> stream = Connected(message.deadline, error);
  if (stream == nullptr) return error;

  WireEnvelope envelope{.kind = EnvelopeKind::kTell,
                        .target = message.actor,
                        .message_id = message.message,
                        .payload = message.bytes};
  if (message.reply_to) {
    envelope.kind = EnvelopeKind::kAsk;
    if (!message.deadline.infinite()) {
      const absl::Duration left = message.deadline - node_.DeadlineIn(absl::ZeroDuration());
      envelope.timeout_nanos = std::max<int64_t>(absl::ToInt64Nanoseconds(left), 1);
    }
    const std::lock_guard<SpinLock> lock(lock_);
    envelope.request_id = next_request_++;
    asks_[envelope.request_id] = {message.reply_to, message.parse_reply};
  }
  std::string frame;
  EncodeEnvelope(envelope, frame);
  const absl::Status written = stream->Write(std::move(frame));
  if (written.ok()) return {};
  Ask ask;
  if (message.reply_to) TakeAsk(envelope.request_id, ask);
  if (written.code() == absl::StatusCode::kInvalidArgument) {
    return {absl::StatusCode::kInvalidArgument, "the message is larger than a frame may be"};
  }
  if (written.code() == absl::StatusCode::kCancelled) {
    return {absl::StatusCode::kCancelled, "the sender is being stopped"};
  }
  Broke(stream, written);
  return {absl::StatusCode::kUnavailable, "the stream to its node broke", Effect::kMaybe};
}

void Session::Close() {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    state_ = State::kClosed;
    stream = std::exchange(stream_, nullptr);
  }
  if (stream != nullptr) stream->Close();
  FailAll(absl::UnavailableError("this node shuts down"));
}

std::shared_ptr<Stream> Session::Connected(Instant deadline, SendResult& error) {
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
        if (node_.DeadlineIn(absl::ZeroDuration()) < retry_at_) {
          error = {absl::StatusCode::kUnavailable, "its node could not be dialled just now"};
          return nullptr;
        }
        state_ = State::kDialling;
        // A task of its own dials, so that a sender that gives up takes nobody's stream with it.
        Task::Start(node_, absl::StrCat("dial ", peer_), [self = shared_from_this()] {
          self->Dial();
        }).Unref();
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

std::shared_ptr<Stream> Session::Dial() {
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
  if (!status.ok()) {
    node_.log().Write(Severity::kWarning,
                      absl::StrCat("dial ", peer_, " at ", address_, ": ", status.message()));
  }
  for (const WaitToken& token : waiting) Waitable::Wake(token, WakeReason::kNotified);
  if (stream != nullptr) ReadAnswers(*stream);
  return stream;
}

absl::Status Session::Greet(Stream& stream) {
  REHEARSE_RETURN_IF_ERROR(stream.Write(HelloFrame(node_)));
  absl::StatusOr<std::string> frame = stream.Read();
  if (!frame.ok()) return frame.status();
  REHEARSE_ASSIGN_OR_RETURN(const Hello hello, ParseHello(*frame));
  if (hello.node == peer_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("node ", hello.node, " answers at the address of ", peer_));
}

// Until the stream ends; on the task that dialled it.
void Session::ReadAnswers(Stream& stream) {
  std::shared_ptr<Stream> keep;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    keep = stream_;
  }
  while (true) {
    absl::StatusOr<std::string> frame = stream.Read();
    if (!frame.ok()) return Broke(keep, frame.status());
    if (const absl::Status status = OnAnswer(*frame); !status.ok()) {
      ++counters_.refused_answer;
      node_.log().Write(Severity::kWarning,
                        absl::StrCat("stream to ", peer_, " closed: ", status.message()));
      return Broke(keep, status);
    }
  }
}

absl::Status Session::OnAnswer(absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const WireEnvelope answer, DecodeEnvelope(frame));
  if (answer.kind != EnvelopeKind::kReply && answer.kind != EnvelopeKind::kError) {
    return absl::DataLossError(
        absl::StrCat("an envelope of kind ", static_cast<int>(answer.kind), " is no answer"));
  }
  Ask ask;
  if (!TakeAsk(answer.request_id, ask)) return absl::OkStatus();
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

void Session::Broke(const std::shared_ptr<Stream>& stream, const absl::Status& why) {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;  // told already
    stream_ = nullptr;
    if (state_ == State::kConnected) state_ = State::kIdle;
  }
  if (stream != nullptr) stream->Close();
  FailAll(absl::UnavailableError(absl::StrCat("node ", peer_, ": ", why.message())));
}

void Session::FailAll(const absl::Status& why) {
  std::map<uint64_t, Ask> asks;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    asks.swap(asks_);
  }
  for (const auto& [id, ask] : asks) {
    node_.Answer(ask.reply_to, internal::MakeStatusReply(node_.scheduler().blocks(),
                                                         FrameworkError(why, Effect::kMaybe)));
  }
}

bool Session::TakeAsk(uint64_t request_id, Ask& ask) {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = asks_.find(request_id);
  if (at == asks_.end()) return false;
  ask = at->second;
  asks_.erase(at);
  return true;
}

}  // namespace rehearse::net
