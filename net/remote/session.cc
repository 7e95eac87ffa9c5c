#include "rehearse/net/remote/session.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"

namespace rehearse::net {
namespace {

// For whom the present fiber speaks. A task has no number of its own.
uint64_t Sender() {
  const internal::Cell* const cell = internal::CurrentCell();
  return cell == nullptr ? 0 : cell->actor_id().value;
}

// Nobody hears of its end, and it is not sent again.
bool IsPlainTell(const Outbound& message) { return !message.reply_to && !message.acknowledged; }

constexpr const char* kGap = "messages sent to it before may be lost: the stream broke";
constexpr const char* kBroke = "the stream to its node broke";

// Not 0, and nobody else can guess it.
uint64_t NumberOf(const Node& node, absl::string_view peer) {
  return node.random(absl::StrCat("session with ", peer)).At(node.incarnation()) | 1;
}

}  // namespace

Session::Session(Node& node, Network& network, Lives& lives, FramePool& frames,
                 RemoteCounters& counters, std::string peer, std::string address,
                 const SessionOptions& options, uint32_t index)
    : node_(node),
      network_(network),
      lives_(lives),
      frames_(frames),
      counters_(counters),
      peer_(std::move(peer)),
      address_(std::move(address)),
      options_(options),
      index_(index),
      number_(NumberOf(node, peer_)),
      backoff_(options.backoff_min) {}

SendResult Session::Send(const Outbound& message) {
  if (message.acknowledged) return SendAcknowledged(message);
  const Way way = Open(message);
  if (way.stream == nullptr) return way.error;
  WireEnvelope envelope{.kind = EnvelopeKind::kTell};
  if (!message.reply_to) {
    const SendResult written = Write(message, way, envelope, nullptr);
    if (written.ok() && WasOvertaken(way) && !RememberLate(way, message.actor)) {
      return {absl::StatusCode::kUnavailable, kBroke, Effect::kMaybe};
    }
    return written;
  }
  envelope.kind = EnvelopeKind::kAsk;
  if (!message.deadline.infinite()) {
    const absl::Duration left = message.deadline - node_.DeadlineIn(absl::ZeroDuration());
    envelope.timeout_nanos = std::max<int64_t>(absl::ToInt64Nanoseconds(left), 1);
  }
  const Ask ask{message.reply_to, message.parse_reply, true};
  return Write(message, way, envelope, &ask);
}

// `envelope` has what `message` does not say; with an `ask`, there will be an answer.
SendResult Session::Write(const Outbound& message, const Way& way, WireEnvelope& envelope,
                          const Ask* ask) {
  envelope.target = message.actor;
  envelope.message_id = message.message;
  envelope.payload = message.bytes;
  envelope.incarnation = message.incarnation;
  envelope.flow = message.flow;
  if (ask != nullptr) {
    envelope.request_id = AddAsk(way.stream, *ask);
    if (envelope.request_id == 0) {  // the credit went with the stream
      return {absl::StatusCode::kUnavailable, kBroke};
    }
  }
  // However the write ends, killed too.
  Unsent unsent = Unsent::kPerhaps;
  absl::Cleanup forget = [this, &envelope, &way, &unsent] { Forget(way, envelope, unsent); };
  std::string frame = frames_.Take();
  EncodeEnvelope(envelope, frame);
  const absl::Status written = way.stream->Write(std::move(frame), message.room_deadline);
  if (!written.ok()) {
    if (!absl::IsUnavailable(written)) unsent = Unsent::kForSure;
    std::move(forget).Invoke();
    return NotWritten(message, way.stream, written);
  }
  std::move(forget).Cancel();
  if (message.ask != nullptr) *message.ask = {index_, envelope.request_id};
  counters_.sent.fetch_add(1, std::memory_order_relaxed);
  return {};
}

// What was not sent is nobody's ask, and uses no credit.
void Session::Forget(const Way& way, const WireEnvelope& envelope, Unsent unsent) {
  Ask forgotten;
  TakeAsk(envelope.request_id, forgotten);
  ReturnCredit(way, envelope.target, unsent);
}

// What was taken for one message that was not sent. A stream's credit ends with it.
void Session::ReturnCredit(const Way& way, absl::string_view actor, Unsent unsent) {
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != way.stream) return;
    waiting = credit_.GiveBack(actor, 1);
    if (!credit_.IsUnderWay(actor)) unsettled_.SettleAll(actor);
    if (unsent == Unsent::kForSure) unsettled_.Withdraw();
  }
  WakeAll(waiting);
}

// --- Tells that are acknowledged.

SendResult Session::SendAcknowledged(const Outbound& message) {
  const uint64_t sequence = BeginSequence();
  const absl::Cleanup settled = [this, sequence] { EndSequence(sequence); };
  uint64_t incarnation = 0;  // of the peer, once it was sent to it
  Effect effect = Effect::kNone;
  while (true) {
    const SendResult result = SendOnce(message, sequence, incarnation, effect);
    if (result.code() != absl::StatusCode::kUnavailable || HasPassed(message.room_deadline)) {
      return result;
    }
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (incarnation != 0 && incarnation_ != incarnation) {
        return {absl::StatusCode::kUnavailable, "its node has started anew", effect};
      }
    }
    // A stream that broke may be followed by another at once, a dial that failed may not.
    Wait wait(node_.scheduler(), "Tell");
    const Instant again = std::min(message.room_deadline, node_.DeadlineIn(options_.backoff_min));
    if (wait.Until(again) != WakeReason::kDeadline) {
      return {absl::StatusCode::kCancelled, "the sender is to stop", effect};
    }
  }
}

// Sends it on the present stream, and waits for the acknowledgement. kUnavailable: it can be sent
// again. `effect` is that of all times so far.
SendResult Session::SendOnce(const Outbound& message, uint64_t sequence, uint64_t& incarnation,
                             Effect& effect) {
  const Way way = Open(message);
  if (way.stream == nullptr) return {way.error.code(), way.error.why(), effect};
  WireEnvelope envelope{.kind = EnvelopeKind::kTell, .sequence = sequence};
  bool is_other_life = false;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != way.stream) return {absl::StatusCode::kUnavailable, kBroke, effect};
    if (incarnation == 0) incarnation = incarnation_;
    is_other_life = incarnation_ != incarnation;
    envelope.settled = *sequences_.begin();
  }
  if (is_other_life) {
    ReturnCredit(way, message.actor, Unsent::kForSure);
    return {absl::StatusCode::kUnavailable, "its node has started anew", effect};
  }
  const ReplyId id = node_.replies().Open();
  Pending<void> acknowledgement(internal::PendingBase(node_, id, message.room_deadline));
  const Ask ask{id, &internal::ParseAnswer<void>, false};
  const SendResult written = Write(message, way, envelope, &ask);
  if (!written.ok()) {
    if (EffectOf(written.status()) == Effect::kMaybe) effect = Effect::kMaybe;
    return {written.code(), written.why(), effect};
  }
  acknowledgement.SentTo(RemoteAsk{index_, envelope.request_id});
  const absl::Status answer = acknowledgement.Await();
  if (answer.ok()) return {};
  if (EffectOf(answer) == Effect::kMaybe) effect = Effect::kMaybe;
  switch (answer.code()) {
    case absl::StatusCode::kNotFound:
      return {answer.code(), "the actor has ended, or there is none", effect};
    case absl::StatusCode::kDeadlineExceeded:
      return {answer.code(), "it was not acknowledged in time", effect};
    default: return {answer.code(), "its node did not take it", effect};
  }
}

uint64_t Session::BeginSequence() {
  const std::lock_guard<SpinLock> lock(lock_);
  sequences_.insert(next_sequence_);
  return next_sequence_++;
}

void Session::EndSequence(uint64_t sequence) {
  const std::lock_guard<SpinLock> lock(lock_);
  sequences_.erase(sequence);
}

// --- The stream.

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
    default: Broke(stream, why); return {absl::StatusCode::kUnavailable, kBroke, Effect::kMaybe};
  }
}

void Session::Probe() {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (asks_.empty()) return;
    stream = stream_;
  }
  if (stream == nullptr) return;
  std::string frame = frames_.Take();
  EncodeEnvelope({.kind = EnvelopeKind::kCancel}, frame);
  const absl::Status status = stream->Write(std::move(frame), Instant());
  if (absl::IsUnavailable(status)) Broke(stream, status);
}

void Session::SendProbe(const RemoteWait& wait, const std::string& probe) {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (wait.ask.number != 0 && !asks_.Has(wait.ask.number)) return;
    stream = stream_;
  }
  if (stream == nullptr) return;
  std::string frame = frames_.Take();
  EncodeEnvelope({.kind = EnvelopeKind::kProbe,
                  .request_id = wait.ask.number,
                  .target = wait.actor,
                  .payload = probe},
                 frame);
  const absl::Status status = stream->Write(std::move(frame), Instant());
  if (absl::IsUnavailable(status)) Broke(stream, status);
}

void Session::FailAsk(uint64_t number, const absl::Status& why) {
  Ask ask;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (!asks_.Take(number, ask)) return;
    withdrawals_.AddUntold(number);
  }
  node_.Answer(ask.reply_to, internal::MakeStatusReply(node_.scheduler().blocks(), why));
  TellWithdrawn();
}

bool Session::is_asking() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return !asks_.empty();
}

size_t Session::asks_in_progress() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return asks_.size();
}

void Session::Lose(const std::string& why) {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    stream = stream_;
  }
  if (stream != nullptr) Broke(stream, absl::UnavailableError(why));
}

void Session::Close() {
  std::shared_ptr<Stream> stream;
  std::vector<Ask> asks;
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    state_ = State::kClosed;
    waiting = credit_.Clear();
    withdrawals_.Clear();
    stream = std::exchange(stream_, nullptr);
    asks = asks_.TakeAll();
  }
  if (stream != nullptr) stream->Close();
  WakeAll(waiting);
  Fail(asks, absl::UnavailableError("this node shuts down"));
}

Session::Way Session::Open(const Outbound& message) {
  {
    Way way;
    const std::lock_guard<SpinLock> lock(lock_);
    if (state_ == State::kConnected && (TakeWay(message, way) || !way.error.ok())) return way;
  }
  return AwaitOpen(message);
}

// With the lock, while there is a stream. False, and no error: without credit.
bool Session::TakeWay(const Outbound& message, Way& way) {
  if (unsettled_.has_gaps() && unsettled_.TakeGap(Sender(), message.actor)) {
    way.error = {absl::StatusCode::kDataLoss, kGap};
    return false;
  }
  if (!credit_.Take(message.actor)) return false;
  way.stream = stream_;
  way.turn = turns_.load(std::memory_order_relaxed) + 1;
  turns_.store(way.turn, std::memory_order_relaxed);
  const uint64_t place = unsettled_.Begin();
  if (IsPlainTell(message)) unsettled_.Remember(Sender(), message.actor, place);
  return true;
}

// A tell was written, and others have begun meanwhile: they may be before it. False: nor is it
// known whether what is said of the stream since was said of it.
bool Session::RememberLate(const Way& way, absl::string_view actor) {
  const std::lock_guard<SpinLock> lock(lock_);
  if (stream_ != way.stream) return false;
  unsettled_.Remember(Sender(), actor, unsettled_.begun());
  return true;
}

Session::Way Session::AwaitOpen(const Outbound& message) {
  Way way;
  while (true) {
    Wait wait(node_.scheduler(), "Send");
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (IsOpen(message, wait.token(), way) || !way.error.ok()) return way;
    }
    const RemoteWait afar{{index_, 0}, message.actor};
    const internal::WaitsAfar waits(wait.worker(), afar);
    const WakeReason reason = wait.Until(message.room_deadline);
    if (reason == WakeReason::kNotified) continue;
    const std::lock_guard<SpinLock> lock(lock_);
    credit_.Leave(message.actor, wait.token());
    if (reason != WakeReason::kDeadline) {
      way.error = {absl::StatusCode::kCancelled, "the sender is to stop"};
    } else if (state_ == State::kConnected) {
      way.error = {absl::StatusCode::kDeadlineExceeded,
                   "the actor's mailbox was full for too long"};
    } else {
      way.error = {absl::StatusCode::kDeadlineExceeded, "its node was not reached in time"};
    }
    return way;
  }
}

// With the lock. False, and no error: `waiter` will be woken to look again.
bool Session::IsOpen(const Outbound& message, WaitToken waiter, Way& way) {
  if (state_ == State::kConnected) {
    if (TakeWay(message, way)) return true;
    if (!way.error.ok()) return false;
    if (HasPassed(message.room_deadline)) {
      way.error = {absl::StatusCode::kResourceExhausted, "the actor's mailbox is full"};
    } else {
      credit_.Await(message.actor, waiter);
    }
    return false;
  }
  if (state_ == State::kClosed) {
    way.error = {absl::StatusCode::kCancelled, "this node shuts down"};
    return false;
  }
  if (state_ == State::kIdle) {
    if (!HasPassed(retry_at_)) {
      way.error = {absl::StatusCode::kUnavailable, "its node could not be dialled just now"};
      return false;
    }
    state_ = State::kDialling;
    // A task of its own dials, so that a sender that gives up takes nobody's stream with it.
    Task::Start(node_, absl::StrCat("dial ", peer_), [self = shared_from_this()] {
      self->Dial();
    }).Unref();
  }
  if (HasPassed(message.room_deadline)) {
    way.error = {absl::StatusCode::kUnavailable, "there is no connection to its node yet"};
  } else {
    waiting_for_dial_.push_back(waiter);
  }
  return false;
}

// And reads until the stream ends.
void Session::Dial() {
  std::shared_ptr<Stream> stream;
  Hello hello;
  uint64_t number = 0;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    number = ++dials_;
  }
  absl::Status status =
      node_.shutting_down() ? absl::CancelledError("this node shuts down") : absl::OkStatus();
  if (status.ok()) {
    absl::StatusOr<std::unique_ptr<Stream>> dialled =
        network_.Dial(address_, node_.DeadlineIn(options_.dial_timeout));
    absl::StatusOr<Hello> greeted =
        dialled.ok() ? Greet(**dialled, number) : absl::StatusOr<Hello>(dialled.status());
    status = greeted.status();
    if (status.ok()) {
      stream = *std::move(dialled);
      hello = *std::move(greeted);
    }
  }
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    waiting.swap(waiting_for_dial_);
    if (state_ == State::kClosed) stream = nullptr;
    if (stream != nullptr) {
      BeginStream(stream, number, hello);
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

// With the lock.
void Session::BeginStream(std::shared_ptr<Stream> stream, uint64_t number, const Hello& hello) {
  state_ = State::kConnected;
  stream_ = std::move(stream);
  stream_number_ = number;
  // Another life knows nothing of the streams before.
  const bool is_same_life = hello.incarnation == incarnation_;
  unsettled_.Resolve(is_same_life ? hello.place.stream : 0, hello.place.settled, is_same_life);
  incarnation_ = hello.incarnation;
  backoff_ = options_.backoff_min;
  retry_at_ = Instant();
}

void Session::LogDial(const absl::Status& why) {
  // The network says whom it dialled too.
  absl::string_view words = why.message();
  absl::ConsumePrefix(&words, absl::StrCat("dial ", address_, ": "));
  node_.log().Write(Severity::kWarning,
                    absl::StrCat("dial ", peer_, " at ", address_, ": ", words));
}

// The stream has that number. What the peer says.
absl::StatusOr<Hello> Session::Greet(Stream& stream, uint64_t number) {
  absl::StatusOr<Hello> hello =
      GreetPeer(node_, stream, peer_, Lane::kMessages, options_.hello_timeout,
                {.session = number_, .stream = number});
  if (absl::IsDeadlineExceeded(hello.status())) ++counters_.late_hello;
  if (hello.ok()) REHEARSE_RETURN_IF_ERROR(lives_.Meet(peer_, hello->incarnation));
  return hello;
}

void Session::Broke(const std::shared_ptr<Stream>& stream, const absl::Status& why) {
  std::vector<Ask> asks;
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;  // told already
    stream_ = nullptr;
    waiting = credit_.Clear();
    withdrawals_.Clear();
    unsettled_.Break(stream_number_);
    if (state_ == State::kConnected) state_ = State::kIdle;
    asks = asks_.TakeAll();  // at once: those that come next are another stream's
  }
  stream->Close();
  WakeAll(waiting);
  Fail(asks, absl::UnavailableError(absl::StrCat("node ", peer_, ": ", why.message())));
}

void Session::WakeAll(const std::vector<WaitToken>& waiting) {
  for (const WaitToken& token : waiting) Waitable::Wake(token, WakeReason::kNotified);
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
