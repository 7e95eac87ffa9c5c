#include "rehearse/net/remote/inbound.h"

#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/watch_desk.h"

namespace rehearse::net {
namespace {

// An error says no more than this.
constexpr size_t kMessageBytesMax = size_t{64} << 10;

// What a message that waits for room takes here beside its bytes, about.
constexpr size_t kHeldOverhead = 256;

// Of why a stream was closed no more is logged: the peer's words may be in it.
constexpr size_t kLoggedBytesMax = 512;

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

Receipt ReceiptOf(const WireEnvelope& envelope) {
  return {std::string(envelope.target), envelope.kind == EnvelopeKind::kAsk, envelope.request_id,
          envelope.sequence};
}

// What may come again is a tell of a session, and is answered.
absl::Status CheckSequence(const WireEnvelope& envelope, const Hello& peer) {
  const bool may_come_again =
      envelope.kind == EnvelopeKind::kTell && envelope.request_id != 0 && peer.place.session != 0;
  if (envelope.sequence == 0 || may_come_again) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("an envelope of kind ", static_cast<int>(envelope.kind), " has sequence ",
                   envelope.sequence, ": only a tell of a session that is to be answered has one"));
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

Inbound::Inbound(const InboundParts& parts, std::unique_ptr<Stream> stream)
    : parts_(parts),
      stream_(std::move(stream)),
      outbox_(std::make_shared<Outbox>(parts.node, parts.counters, stream_)),
      berths_(
          parts.node, *outbox_,
          [this](EnvelopePtr message, const Receipt& receipt, const SendResult& sent) {
            Settle(std::move(message), receipt, sent);
          },
          [this] { TellSuccessor(); }) {}

void Inbound::Serve() {
  absl::Status status = Greet();
  if (status.ok()) {
    Task::Start(parts_.node, absl::StrCat("answers to ", peer_.node), [self = shared_from_this()] {
      self->WriteAnswers();
    }).Unref();
    status = ServeLane();
  } else {
    CountRefusedHello(status);
  }
  if (status.code() != absl::StatusCode::kUnavailable &&
      status.code() != absl::StatusCode::kCancelled) {
    parts_.refusals.Write(parts_.node.DeadlineIn(absl::ZeroDuration()),
                          absl::StrCat("stream from ", stream_->peer(),
                                       " closed: ", status.message().substr(0, kLoggedBytesMax)));
  }
  // Before the peer hears of the end, so that it may come again.
  if (place_ != 0) parts_.peer_streams.Leave(identity_, place_);
  Close();
  {
    const std::lock_guard<SpinLock> lock(lock_);
    is_read_ = false;
  }
  TellSuccessor();
}

void Inbound::Close() {
  outbox_->Close();
  berths_.Close();
  stream_->Close();
  CancelAll();
}

void Inbound::Answer(uint64_t request_id, std::string frame) {
  OpenAsk ask;
  EndAsk(request_id, ask);
  outbox_->Add(std::move(frame), 1);
}

absl::Status Inbound::Greet() {
  const Instant deadline = parts_.node.DeadlineIn(parts_.options.hello_timeout);
  absl::StatusOr<std::string> frame = stream_->Read(deadline);
  if (absl::IsDeadlineExceeded(frame.status())) return NoHello(parts_.options.hello_timeout);
  if (!frame.ok()) return frame.status();
  REHEARSE_ASSIGN_OR_RETURN(peer_, ParseHello(*frame));
  if (!parts_.peers.MayBe(peer_.node, stream_->peer())) {
    return absl::PermissionDeniedError(
        absl::StrCat("it says that it is node ", peer_.node, ", whose address is another"));
  }
  if (parts_.peers.Vouches(peer_.node, stream_->peer())) vouched_for_ = peer_.node;
  if (!parts_.permissions.MayConnect(vouched_for_)) {
    return absl::PermissionDeniedError(absl::StrCat("node ", peer_.node, " is not let in"));
  }
  identity_ = PeerBook::IdentityOf(peer_.node, stream_->peer());
  REHEARSE_RETURN_IF_ERROR(TakePlace());
  StreamPlace last;
  if (peer_.place.session != 0) {
    REHEARSE_RETURN_IF_ERROR(Succeed(deadline));
    std::tie(last.stream, last.settled) = parts_.successions.Kept(session_key());
  }
  return stream_->Write(HelloFrame(parts_.node, peer_.lane, last), deadline);
}

absl::Status Inbound::TakePlace() {
  // Where it could be anybody, nobody's streams are closed on its word.
  const uint64_t life = PeerBook::IsProven(stream_->peer()) ? peer_.incarnation : 0;
  place_ = parts_.peer_streams.Enter(identity_, life, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Close();
  });
  if (place_ != 0) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("node ", peer_.node, " has ", PeerStreams::kMax, " streams here already"));
}

absl::Status Inbound::Succeed(Instant deadline) {
  std::shared_ptr<Inbound> last;
  if (!parts_.successions.Follow(session_key(), weak_from_this(), last)) {
    return absl::ResourceExhaustedError(absl::StrCat("node ", peer_.node, ": ",
                                                     Successions::kWaitingMax,
                                                     " streams of its session wait already"));
  }
  {
    const std::lock_guard<SpinLock> lock(lock_);
    before_ = last;
  }
  // However it ends, killed too.
  absl::Cleanup give_up = [this, &last] {
    last = FirstToEnd(std::move(last));
    {
      const std::lock_guard<SpinLock> lock(lock_);
      before_ = last;
    }
    parts_.successions.GiveUp(session_key(), this, last);
  };
  if (last != nullptr) {
    last->Close();
    REHEARSE_RETURN_IF_ERROR(last->AwaitEnd(deadline));
  }
  std::move(give_up).Cancel();
  parts_.successions.Arrive(session_key());
  const std::lock_guard<SpinLock> lock(lock_);
  before_ = nullptr;
  return absl::OkStatus();
}

std::shared_ptr<Inbound> Inbound::FirstToEnd(std::shared_ptr<Inbound> stream) {
  while (stream != nullptr && stream->HasEnded()) stream = stream->before();
  return stream;
}

bool Inbound::HasEnded() {
  const std::lock_guard<SpinLock> lock(lock_);
  return !is_read_ && berths_.empty();
}

std::shared_ptr<Inbound> Inbound::before() {
  const std::lock_guard<SpinLock> lock(lock_);
  return before_;
}

// One that has ended without having seen the one before it end leaves that to its successor.
absl::Status Inbound::AwaitEnd(Instant deadline) {
  REHEARSE_RETURN_IF_ERROR(AwaitOwnEnd(deadline));
  for (std::shared_ptr<Inbound> next = before(); next != nullptr; next = next->before()) {
    REHEARSE_RETURN_IF_ERROR(next->AwaitOwnEnd(deadline));
  }
  return absl::OkStatus();
}

absl::Status Inbound::AwaitOwnEnd(Instant deadline) {
  while (true) {
    Wait wait(parts_.node.scheduler(), "the stream before");
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (!is_read_ && berths_.empty()) break;
      successor_ = wait.token();
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "end the stream before");
  }
  KeepSettled();  // it may be just about to
  return absl::OkStatus();
}

void Inbound::KeepSettled() {
  if (peer_.place.session == 0 || peer_.place.stream == 0 || reading_ == 0) return;
  uint64_t settled = 0;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    settled = arrivals_.Settled(done_.load(std::memory_order_relaxed));
  }
  parts_.successions.Keep(session_key(), peer_.place.stream, settled);
}

void Inbound::TellSuccessor() {
  if (HasEnded()) KeepSettled();
  WaitToken successor;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    successor = std::exchange(successor_, {});
  }
  Waitable::Wake(successor, WakeReason::kNotified);
}

void Inbound::CountRefusedHello(const absl::Status& why) {
  switch (why.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled: return;
    case absl::StatusCode::kDeadlineExceeded: ++parts_.counters.late_hello; return;
    default: ++parts_.counters.refused_hello;
  }
}

absl::Status Inbound::ServeLane() {
  switch (peer_.lane) {
    case Lane::kMessages: return ServeMessages();
    case Lane::kLives: return ServeLives();
    default: return ServeOther();
  }
}

absl::Status Inbound::ServeLives() {
  const auto desk = std::make_shared<WatchDesk>(parts_.node, parts_.peers, parts_.permissions,
                                                parts_.links, outbox_, *stream_, peer_,
                                                vouched_for_, 2 * parts_.options.lost_after);
  const absl::Status status = desk->Serve();
  if (!absl::IsUnavailable(status) && !absl::IsCancelled(status)) {
    ++parts_.counters.refused_signal;
  }
  return status;
}

absl::Status Inbound::ServeOther() {
  const std::shared_ptr<LaneService> service = parts_.lanes.Find(peer_.lane);
  if (service != nullptr) return service->Serve(peer_, *stream_, outbox_);
  return absl::UnavailableError("nobody here serves streams of this kind");
}

absl::Status Inbound::ServeMessages() {
  while (true) {
    REHEARSE_RETURN_IF_ERROR(outbox_->AwaitRoom());
    absl::StatusOr<std::string> frame = stream_->Read();
    if (!frame.ok()) return frame.status();
    REHEARSE_RETURN_IF_ERROR(OnFrame(*frame));
    parts_.frames.GiveBack(*std::move(frame));
  }
}

absl::Status Inbound::OnFrame(std::string& frame) {
  absl::StatusOr<WireEnvelope> envelope = DecodeEnvelope(frame);
  if (!envelope.ok()) {
    ++parts_.counters.refused_envelope;
    return envelope.status();
  }
  if (const absl::Status status = CheckSequence(*envelope, peer_); !status.ok()) {
    ++parts_.counters.refused_envelope;
    return status;
  }
  switch (envelope->kind) {
    case EnvelopeKind::kTell:
    case EnvelopeKind::kAsk: return DeliverNext(*envelope, frame);
    case EnvelopeKind::kCancel: OnCancel(envelope->request_id); return absl::OkStatus();
    case EnvelopeKind::kProbe: return OnProbe(*envelope);
    default: break;
  }
  ++parts_.counters.refused_envelope;
  return absl::DataLossError(
      absl::StrCat("an envelope of kind ", static_cast<int>(envelope->kind), " is no request"));
}

absl::Status Inbound::DeliverNext(const WireEnvelope& envelope, std::string& frame) {
  ++reading_;
  REHEARSE_RETURN_IF_ERROR(Deliver(envelope, frame));
  done_.store(reading_, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status Inbound::Deliver(const WireEnvelope& envelope, std::string& frame) {
  parts_.counters.received.fetch_add(1, std::memory_order_relaxed);
  Node& node = parts_.node;
  if (!parts_.permissions.MaySend(vouched_for_, envelope.message_id)) {
    ++parts_.counters.forbidden_message;
    Refuse(ReceiptOf(envelope), absl::PermissionDeniedError(absl::StrCat(
                                    "node ", node.name(), " takes no message ",
                                    envelope.message_id.ToString(), " of node ", peer_.node)));
    return absl::OkStatus();
  }
  if (envelope.incarnation != 0 && envelope.incarnation != node.incarnation()) {
    ++parts_.counters.unknown_actor;
    Refuse(ReceiptOf(envelope),
           absl::NotFoundError(absl::StrCat("actor ", envelope.target, " was of incarnation ",
                                            envelope.incarnation, " of node ", node.name(),
                                            ", which is over")));
    return absl::OkStatus();
  }
  const internal::Export target = node.FindExport(envelope.target, envelope.message_id);
  if (!target.cell) {
    ++parts_.counters.unknown_actor;
    Refuse(ReceiptOf(envelope), absl::NotFoundError(absl::StrCat("no actor ", envelope.target,
                                                                 " on node ", node.name())));
    return absl::OkStatus();
  }
  const size_t method = target.Find(envelope.message_id);
  if (method == target.method_count) {
    ++parts_.counters.unknown_message;
    return RefuseForGood(envelope, absl::InvalidArgumentError(absl::StrCat(
                                       "actor ", envelope.target, " on node ", node.name(),
                                       " takes no message ", envelope.message_id.ToString())));
  }
  return Take(envelope, frame, target, method);
}

// The message, which `target` takes as its `method`.
absl::Status Inbound::Take(const WireEnvelope& envelope, std::string& frame,
                           const internal::Export& target, size_t method) {
  const internal::RemoteMethod& to = target.methods[method];
  BlockPool& pool = parts_.node.scheduler().blocks();
  const bool is_ask = envelope.kind == EnvelopeKind::kAsk;
  const bool is_followed = envelope.flow != 0 && internal::CurrentObserver() != nullptr;
  const bool with_ask = is_ask || is_followed;
  // The envelope without what the message takes along with the frame, and may be done with before
  // this is. Of its payload only the size is asked for.
  WireEnvelope kept = envelope;
  std::string kept_target;
  if (to.adopt != nullptr) {
    kept_target = std::string(envelope.target);
    kept.target = kept_target;
  }
  absl::StatusOr<EnvelopePtr> message =
      to.adopt != nullptr ? to.adopt(pool, *target.table[method], frame, envelope.payload, with_ask)
                          : to.parse(pool, *target.table[method], envelope.payload, with_ask);
  if (!message.ok()) {
    ++parts_.counters.bad_message;
    return RefuseForGood(kept, message.status());
  }
  if (is_ask && !Owe(kept, to, target.cell, **message)) {
    ++parts_.counters.refused_envelope;
    return absl::DataLossError(
        absl::StrCat("ask ", kept.request_id, " is in progress, and there is another of it"));
  }
  internal::MarkArrival(**message, kept.flow);
  if (kept.sequence == 0 || IsNew(kept)) Put(target.cell, kept, *std::move(message));
  return absl::OkStatus();
}

// `message` is an ask: its answer is owed to the peer. False: one of that number is in progress.
bool Inbound::Owe(const WireEnvelope& envelope, const internal::RemoteMethod& method,
                  const internal::CellRef& actor, Envelope& message) {
  const ReplyId reply_to = parts_.answers.Add({shared_from_this(), envelope.request_id, &method});
  bool is_new = false;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    is_new = asks_.Add(envelope.request_id, {reply_to, internal::WeakCell(actor)});
  }
  if (!is_new) {
    parts_.answers.Take(reply_to);
    return false;
  }
  outbox_->BeginAsk();
  message.ask().reply_to = reply_to;
  if (envelope.timeout_nanos == 0) return true;
  message.ask().deadline = parts_.node.DeadlineIn(absl::Nanoseconds(envelope.timeout_nanos));
  return true;
}

bool Inbound::EndAsk(uint64_t request_id, OpenAsk& ask) {
  const std::lock_guard<SpinLock> lock(lock_);
  return asks_.Take(request_id, ask);
}

// Its asker has given up. It is answered all the same, so that he knows that no other answer comes;
// whoever handles it is told, or has the answer ready already.
void Inbound::OnCancel(uint64_t request_id) {
  OpenAsk ask;
  if (!EndAsk(request_id, ask)) return;
  if (parts_.answers.Take(ask.reply_to).to == nullptr) return;
  ++parts_.counters.withdrawn_asks;
  internal::GiveUpAnswer(*ask.actor.get(), ask.reply_to);
  outbox_->Add(ErrorFrame(request_id, FrameworkError(absl::CancelledError("its asker gave it up"),
                                                     Effect::kMaybe)),
               1);
}

// It follows an ask that came on this stream, or is for an actor whose mailbox has no room. Of one
// that is over, or whose answer somebody else has to give now, there is nothing to be found out.
absl::Status Inbound::OnProbe(const WireEnvelope& envelope) {
  absl::StatusOr<RingProbe> probe = RingProbe::Parse(envelope.payload);
  if (!probe.ok() || !IsInBounds(*probe)) {
    ++parts_.counters.refused_envelope;
    return probe.ok()
               ? absl::DataLossError("a probe has no look, no hops or too many, or names too long")
               : probe.status();
  }
  // The last who waits is of the node that sends it on.
  const RingHop& last = probe->hops.back();
  const bool is_its_own = last.node == peer_.node && last.incarnation == peer_.incarnation &&
                          last.afar && last.is_ask == (envelope.request_id != 0);
  if (!is_its_own) return absl::OkStatus();
  internal::WeakCell actor;
  if (envelope.request_id == 0) {
    actor = parts_.node.FindExported(envelope.target);
  } else {
    const std::lock_guard<SpinLock> lock(lock_);
    const OpenAsk* const ask = asks_.Find(envelope.request_id);
    if (ask != nullptr && parts_.answers.IsTheActors(ask->reply_to)) actor = ask->actor;
  }
  if (actor.get() != nullptr) parts_.rings.Arrived(*actor.get(), *std::move(probe));
  return absl::OkStatus();
}

// The stream is over, and with it the asks that came on it.
void Inbound::CancelAll() {
  std::vector<OpenAsk> asks;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    asks = asks_.TakeAll();
  }
  for (const OpenAsk& ask : asks) {
    if (parts_.answers.Take(ask.reply_to).to == nullptr) continue;
    ++parts_.counters.withdrawn_asks;
    internal::GiveUpAnswer(*ask.actor.get(), ask.reply_to);
  }
}

bool Inbound::IsNew(const WireEnvelope& envelope) {
  switch (
      parts_.receipts.Look(identity_, peer_.place.session, envelope.sequence, envelope.settled)) {
    case Receipts::Verdict::kNew: return true;
    case Receipts::Verdict::kHere:
      GiveCredit(envelope.target);
      Acknowledge(ReceiptOf(envelope));
      return false;
    case Receipts::Verdict::kTooMany: break;
  }
  Refuse(ReceiptOf(envelope),
         absl::ResourceExhaustedError(absl::StrCat("more than ", Receipts::kRangesMax,
                                                   " messages that may come again wait for room")));
  return false;
}

// In its actor's mailbox, if there is room, and else in its berth.
void Inbound::Put(const internal::CellRef& actor, const WireEnvelope& envelope,
                  EnvelopePtr message) {
  if (!berths_.Holds(*actor)) {
    const SendResult sent = actor->TrySend(message);
    if (sent.code() != absl::StatusCode::kResourceExhausted || !actor->waits_for_room()) {
      if (sent.ok() && (envelope.request_id == 0 || envelope.kind == EnvelopeKind::kAsk)) {
        done_.store(reading_, std::memory_order_release);
        return GiveCredit(envelope.target);
      }
      return Settle(std::move(message), ReceiptOf(envelope), sent);
    }
  }
  ++parts_.counters.held_messages;
  Receipt receipt = ReceiptOf(envelope);
  receipt.place = reading_;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    arrivals_.Hold(receipt.target, receipt.place);
  }
  berths_.Put(actor, std::move(message), receipt,
              envelope.payload.size() + envelope.target.size() + kHeldOverhead, shared_from_this());
}

// One message more takes up no room here; of one that has waited, its place. The peer may send
// others for it.
void Inbound::GiveCredit(absl::string_view target, uint64_t held_place) {
  std::vector<CreditIn::Due> all_due;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (held_place != 0) arrivals_.LetGo(target, held_place);
    if (!credit_.Spend(target)) return;
    all_due = credit_.TakeDue();
    const uint64_t done = done_.load(std::memory_order_acquire);
    for (CreditIn::Due& due : all_due) due.settled = arrivals_.SettledOf(due.actor, done);
  }
  for (const CreditIn::Due& due : all_due) {
    std::string frame;
    EncodeEnvelope({.kind = EnvelopeKind::kRoom,
                    .request_id = due.count,
                    .target = due.actor,
                    .settled = due.settled},
                   frame);
    outbox_->Add(std::move(frame));
  }
}

void Inbound::Settle(EnvelopePtr message, const Receipt& receipt, const SendResult& sent) {
  if (receipt.place != 0 && !sent.ok()) {
    const std::lock_guard<SpinLock> lock(lock_);
    // Of others the sender hears that they have no answer.
    if (sent.code() == absl::StatusCode::kCancelled && receipt.request_id == 0) {
      arrivals_.Drop(receipt.place);
    } else {
      arrivals_.LetGo(receipt.target, receipt.place);
    }
  }
  if (sent.ok()) {
    GiveCredit(receipt.target, receipt.place);
    if (receipt.request_id != 0 && !receipt.is_ask) Acknowledge(receipt);
    return;
  }
  if (receipt.is_ask) {
    OpenAsk ask;
    const bool was_open = EndAsk(receipt.request_id, ask);
    if (!was_open || parts_.answers.Take(message->TakeReplyTo()).to == nullptr) {
      return GiveCredit(receipt.target);  // it was given up meanwhile
    }
    outbox_->EndAsk();
  }
  Refuse(receipt, sent.status());
}

// A mailbox has it.
void Inbound::Acknowledge(const Receipt& receipt) {
  if (receipt.sequence != 0) parts_.receipts.Keep(identity_, peer_.place.session, receipt.sequence);
  std::string frame;
  EncodeEnvelope({.kind = EnvelopeKind::kReply, .request_id = receipt.request_id}, frame);
  outbox_->Add(std::move(frame));
}

void Inbound::Refuse(const Receipt& receipt, const absl::Status& status) {
  GiveCredit(receipt.target);
  if (receipt.request_id != 0) {
    return outbox_->Add(ErrorFrame(receipt.request_id, FrameworkError(status, Effect::kNone)));
  }
  parts_.node.dead_letters().Add({"a message from another node", {}, "its actor did not take it"});
}

// The peer speaks another protocol than the actor. It is told so first: it may be another version
// of ourselves.
absl::Status Inbound::RefuseForGood(const WireEnvelope& envelope, const absl::Status& status) {
  if (envelope.request_id != 0) {
    REHEARSE_RETURN_IF_ERROR(
        stream_->Write(ErrorFrame(envelope.request_id, FrameworkError(status, Effect::kNone))));
  } else {
    Refuse(ReceiptOf(envelope), status);
  }
  return status;
}

void Inbound::WriteAnswers() {
  outbox_->WriteQueued();
  Close();
}

}  // namespace rehearse::net
