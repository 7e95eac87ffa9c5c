#include "rehearse/actor/internal/send.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/internal/asker.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/park.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {
namespace {

// Each send is work that the present activation has done.
inline void ChargeSend() {
  if (Worker* const worker = CurrentWorker(); worker != nullptr) --worker->budget;
}

[[gnu::always_inline]] inline void SignAndCharge(Worker& worker, Envelope& envelope) {
  --worker.budget;
  if (const Strand* const sender = worker.current().strand(); sender != nullptr) {
    envelope.sender = sender->actor_id();
  }
  StampIfObserved(worker, envelope);
}

[[gnu::always_inline]] inline void SignAndCharge(Envelope& envelope) {
  if (Worker* const worker = CurrentWorker(); worker != nullptr) SignAndCharge(*worker, envelope);
}

inline Instant AnswerDeadline(Node& node, absl::Duration timeout) {
  Instant deadline = Instant::Infinite();
  if (timeout != absl::InfiniteDuration()) deadline = node.DeadlineIn(timeout);
  if (Cell* const self = CurrentCell(); self != nullptr) {
    deadline = std::min(deadline, self->current_deadline());
  }
  return deadline;
}

inline absl::Duration ReplyTimeoutOf(const Cell& cell, const AskOptions& options) {
  return options.reply_timeout == absl::InfiniteDuration() ? cell.reply_timeout()
                                                           : options.reply_timeout;
}

Instant RoomDeadline(Node& node, const AskOptions& options, Instant answer) {
  if (options.mailbox_timeout == absl::InfiniteDuration()) return answer;
  return std::min(answer, node.DeadlineIn(options.mailbox_timeout));
}

// A Tell that failed at once may wait, and does when its actor has used up its turn.
void RestIfSpent(Patience patience) {
  Worker* const worker = CurrentWorker();
  if (patience == Patience::kTries || worker == nullptr || worker->budget > 0) return;
  Rest();
  worker->budget = worker->options().quantum;
}

// How far a handler may go beyond its turn before its sends let others run.
constexpr int32_t kSentBeyond = 128;

// So who sends, or spawns, without end starves nobody, and what it makes is used up as it goes.
[[gnu::noinline, gnu::cold]] void YieldIfMay(Worker& worker, Patience patience) {
  const Strand* const strand = worker.current().strand();
  if (patience == Patience::kTries || strand == nullptr || worker.unwinding()) return;
  if (strand->kill_requested()) return Rest();
  worker.Yield();
}

// A block for a payload of `ops` with an envelope's.
template <bool kWithAsk>
[[gnu::noinline, gnu::cold]] void* BlockTheLongWay(BlockPool& pool, const MessageOps& ops) {
  REHEARSE_CHECK(ops.payload_bytes != 0,
                 "a ref sent a message whose ops don't say how large it is");
  return AllocateBlock(pool, kWithAsk ? ops.ask_class : ops.tell_class,
                       EnvelopeBlock<0, kWithAsk>::kBytes + ops.payload_bytes);
}

template <bool kWithAsk>
[[gnu::always_inline]] inline Envelope& PackInto(void* block, const MessageOps& ops,
                                                 const void* message, MessageOps::Put put) {
  Blank blank(block, ops, kWithAsk ? ops.ask_class : ops.tell_class, kWithAsk);
  put(blank.place(), const_cast<void*>(message));
  return *blank.Fill();
}

// On `worker`, which belongs to the receiver's scheduler.
template <bool kWithAsk>
[[gnu::always_inline]] inline Envelope& PackOn(Worker& worker, const MessageOps& ops,
                                               const void* message, MessageOps::Put put) {
  void* block = worker.magazine().AtHand(kWithAsk ? ops.ask_class : ops.tell_class);
  if (block == nullptr) [[unlikely]] {
    block = BlockTheLongWay<kWithAsk>(worker.magazine().pool(), ops);
  }
  return PackInto<kWithAsk>(block, ops, message, put);
}

// Wherever it is called.
template <bool kWithAsk>
Envelope& Pack(const Cell& to, const MessageOps& ops, const void* message, MessageOps::Put put) {
  BlockPool& pool = to.domain().scheduler().blocks();
  return PackInto<kWithAsk>(BlockTheLongWay<kWithAsk>(pool, ops), ops, message, put);
}

// The calling thread's worker, if `to` is of its scheduler; else null.
[[gnu::always_inline]] inline Worker* WorkerOf(const Cell& to) {
  Worker* const worker = CurrentWorker();
  return worker != nullptr && &worker->scheduler() == &to.domain().scheduler() ? worker : nullptr;
}

// The message goes back to where it came from, which is as if it had never left.
void PutBack(Envelope& envelope, void* message) noexcept {
  const MessageOps& ops = *envelope.ops;
  if (ops.assign != nullptr) return ops.assign(message, envelope.payload());
  if (ops.destroy != nullptr) ops.destroy(message);
  ops.put(message, envelope.payload());
}

// The mailbox is full, or closed.
[[gnu::noinline, gnu::cold]] SendResult TellRefused(Cell& cell, Envelope& envelope,
                                                    const void* message, MessageOps::Put put,
                                                    Patience patience,
                                                    Instant deadline = Instant::Infinite()) {
  // While this waits, it may be unwound.
  EnvelopePtr owned(&envelope);
  const SendResult result =
      patience == Patience::kWaits ? cell.Send(owned, deadline) : cell.TrySend(owned);
  if (result.ok()) return result;
  CountDeadLetter(cell.node(), *owned, cell.actor_id(), "the mailbox did not take it");
  RestIfSpent(patience);
  if (put == owned->ops->put) PutBack(*owned, const_cast<void*>(message));
  return result;
}

SendResult NobodyToTell(Patience patience) {
  ChargeSend();
  RestIfSpent(patience);
  return {absl::StatusCode::kNotFound, "the ref names no actor"};
}

// Whether that was all.
inline bool IsIn(Mailbox::Push push) {
  return push == Mailbox::Push::kQueued || push == Mailbox::Push::kQueuedFirst;
}

// By a plain thread, another scheduler's worker, or a ref that names nobody.
[[gnu::noinline]] SendResult TellFromElsewhere(Cell* to, const MessageOps& ops, const void* message,
                                               MessageOps::Put put, Patience patience) {
  if (to == nullptr) return NobodyToTell(patience);
  Envelope& envelope = Pack<false>(*to, ops, message, put);
  SignAndCharge(envelope);
  if (IsIn(to->Push(envelope))) return {};
  return TellRefused(*to, envelope, message, put, patience);
}

absl::Status NobodyToAsk() {
  return FrameworkError(absl::NotFoundError("ask: the ref names no actor"), Effect::kNone);
}

absl::Status AskedItself(const Cell& cell) {
  return FrameworkError(
      absl::FailedPreconditionError(absl::StrCat(
          cell.Describe(), " asked itself: it can't answer while it waits; call the handler")),
      Effect::kNone);
}

// An ask that would wait for itself.
absl::Status AskInCircle(const Cell& cell, absl::string_view cycle) {
  return FrameworkError(
      absl::FailedPreconditionError(absl::StrCat(
          "ask of ", cell.Describe(), ": each waits for the next, and none can answer: ", cycle)),
      Effect::kNone);
}

// Why the code on `worker`, which may be null, can't wait for `cell`: it is that actor, or that
// actor waits for it. OK: it can.
[[gnu::noinline, gnu::cold]] absl::Status CycleBy(Worker& worker, Cell& cell) {
  Cell* const self = CellOn(worker);
  if (self == nullptr) return absl::OkStatus();
  if (self == &cell) return AskedItself(cell);
  if (!cell.open()) return absl::OkStatus();  // the mailbox has the answer
  const std::string cycle = CycleThrough(*self, cell);
  return cycle.empty() ? absl::OkStatus() : AskInCircle(cell, cycle);
}

// Why the calling code can't wait for a turn of `cell`'s life.
absl::Status LifeCycleBy(Cell& cell) {
  Worker* const worker = CurrentWorker();
  Cell* const self = CurrentCell();
  if (self == &cell) {
    return FrameworkError(
        absl::FailedPreconditionError(absl::StrCat(
            cell.Describe(), " waited for its own start or end: it can't come while it waits")),
        Effect::kNone);
  }
  if (self == nullptr || !MayClose(*worker, cell)) return absl::OkStatus();
  const std::string cycle = CycleThrough(*self, cell);
  if (cycle.empty()) return absl::OkStatus();
  return FrameworkError(
      absl::FailedPreconditionError(absl::StrCat(
          "wait for ", cell.Describe(), ": each waits for the next, and none can go on: ", cycle)),
      Effect::kNone);
}

absl::Status AskRefused(const Cell& cell, const SendResult& result) {
  const absl::Status status = result.status();
  return FrameworkError(
      absl::Status(status.code(), absl::StrCat("ask of ", cell.Describe(), ": ", status.message())),
      Effect::kNone);
}

}  // namespace

BlockPool& BlocksOf(Node& node) { return node.scheduler().blocks(); }

void DeliverAnswer(Node& node, ReplyId reply_to, EnvelopePtr&& reply) {
  node.Answer(reply_to, std::move(reply));
}

void AnswerDropped(Node& node, ReplyId reply_to) {
  node.Answer(reply_to,
              MakeStatusReply(node.scheduler().blocks(),
                              FrameworkError(absl::AbortedError("the handler dropped its reply"),
                                             Effect::kMaybe)));
}

void AnswerRefused(Node& node, ReplyId reply_to, absl::Status why) {
  node.Answer(reply_to, MakeStatusReply(node.scheduler().blocks(),
                                        FrameworkError(std::move(why), Effect::kNone)));
}

namespace {

absl::Status NotHere(const Cell& cell, absl::string_view what) {
  return FrameworkError(absl::FailedPreconditionError(absl::StrCat(
                            what, " of ", cell.Describe(), ": another node's: use Monitor")),
                        Effect::kNone);
}

// Why the calling code can't wait, as `what` says, until `cell` has come to `turn` of its life. OK:
// it can, or need not.
absl::Status CanAwait(const CellRef& cell, absl::string_view what, Cell::Phase turn) {
  if (!cell) {
    return FrameworkError(absl::NotFoundError(absl::StrCat(what, ": the ref names no actor")),
                          Effect::kNone);
  }
  if (cell->stands_for() != nullptr) return NotHere(*cell, what);
  return cell->phase() >= turn ? absl::OkStatus() : LifeCycleBy(*cell);
}

}  // namespace

absl::StatusOr<ExitReason> JoinCell(const CellRef& cell, absl::Duration timeout) {
  if (absl::Status status = CanAwait(cell, "join", Cell::Phase::kEnded); !status.ok()) {
    Rest();
    return status;
  }
  const Instant deadline =
      timeout == absl::InfiniteDuration() ? Instant::Infinite() : cell->node().DeadlineIn(timeout);
  switch (const WakeReason reason = cell->WaitForEnd(deadline)) {
    case WakeReason::kNotified: return cell->exit_reason();
    case WakeReason::kDeadline:
      return FrameworkError(
          absl::DeadlineExceededError(absl::StrCat("join: ", cell->Describe(), " still lives")),
          Effect::kNone);
    default:
      return FrameworkError(WaitStatus(reason, absl::StrCat("join of ", cell->Describe())),
                            Effect::kNone);
  }
}

absl::Status AwaitStartOfCell(const CellRef& cell, absl::Duration timeout) {
  if (absl::Status status = CanAwait(cell, "start", Cell::Phase::kRunning); !status.ok()) {
    Rest();
    return status;
  }
  const WakeReason reason = cell->WaitForStart(cell->node().DeadlineIn(timeout));
  if (reason != WakeReason::kNotified) {
    return FrameworkError(WaitStatus(reason, absl::StrCat("start of ", cell->Describe())),
                          Effect::kNone);
  }
  if (cell->phase() != Cell::Phase::kEnded || !cell->failed_to_start()) return absl::OkStatus();
  return FrameworkError(absl::AbortedError(absl::StrCat(
                            cell->Describe(), " did not start: ", cell->exit_reason().ToString())),
                        Effect::kNone);
}

SendResult SendTell(const CellRef& to, const MessageOps& ops, const void* message,
                    MessageOps::Put put, Patience patience) {
  Cell* const cell = to.get();
  Worker* const worker = cell != nullptr ? WorkerOf(*cell) : nullptr;
  if (worker == nullptr) [[unlikely]] {
    return TellFromElsewhere(cell, ops, message, put, patience);
  }
  // For the refused alone: in memory, so that no register must be saved for it.
  struct {
    const void* message;
    MessageOps::Put put;
    Patience patience;
  } aside = {message, put, patience};
  asm("" : "+m"(aside));
  Envelope& envelope = PackOn<false>(*worker, ops, message, put);
  SignAndCharge(*worker, envelope);
  if (IsIn(cell->PushOn(*worker, envelope))) [[likely]] {
    if (worker->budget <= -kSentBeyond) [[unlikely]] {
      YieldIfMay(*worker, aside.patience);
    }
    return {};
  }
  return TellRefused(*cell, envelope, aside.message, aside.put, aside.patience);
}

SendResult SendTellWithin(const CellRef& to, const MessageOps& ops, const void* message,
                          MessageOps::Put put, absl::Duration timeout) {
  if (!to) return NobodyToTell(Patience::kWaits);
  Envelope& envelope = Pack<false>(*to, ops, message, put);
  SignAndCharge(envelope);
  if (IsIn(to->Push(envelope))) return {};
  const SendResult result =
      TellRefused(*to, envelope, message, put, Patience::kWaits, to->node().DeadlineIn(timeout));
  if (result.code() != absl::StatusCode::kResourceExhausted) return result;
  return {absl::StatusCode::kDeadlineExceeded, "the actor's mailbox was full for too long"};
}

struct Nothing {};
const MessageOps kStopInOrder = {"stop in order",
                                 [](Cell& cell, Envelope&) {
                                   cell.RequestExit({ExitReason::Kind::kStopped, ""});
                                 },
                                 nullptr, kPut<Nothing>, sizeof(Nothing)};

SendResult TellToStop(const CellRef& cell) {
  return TellTo<Nothing>(cell, kStopInOrder, Nothing(), Patience::kWaits);
}

namespace {

absl::Status AskForNobody() { return FrameworkError(AskerHasLeftError("ask"), Effect::kNone); }

// An ask that is ready to go.
PendingBase Request(Cell& cell, EnvelopePtr envelope, const AskOptions& options) {
  SignAndCharge(*envelope);
  if (&cell == CurrentCell()) return PendingBase(AskedItself(cell));
  if (AskerHasLeft()) return PendingBase(AskForNobody());
  Node& node = cell.node();
  const Instant deadline = AnswerDeadline(node, ReplyTimeoutOf(cell, options));
  const ReplyId id = node.replies().Open();
  PendingBase pending(node, id, deadline);
  envelope->ask() = {.reply_to = id, .deadline = deadline};
  const SendResult result = cell.Send(envelope, RoomDeadline(node, options, deadline));
  if (result.ok()) {
    pending.SentTo(cell);
    return pending;
  }
  pending.Cancel();
  return PendingBase(AskRefused(cell, result));
}

[[gnu::always_inline]] inline WakeReason UntilAnswered(Wait& wait, Cell& cell, Instant deadline) {
  if (wait.worker() == nullptr) return wait.UntilInline(deadline);
  const WaitsFor waits(*wait.worker(), cell);
  return wait.UntilInline(deadline);
}

}  // namespace

// Sends `envelope`, an ask, and waits for the answer.
[[gnu::always_inline]] inline EnvelopePtr AwaitAnswer(Cell& cell, EnvelopePtr envelope,
                                                      const AskOptions& options,
                                                      absl::Status& error) {
  SignAndCharge(*envelope);
  if (&cell == CurrentCell()) [[unlikely]] {
    Rest();
    error = AskedItself(cell);
    return nullptr;
  }
  if (AskerHasLeft()) [[unlikely]] {
    Rest();
    error = AskForNobody();
    return nullptr;
  }
  if (Worker* const worker = CurrentWorker(); worker != nullptr && MayClose(*worker, cell))
      [[unlikely]] {
    if (absl::Status cycle = CycleBy(*worker, cell); !cycle.ok()) {
      Rest();
      error = std::move(cycle);
      return nullptr;
    }
  }
  Node& node = cell.node();
  const Instant deadline = AnswerDeadline(node, ReplyTimeoutOf(cell, options));
  {
    Wait wait(node.scheduler(), "Ask");
    envelope->ask() = {.reply_to = WaiterReplyOf(wait.Commit()), .deadline = deadline};
    Worker* const worker = wait.worker();
    const Mailbox::Push push =
        worker != nullptr ? cell.PushOn(*worker, *envelope) : cell.Push(*envelope);
    if (IsIn(push)) [[likely]] {
      envelope.release();
      WaiterReply reply(cell, wait);
      const WakeReason reason = UntilAnswered(wait, cell, deadline);
      EnvelopePtr answer = reply.Take();
      if (answer == nullptr) error = FrameworkError(WaitStatus(reason, "ask"), Effect::kMaybe);
      return answer;
    }
  }
  // There is no room: a wait for it comes first, and needs the fiber for itself.
  return Request(cell, std::move(envelope), options).Wait(error);
}

PendingBase SendAsk(const CellRef& to, const MessageOps& ops, const void* message,
                    MessageOps::Put put, const AskOptions& options) {
  if (!to) return PendingBase(NobodyToAsk());
  Envelope& envelope = Pack<true>(*to, ops, message, put);
  return Request(*to, EnvelopePtr(&envelope), options);
}

EnvelopePtr SendAskAndWait(const CellRef& to, const MessageOps& ops, const void* message,
                           MessageOps::Put put, const AskOptions& options, absl::Status& error) {
  if (!to) [[unlikely]] {
    Rest();
    error = NobodyToAsk();
    return nullptr;
  }
  Worker* const worker = WorkerOf(*to);
  Envelope& envelope = worker != nullptr ? PackOn<true>(*worker, ops, message, put)
                                         : Pack<true>(*to, ops, message, put);
  return AwaitAnswer(*to, EnvelopePtr(&envelope), options, error);
}

void SendForward(Node& node, const CellRef& cell, EnvelopePtr envelope, ReplyId reply_to) {
  SignAndCharge(*envelope);
  absl::Status failed = NobodyToAsk();
  if (cell) {
    Cell* const self = CurrentCell();
    envelope->ask() = {
        .reply_to = reply_to,
        .deadline = self == nullptr ? Instant::Infinite() : self->current_deadline()};
    const SendResult result = cell->TrySend(envelope);
    if (result.ok()) return;
    failed = AskRefused(*cell, result);
  }
  if (!reply_to) return CountDeadLetter(node, *envelope, {}, "it could not be forwarded");
  node.Answer(reply_to, MakeStatusReply(BlocksOf(node), std::move(failed)));
}

namespace {

SendResult RouteTell(const RemoteTarget& target, const Outbound& message, Patience patience) {
  ChargeSend();
  Router* const router = target.from->router();
  if (router == nullptr) {
    RestIfSpent(patience);
    return {absl::StatusCode::kUnavailable, "this node has no network"};
  }
  const SendResult result = router->Send(message);
  if (result.ok()) return result;
  target.from->dead_letters().Add({message.name, {}, "its node did not take it"});
  RestIfSpent(patience);
  return result;
}

}  // namespace

SendResult SendTellRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, Patience patience) {
  const Instant room = patience == Patience::kWaits ? Instant::Infinite() : Instant();
  return RouteTell(target,
                   {.node = target.node,
                    .actor = target.actor,
                    .incarnation = target.incarnation,
                    .message = message,
                    .name = name,
                    .bytes = bytes,
                    .room_deadline = room,
                    .flow = MarkDeparture(*target.from, name)},
                   patience);
}

SendResult SendTellRemoteAcknowledged(const RemoteTarget& target, MessageId message,
                                      absl::string_view name, absl::string_view bytes,
                                      absl::Duration timeout) {
  return RouteTell(target,
                   {.node = target.node,
                    .actor = target.actor,
                    .incarnation = target.incarnation,
                    .message = message,
                    .name = name,
                    .bytes = bytes,
                    .room_deadline = target.from->DeadlineIn(timeout),
                    .flow = MarkDeparture(*target.from, name),
                    .acknowledged = true},
                   Patience::kWaits);
}

PendingBase SendAskRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, ParseReply parse, const AskOptions& options) {
  ChargeSend();
  if (AskerHasLeft()) return PendingBase(AskForNobody());
  Node& node = *target.from;
  Router* const router = node.router();
  if (router == nullptr) {
    return PendingBase(
        FrameworkError(absl::UnavailableError(absl::StrCat("ask of ", target.ToString(),
                                                           ": this node has no network")),
                       Effect::kNone));
  }
  const Instant deadline = AnswerDeadline(node, options.reply_timeout);
  const ReplyId id = node.replies().Open();
  PendingBase pending(node, id, deadline);
  RemoteAsk ask;
  const SendResult result = router->Send({.node = target.node,
                                          .actor = target.actor,
                                          .incarnation = target.incarnation,
                                          .message = message,
                                          .name = name,
                                          .bytes = bytes,
                                          .reply_to = id,
                                          .parse_reply = parse,
                                          .ask = &ask,
                                          .deadline = deadline,
                                          .room_deadline = RoomDeadline(node, options, deadline),
                                          .flow = MarkDeparture(node, name)});
  if (result.ok()) {
    pending.SentTo(ask);
    return pending;
  }
  pending.Cancel();
  const absl::Status status = result.status();
  return PendingBase(FrameworkError(
      absl::Status(status.code(),
                   absl::StrCat("ask of ", target.ToString(), ": ", status.message())),
      EffectOf(status)));
}

}  // namespace rehearse::internal
