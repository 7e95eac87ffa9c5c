#include "rehearse/net/remote/inbound.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"

namespace rehearse::net {
namespace {

// An error says no more than this.
constexpr size_t kMessageBytesMax = size_t{64} << 10;

// What most answers need, with their envelope.
constexpr size_t kAnswerRoom = 256;

std::string ErrorFrame(uint64_t request_id, const absl::Status& status) {
  const uint8_t effect =
      IsFrameworkError(status) ? static_cast<uint8_t>(EffectOf(status)) : kNotTheFrameworks;
  std::string frame;
  EncodeEnvelope({.kind = EnvelopeKind::kError,
                  .request_id = request_id,
                  .status_code = status.code(),
                  .status_message = status.message().substr(0, kMessageBytesMax),
                  .effect = effect},
                 frame);
  return frame;
}

}  // namespace

std::string AnswerFrame(const Owed& owed, Envelope& reply, std::string frame) {
  frame.reserve(kAnswerRoom);
  const size_t payload =
      BeginEnvelope({.kind = EnvelopeKind::kReply, .request_id = owed.request_id}, frame);
  const absl::Status status = owed.method->append_answer(reply, frame);
  if (!status.ok()) return ErrorFrame(owed.request_id, status);
  EndEnvelope(payload, frame);
  if (frame.size() <= kFrameBytesMax) return frame;
  return ErrorFrame(owed.request_id,
                    FrameworkError(absl::InvalidArgumentError(
                                       absl::StrCat("the answer makes a frame of ", frame.size(),
                                                    " bytes, the limit is ", kFrameBytesMax)),
                                   Effect::kMaybe));
}

Inbound::Inbound(Node& node, AnswerBook& answers, FramePool& frames, RemoteCounters& counters,
                 LimitedLog& refusals, absl::Duration hello_timeout, std::unique_ptr<Stream> stream)
    : node_(node),
      answers_(answers),
      frames_(frames),
      counters_(counters),
      refusals_(refusals),
      hello_timeout_(hello_timeout),
      stream_(std::move(stream)) {}

void Inbound::Serve() {
  absl::Status status = Greet();
  if (status.ok()) {
    Task::Start(node_, absl::StrCat("answers to ", peer_), [self = shared_from_this()] {
      self->WriteAnswers();
    }).Unref();
  } else {
    CountRefusedHello(status);
  }
  while (status.ok()) {
    status = AwaitRoom();
    if (!status.ok()) break;
    absl::StatusOr<std::string> frame = stream_->Read();
    status = frame.ok() ? OnFrame(*frame) : frame.status();
    if (frame.ok()) frames_.GiveBack(*std::move(frame));
  }
  if (status.code() != absl::StatusCode::kUnavailable &&
      status.code() != absl::StatusCode::kCancelled) {
    refusals_.Write(node_.DeadlineIn(absl::ZeroDuration()),
                    absl::StrCat("stream from ", stream_->peer(), " closed: ", status.message()));
  }
  Close();
}

void Inbound::Close() {
  WaitToken reader;
  WaitToken writer;
  std::deque<std::string> forgotten;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    closed_ = true;
    counters_.held_answers -= outbox_.size();
    counters_.held_bytes -= std::exchange(outbox_bytes_, 0);
    forgotten.swap(outbox_);
    reader = std::exchange(reader_, {});
    writer = writer_;
  }
  stream_->Close();
  Waitable::Wake(reader, WakeReason::kNotified);
  Waitable::Wake(writer, WakeReason::kNotified);
}

absl::Status Inbound::Greet() {
  const Instant deadline = node_.DeadlineIn(hello_timeout_);
  absl::StatusOr<std::string> frame = stream_->Read(deadline);
  if (absl::IsDeadlineExceeded(frame.status())) return NoHello(hello_timeout_);
  if (!frame.ok()) return frame.status();
  REHEARSE_ASSIGN_OR_RETURN(const Hello hello, ParseHello(*frame));
  peer_ = hello.node;
  return stream_->Write(HelloFrame(node_), deadline);
}

void Inbound::CountRefusedHello(const absl::Status& why) {
  switch (why.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled: return;
    case absl::StatusCode::kDeadlineExceeded: ++counters_.late_hello; return;
    default: ++counters_.refused_hello;
  }
}

absl::Status Inbound::AwaitRoom() {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (HasRoom()) return absl::OkStatus();
  }
  ++counters_.held_up;
  while (true) {
    Wait wait(node_.scheduler(), "answers taken");
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return absl::UnavailableError("the stream was closed here");
      if (HasRoom()) return absl::OkStatus();
      reader_ = wait.token();
    }
    const WakeReason reason = wait.Until(Instant::Infinite());
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "wait for room for answers");
  }
}

absl::Status Inbound::OnFrame(absl::string_view frame) {
  absl::StatusOr<WireEnvelope> envelope = DecodeEnvelope(frame);
  if (!envelope.ok()) {
    ++counters_.refused_envelope;
    return envelope.status();
  }
  switch (envelope->kind) {
    case EnvelopeKind::kTell:
    case EnvelopeKind::kAsk: return Deliver(*envelope);
    case EnvelopeKind::kCancel: return absl::OkStatus();  // its answer is dropped over there
    default: break;
  }
  ++counters_.refused_envelope;
  return absl::DataLossError(
      absl::StrCat("an envelope of kind ", static_cast<int>(envelope->kind), " is no request"));
}

absl::Status Inbound::Deliver(const WireEnvelope& envelope) {
  counters_.received.fetch_add(1, std::memory_order_relaxed);
  const internal::Export target = node_.FindExport(envelope.target);
  if (!target.cell) {
    ++counters_.unknown_actor;
    Refuse(envelope, absl::NotFoundError(
                         absl::StrCat("no actor ", envelope.target, " on node ", node_.name())));
    return absl::OkStatus();
  }
  const size_t place = target.Find(envelope.message_id);
  if (place == target.method_count) {
    ++counters_.unknown_message;
    return RefuseForGood(envelope, absl::InvalidArgumentError(absl::StrCat(
                                       "actor ", envelope.target, " on node ", node_.name(),
                                       " takes no message ", envelope.message_id.ToString())));
  }
  const internal::RemoteMethod& method = target.methods[place];
  const bool is_ask = envelope.kind == EnvelopeKind::kAsk;
  const bool is_followed = envelope.flow != 0 && internal::CurrentObserver() != nullptr;
  absl::StatusOr<EnvelopePtr> message = method.parse(
      node_.scheduler().blocks(), *target.table[place], envelope.payload, is_ask || is_followed);
  if (!message.ok()) {
    ++counters_.bad_message;
    return RefuseForGood(envelope, message.status());
  }
  if (is_ask) {
    {
      const std::lock_guard<SpinLock> lock(lock_);
      ++in_progress_;
    }
    (*message)->ask().reply_to = answers_.Add({shared_from_this(), envelope.request_id, &method});
    if (envelope.timeout_nanos > 0) {
      (*message)->ask().deadline = node_.DeadlineIn(absl::Nanoseconds(envelope.timeout_nanos));
    }
  }
  internal::MarkArrival(**message, envelope.flow);
  const SendResult sent = target.cell->TrySend(*message);
  if (sent.ok()) return absl::OkStatus();
  if (is_ask) {
    answers_.Take((*message)->TakeReplyTo());
    const std::lock_guard<SpinLock> lock(lock_);
    --in_progress_;
  }
  Refuse(envelope, sent.status());
  return absl::OkStatus();
}

void Inbound::Refuse(const WireEnvelope& envelope, const absl::Status& status) {
  if (envelope.kind == EnvelopeKind::kAsk) {
    return QueueAnswer(ErrorFrame(envelope.request_id, FrameworkError(status, Effect::kNone)), 0);
  }
  node_.dead_letters().Add({"a message from another node", {}, "its actor did not take it"});
}

// The peer speaks another protocol than the actor. It is told so first: it may be another version
// of ourselves.
absl::Status Inbound::RefuseForGood(const WireEnvelope& envelope, const absl::Status& status) {
  if (envelope.kind == EnvelopeKind::kAsk) {
    REHEARSE_RETURN_IF_ERROR(
        stream_->Write(ErrorFrame(envelope.request_id, FrameworkError(status, Effect::kNone))));
  } else {
    Refuse(envelope, status);
  }
  return status;
}

void Inbound::Answer(std::string frame) { QueueAnswer(std::move(frame), 1); }

void Inbound::QueueAnswer(std::string frame, size_t asks_over) {
  WaitToken writer;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    in_progress_ -= asks_over;
    if (closed_) return;
    ++counters_.held_answers;
    counters_.held_bytes += frame.size();
    outbox_bytes_ += frame.size();
    outbox_.push_back(std::move(frame));
    writer = writer_;
  }
  Waitable::Wake(writer, WakeReason::kNotified);
}

void Inbound::WriteAnswers() {
  while (true) {
    std::string frame;
    WaitToken reader;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return;
      frame = TakeAnswer();
      if (HasRoom()) reader = std::exchange(reader_, {});
    }
    Waitable::Wake(reader, WakeReason::kNotified);
    if (frame.empty()) {
      if (!AwaitAnswer()) return;
    } else if (!stream_->Write(std::move(frame)).ok()) {
      return Close();
    }
  }
}

// False if none will come.
bool Inbound::AwaitAnswer() {
  Wait wait(node_.scheduler(), "answers");
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return false;
    if (!outbox_.empty()) return true;
    writer_ = wait.token();
  }
  return wait.Until(Instant::Infinite()) == WakeReason::kNotified;
}

// Empty if there is none. With the lock.
std::string Inbound::TakeAnswer() {
  if (outbox_.empty()) return {};
  std::string frame = std::move(outbox_.front());
  outbox_.pop_front();
  outbox_bytes_ -= frame.size();
  --counters_.held_answers;
  counters_.held_bytes -= frame.size();
  return frame;
}

}  // namespace rehearse::net
