#include "rehearse/actor/internal/cell.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/internal/asker.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/internal/remote_target.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {
namespace {

constexpr char kAskerHasLeft[] = "who asked for what the sender does waits no more";

// Whether only the framework sends it.
bool IsNews(const Envelope& envelope) {
  return envelope.ops == &kNudge || envelope.ops == &kStartAwaited || envelope.ops == &kLinkDied ||
         envelope.ops == &kStopInOrder;
}

}  // namespace

const MessageOps kNudge = {"stop", [](Cell&, Envelope&) {}, nullptr};
const MessageOps kStatusReply = {"status", nullptr, kDestroy<absl::Status>};

EnvelopePtr MakeStatusReply(BlockPool& pool, absl::Status status) {
  return EnvelopePtr(MakeEnvelope<absl::Status, false>(pool, kStatusReply, std::move(status)));
}

Cell& ParentToBe() {
  Cell* const cell = CurrentCell();
  REHEARSE_CHECK(cell != nullptr, "SpawnChild was called outside an actor: use Node::Spawn");
  return *cell;
}

// --- Birth and death of the cell itself.

Cell& Cell::Create(Node& node, const ActorClass& actor_class, const CellOptions& options) {
  OwnThreads& own_threads = node.scheduler().own_threads();
  if (options.own_thread && own_threads.possible()) [[unlikely]] {
    CellOptions placed = options;
    placed.own_thread = false;
    placed.worker = own_threads.Take().index();
    return Create(node, actor_class, placed);
  }
  void* const memory =
      AllocateBlock(node.scheduler().blocks(), actor_class.size_class, actor_class.bytes);
  return *new (memory) Cell(node, actor_class, options);
}

uint8_t Cell::SpecialIn(const CellOptions& options) {
  const bool slides =
      options.overflow == Overflow::kDropOldest && options.mailbox_capacity != Mailbox::kUnbounded;
  return static_cast<uint8_t>((options.stop_when_unreferenced ? kStopsUnreferenced : 0) |
                              (slides ? kSlides : 0));
}

Cell::Cell(Node& node, const ActorClass& actor_class, const CellOptions& options)
    : Strand(RunnableTraits{.kind = RunnableKind::kActivation,
                            .priority = options.priority,
                            .fixed = options.worker >= 0},
             node, node.NextActorId()),
      mailbox_(options.mailbox_capacity, !options.prepared),
      unusual_(options.worker >= 0 ? kFixed : 0),
      special_(SpecialIn(options)),
      overflow_(options.overflow),
      worker_(static_cast<uint8_t>(std::max(options.worker, 0))),
      class_(&actor_class),
      parent_(options.parent) {
  if ((unusual_ & kFixed) != 0) SetHome(worker_);
  if (parent_ != nullptr) parent_->Ref();
  if (options.priority != Priority::kNormal) node.scheduler().UsePriorities();
  if (options.reply_timeout != absl::InfiniteDuration()) {
    cold().reply_timeout = options.reply_timeout;
  }
  if (!options.name.empty()) cold().name = std::string(options.name);
  if ((special_ & kSlides) != 0) {
    cold().sliding = std::make_unique<SlidingQueue>(options.mailbox_capacity);
  }
}

size_t Cell::mail_count() const {
  return mailbox_.CountIf([](const Envelope&) { return true; });
}

absl::Duration Cell::ReplyTimeoutIn(const Cold& cold) { return cold.reply_timeout; }

Cell::~Cell() {
  if (parent_ != nullptr) parent_->Unref();
  delete stands_for();
  delete cold_.load(std::memory_order_relaxed);
}

void Cell::Delete() {
  const uint8_t size_class = class_->size_class;
  this->~Cell();
  ReleaseBlock(this, size_class);
}

// From now on it lives by itself. What is in the lane already, of one that was prepared, comes
// after the start.
void Cell::Start(EnvelopePtr start, Cell* link_to) {
  Ref();
  Trace(TraceKind::kSpawn, class_->name);
  JoinFamily();
  {
    const Bias::Access access(bias());
    mailbox_.PutFirst(start.release());
  }
  if (link_to != nullptr) LinkCells(*this, *link_to);
  Activate();
}

void Cell::NeverStart() {
  const Bias::Access access(bias());
  exit_kind_ = ExitReason::Kind::kStopped;
  Refuse(CloseMailbox());
  Announce();
}

Node& Cell::node() const { return static_cast<Node&>(domain()); }

std::string Cell::Describe() const {
  if (const RemoteTarget* const target = stands_for()) return target->ToString();
  const Cold* const cold = cold_.load(std::memory_order_acquire);
  if (cold == nullptr || cold->name.empty()) {
    return absl::StrCat(class_->name, actor_id().ToString(), " on ", node().name());
  }
  return absl::StrCat(cold->name, " (", class_->name, actor_id().ToString(), ") on ",
                      node().name());
}

Cell::Cold& Cell::cold() {
  Cold* cold = cold_.load(std::memory_order_seq_cst);
  if (cold != nullptr) return *cold;
  auto made = std::make_unique<Cold>();
  return cold_.compare_exchange_strong(cold, made.get(), std::memory_order_seq_cst)
             ? *made.release()
             : *cold;
}

Family& Cell::children() { return cold().children; }
Family& Cell::ChildrenIn(Cold& cold) { return cold.children; }

void Cell::JoinFamily() {
  Family& family = parent_ == nullptr ? node().family() : parent_->children();
  const std::lock_guard<SpinLock> lock(family.lock);
  newer_ = nullptr;
  older_ = family.newest;
  if (older_ != nullptr) older_->newer_ = this;
  family.newest = this;
}

void Cell::LeaveFamily() {
  Family& family = parent_ == nullptr ? node().family() : parent_->children();
  const std::lock_guard<SpinLock> lock(family.lock);
  if (newer_ == this) return;
  (newer_ == nullptr ? family.newest : newer_->older_) = older_;
  if (older_ != nullptr) older_->newer_ = newer_;
  newer_ = this;
}

// --- Sending.

// What a sender is told, who has lost `envelope` if it was queued.
SendResult Cell::Pushed(Mailbox::Push push, EnvelopePtr& envelope) {
  switch (push) {
    case Mailbox::Push::kQueued:
    case Mailbox::Push::kQueuedFirst: envelope.release(); break;
    case Mailbox::Push::kFull:
      return {absl::StatusCode::kResourceExhausted, "the actor's mailbox is full"};
    case Mailbox::Push::kClosed: return {absl::StatusCode::kNotFound, "the actor has ended"};
  }
  return {};
}

SendResult Cell::TrySend(EnvelopePtr& envelope) {
  const Mailbox::Push push = Push(*envelope);
  if (push == Mailbox::Push::kFull) return Overflowed(envelope, Instant());
  return Pushed(push, envelope);
}

// `deadline` zero: it is not to wait.
SendResult Cell::Overflowed(EnvelopePtr& envelope, Instant deadline) {
  if (KeepsOwn(envelope)) return {};
  if (overflow_ == Overflow::kDropNewest && !envelope->reply_to()) {
    CountDeadLetter(node(), *envelope, actor_id(), "dropped: the mailbox is full");
    envelope.reset();
    return {};
  }
  if (overflow_ == Overflow::kWait && deadline != Instant()) return WaitForRoom(envelope, deadline);
  return Pushed(Mailbox::Push::kFull, envelope);
}

SendResult Cell::SendSystem(EnvelopePtr& envelope) {
  if (Worker* const worker = CurrentWorker(); worker != nullptr)
    StampIfObserved(*worker, *envelope);
  const Bias::Access access(bias());
  const Mailbox::Push push = mailbox_.PushSystem(*envelope);
  if (push == Mailbox::Push::kQueuedFirst) Activate();
  return Pushed(push, envelope);
}

SendResult Cell::Send(EnvelopePtr& envelope, Instant deadline) {
  const Mailbox::Push push = Push(*envelope);
  if (push == Mailbox::Push::kFull) return Overflowed(envelope, deadline);
  return Pushed(push, envelope);
}

Mailbox::Push Cell::QueueForRoom(RoomWaiter& waiter) {
  const Bias::Access access(bias());
  return mailbox_.QueueForRoom(waiter);
}

SendResult Cell::WaitForRoom(EnvelopePtr& envelope, Instant deadline) {
  if (this == CurrentCell()) {
    return {absl::StatusCode::kFailedPrecondition,
            "an actor told itself with its own mailbox full: nobody could make room"};
  }
  Worker* const worker = CurrentWorker();
  Cell* const self = CurrentCell();
  if (self != nullptr && MayClose(*worker, *this)) {
    if (const std::string cycle = CycleThrough(*self, *this); !cycle.empty()) {
      node().log().Write(Severity::kWarning, absl::StrCat("a tell with no room: each waits for the "
                                                          "next, and none can make any: ",
                                                          cycle));
      return {absl::StatusCode::kFailedPrecondition,
              "the mailbox is full, and its actor waits for this one; the log names the cycle"};
    }
  }
  if (LearnsThatAskerHasLeft()) return {absl::StatusCode::kCancelled, kAskerHasLeft};
  // A destructor during unwinding can't wait: its Tell is a TryTell.
  if (std::uncaught_exceptions() != 0) return Pushed(Mailbox::Push::kFull, envelope);
  Wait wait(node().scheduler(), "Tell");
  RoomWaiter waiter{.envelope = envelope.get(), .token = wait.token()};
  const Mailbox::Push push = QueueForRoom(waiter);
  if (push == Mailbox::Push::kQueuedFirst) Activate();
  if (push != Mailbox::Push::kFull) return Pushed(push, envelope);

  // Killed while it waits, it unwinds through here: out of the line, its message with it.
  struct Leave {
    ~Leave() {
      const Bias::Access access(cell.bias());
      if (!cell.mailbox_.LeaveLine(waiter) && waiter.envelope == nullptr) envelope.release();
    }
    Cell& cell;
    RoomWaiter& waiter;
    EnvelopePtr& envelope;
  };
  WakeReason reason;
  {
    const Leave leave{*this, waiter, envelope};
    std::optional<WaitsFor> waits;
    if (worker != nullptr) waits.emplace(*worker, *this);
    reason = wait.Until(deadline);
  }
  if (envelope == nullptr) return {};
  switch (reason) {
    case WakeReason::kStopped: return {absl::StatusCode::kCancelled, "the sender is being stopped"};
    case WakeReason::kNotified: return Pushed(Mailbox::Push::kClosed, envelope);
    case WakeReason::kGivenUp:
      LearnedThatAskerHasLeft();
      return {absl::StatusCode::kCancelled, kAskerHasLeft};
    default: return Pushed(Mailbox::Push::kFull, envelope);
  }
}

// --- Stopping.

void Cell::Stop() {
  // Ending, it has been stopped: its OnStop may wait. If it may live again it does not now.
  if (phase_.load(std::memory_order_seq_cst) >= Phase::kEnding) return Retire();
  if (RaiseStop()) WakeForFlags();
}

void Cell::Kill() {
  if (phase_.load(std::memory_order_seq_cst) >= Phase::kEnding) Retire();
  if (RaiseKill()) WakeForFlags();
}

// Idle, it sees its flags when it runs; else it may be parked in a handler.
void Cell::WakeForFlags() {
  struct Nothing {};
  EnvelopePtr nudge(MakeEnvelope<Nothing, false>(node().scheduler().blocks(), kNudge));
  const Bias::Access access(bias());
  const Mailbox::Push push = mailbox_.PushSystem(*nudge);
  Pushed(push, nudge);
  if (push == Mailbox::Push::kQueuedFirst) {
    Activate();
  } else {
    Poke();
  }
}

// The last strong reference is gone: an idle actor has to see that.
// It is alive then, and so is its node, unless that crashed: else nothing outside the cell is
// touched, not even its scheduler's bias.
void Cell::LookAtReferences() {
  if (mailbox_.Nudge() == Mailbox::Push::kQueuedFirst && !domain().fenced()) Activate();
}

void Cell::RequestExit(ExitReason reason) {
  if (exit_requested_) return;
  exit_requested_ = true;
  exit_kind_ = reason.kind;
  if (!reason.what.empty()) cold().exit_text = std::move(reason.what);
}

ExitReason Cell::exit_reason() {
  Cold* const cold = cold_.load(std::memory_order_acquire);
  return {exit_kind_, cold == nullptr ? std::string() : cold->exit_text};
}

// --- Running.

Mailbox::Push Cell::PushShared(Worker& worker, Envelope& envelope) {
  if (special_ != 0 || !worker.seat().inside()) return Push(envelope);
  const Mailbox::Push push = mailbox_.TryPush(envelope);
  if (push == Mailbox::Push::kQueuedFirst) ActivateOn(worker);
  return push;
}

void Cell::ActivateUnusually() {
  // A function actor may end by itself while this activation is on its way.
  if ((unusual_ & kReceiving) != 0) Ref();
  if ((unusual_ & kFixed) == 0) return Schedule(*this);
  Worker& worker = domain().scheduler().worker(worker_);
  CurrentWorker() == &worker ? worker.MakeReady(*this) : worker.Post(*this);
}

inline void Cell::Handle(Worker& worker, Envelope& envelope) {
  if (worker.IsWatched()) [[unlikely]] {
    if (worker.trace != nullptr) {
      TraceTo(worker, TraceKind::kHandle, envelope.ops->name, envelope.sender.value);
    }
    if (worker.observer != nullptr) return HandleObserved(worker, envelope);
  }
  HandleUnseen(worker, envelope);
}

[[gnu::always_inline]] inline void Cell::HandleUnseen(Worker& worker, Envelope& envelope) {
  if (envelope.ExpiredAt(worker.now())) [[unlikely]] {
    return AnswerExpired(envelope);
  }
  Fiber& fiber = worker.current();
  fiber.handling = &envelope;
  const auto invoke = [](void* cell, void* message) {
    Envelope& envelope = *static_cast<Envelope*>(message);
    envelope.ops->invoke(*static_cast<Cell*>(cell), envelope);
  };
  const GuardResult result = CallGuarded(this, &envelope, invoke, fiber);
  fiber.handling = nullptr;
  if (result != GuardResult::kReturned) [[unlikely]] {
    HandleFailed(result, TakeThrown(fiber), envelope);
  }
}

void Cell::HandleObserved(Worker& worker, Envelope& envelope) {
  // Behind a token there is a message, which tells of itself.
  const bool is_news = IsNews(envelope) || envelope.ops == &kOldest;
  const bool starts = !is_news && phase() == Phase::kStarting;
  // What a function actor handles it has received: its start is all of its life.
  const bool is_life = starts && class_->actor == nullptr;
  Observer& observer = *worker.observer;
  const Instant began = worker.poller().Now();
  if (starts) observer.Began(ObservedAs(*this), incarnation(), began);
  HandleUnseen(worker, envelope);
  if (is_life) return;
  observer.Handled(ObservedAs(*this), ObservedAs(envelope, is_news || starts), began,
                   worker.poller().Now());
}

void Cell::TellReceived(const Envelope& envelope) {
  Worker& worker = *CurrentWorker();
  worker.observer->Handled(ObservedAs(*this), ObservedAs(envelope, false), cold().received_at,
                           worker.poller().Now());
}

// A function actor, parked in its own receive: let it look.
void Cell::LetReceive() {
  const uint32_t generation = cold().receive_generation.load(std::memory_order_acquire);
  Waitable::Wake({fiber(), generation}, WakeReason::kNotified);
  Unref();
}

void Cell::Run(Worker& worker) {
  if ((unusual_ & kReceiving) != 0) [[unlikely]] {
    return LetReceive();
  }
  Enter(worker);
  do {
    if (Envelope* const envelope = mailbox_.Next(); envelope != nullptr) {
      --worker.budget;
      Handle(worker, *envelope);
      mailbox_.Release(*envelope);
      if (exit_requested_ || stop_requested()) [[unlikely]] {
        if (Finish(worker)) return;
      }
      if (!mailbox_.HandledInPlace()) continue;
    }
    Bias* mine = worker.seat().held();
    if (special_ != 0) [[unlikely]] {
      mine = BiasOn(worker);
      if (Forgotten()) {
        Retire();
        if (Finish(worker)) return;
      }
    }
    Leave(worker);
    if (mailbox_.TryIdle(mine, &worker)) return;
    EnterAgain(worker);
  } while (worker.budget > 0);
  Leave(worker);
  worker.MakeReady(*this);
}

// Apart, so that what both need is not kept in registers meanwhile.
void Cell::EnterAgain(Worker& worker) { Enter(worker); }

// Its last activation, unless it lives again. Nobody has asked for it: then it is forgotten.
bool Cell::Finish(Worker& worker) {
  Revival* const revival = this->revival();
  do {
    if (!stop_requested() && !exit_requested_) RequestExit({ExitReason::Kind::kNormal, ""});
    End(worker, revival);
    if (revival == nullptr || !LivesAgain(worker, *revival)) {
      EndForGood(revival);
      Leave(worker);
      Unref();
      return true;
    }
    BeginAgain(worker);
  } while (exit_requested_ || stop_requested());
  return false;
}

void Cell::HandleFailed(GuardResult result, const std::exception_ptr& thrown, Envelope& envelope) {
  if (result == GuardResult::kThrew) return OnThrown(thrown, envelope);
  RequestExit({ExitReason::Kind::kKilled, ""});
  AnswerError(envelope, absl::AbortedError(absl::StrCat(Describe(), " was killed")),
              Effect::kMaybe);
}

// Nobody waits any more for its answer.
void Cell::AnswerExpired(Envelope& envelope) {
  AnswerError(envelope,
              absl::DeadlineExceededError(
                  absl::StrCat("ask of ", Describe(), ": the time was up before it was handled")),
              Effect::kNone);
}

void Cell::AnswerError(Envelope& envelope, absl::Status status, Effect effect) {
  const ReplyId reply_to = envelope.TakeReplyTo();
  if (!reply_to) return;
  node().Answer(reply_to, MakeStatusReply(node().scheduler().blocks(),
                                          FrameworkError(std::move(status), effect)));
}

void Cell::OnThrown(const std::exception_ptr& thrown, Envelope& envelope) {
  AnswerError(envelope,
              absl::AbortedError(absl::StrCat(Describe(), " panicked: ", PanicText(thrown))),
              Effect::kMaybe);
  Threw(thrown);
}

void Cell::Threw(const std::exception_ptr& thrown) {
  const std::string what = PanicText(thrown);
  Trace(TraceKind::kPanic, what);
  if (Observer* const observer = CurrentObserver(); observer != nullptr) {
    observer->Panicked(ObservedAs(*this), CurrentWorker()->poller().Now());
  }
  if (node().OnException(thrown)) return RequestExit({ExitReason::Kind::kPanicked, what});
  Panicked(what);
}

void Cell::Panicked(const std::string& what) {
  AfterPanic after = AfterPanic::kStop;
  if (constructed_ && class_->actor != nullptr && phase() == Phase::kRunning) {
    std::exception_ptr thrown;
    RunGuarded(
        CurrentWorker()->current(), [&] { after = class_->actor(object()).OnPanic(what); }, thrown);
    if (thrown != nullptr) after = AfterPanic::kStop;
  }
  if (after == AfterPanic::kContinue) return;
  node().log().Write(Severity::kError, absl::StrCat(Describe(), " panicked: ", what));
  RequestExit({ExitReason::Kind::kPanicked, what});
}

Envelope* Cell::Receive(Instant deadline) {
  Worker& worker = *CurrentWorker();
  Cold& cold = this->cold();
  unusual_ |= kReceiving;
  while (true) {
    Wait wait(node().scheduler(), "Receive");
    cold.receive_generation.store(wait.token().generation, std::memory_order_release);
    if (exit_requested_) return nullptr;
    if (!stop_requested()) {
      EnvelopePtr envelope(mailbox_.Pop());
      if (envelope != nullptr) {
        if (IsNews(*envelope)) {
          envelope->ops->invoke(*this, *envelope);
          continue;
        }
        if (envelope->ops == &kOldest && (envelope = TakeOldest()) == nullptr) continue;
        Trace(TraceKind::kHandle, envelope->ops->name, envelope->sender.value);
        if (envelope->ExpiredAt(worker.now())) {
          AnswerExpired(*envelope);
          continue;
        }
        if (--worker.budget <= 0) {
          worker.Yield();
          worker.budget = worker.options().quantum;
        }
        SetHandling(envelope.get());
        if (worker.observer != nullptr) cold.received_at = worker.poller().Now();
        return envelope.release();
      }
      if (Forgotten()) {
        Retire();
        worker.Yield();  // for who asks again and again
        return nullptr;
      }
      if (deadline == Instant()) {
        worker.Yield();  // the same
        return nullptr;
      }
      if (!mailbox_.TryIdle(BiasOn(worker), &worker)) continue;
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason == WakeReason::kStopped || reason == WakeReason::kDeadline) return nullptr;
  }
}

void Cell::TraceTo(Worker& worker, TraceKind kind, absl::string_view what, uint64_t a) {
  worker.trace->Record({.time = worker.now(),
                        .node = domain().id(),
                        .actor = actor_id(),
                        .kind = kind,
                        .what = what,
                        .a = a});
}

void CountDeadLetter(Node& node, const Envelope& envelope, ActorId target, const char* why) {
  node.dead_letters().Add({envelope.ops->name, target, why});
  Worker* const worker = CurrentWorker();
  if (worker == nullptr || worker->trace == nullptr) return;
  worker->trace->Record({.time = worker->now(),
                         .node = node.id(),
                         .actor = target,
                         .kind = TraceKind::kDeadLetter,
                         .what = envelope.ops->name});
}

Node& NodeOf(Cell& cell) { return cell.node(); }

}  // namespace rehearse::internal
