// One actor: its mailbox, its life, and the object that the user wrote, in one allocation.

#ifndef REHEARSE_ACTOR_INTERNAL_CELL_H_
#define REHEARSE_ACTOR_INTERNAL_CELL_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/internal/family.h"
#include "rehearse/actor/internal/mailbox.h"
#include "rehearse/actor/overflow.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/actor/send_result.h"

namespace rehearse {

class Actor;
class Node;

namespace internal {

class Cell;
class DistantWatcher;
class Keeper;
class Recipe;
struct RemoteTarget;
struct Revival;

// What is alike in all actors of one class.
struct ActorClass {
  absl::string_view name;
  uint32_t bytes;
  uint8_t size_class;
  bool has_on_stop;               // it overrides the hook
  bool has_on_undelivered;        // the same
  Actor& (*actor)(void* object);  // null for function actors, which have no object
};

// Of a cell that stands for an actor of another node: where another has its object, it has a
// pointer to its RemoteTarget.
extern const ActorClass kStandInClass;

// A monitor's number. These stand for a link: one that was made on this node, and one that another
// node asked for, and holds the other end of.
inline constexpr uint64_t kLink = 0;
inline constexpr uint64_t kLinkFromAfar = ~uint64_t{0};

// Who is told of an actor's end.
struct Watcher {
  Cell* cell = nullptr;  // counted
  uint64_t monitor = kLink;
  EnvelopePtr (*make_down)(Cell& watcher, uint64_t monitor, Cell& ended);
};

// A reply whose payload is a Status: an error, or the OK of a handler that returns nothing.
extern const MessageOps kStatusReply;
EnvelopePtr MakeStatusReply(BlockPool& pool, absl::Status status);

struct CellOptions {
  uint16_t mailbox_capacity = 0;
  Overflow overflow = Overflow::kWait;
  Priority priority = Priority::kNormal;
  int worker = -1;          // not negative: it is fixed to that one
  bool own_thread = false;  // it has a worker to itself, if its scheduler has such
  bool prepared = false;    // it starts later
  absl::string_view name = {};
  absl::Duration reply_timeout = absl::InfiniteDuration();
  bool stop_when_unreferenced = false;
  Cell* parent = nullptr;
  Cell* link_to = nullptr;
};

class Cell final : public Strand {
 public:
  enum class Phase : uint8_t { kStarting, kRunning, kEnding, kEnded };

  // With one strong reference, the caller's.
  static Cell& Create(Node& node, const ActorClass& actor_class, const CellOptions& options);

  // Strong references share one of the Runnable's, which lasts from the first to the last.
  void AddStrong() {
    if (strong_.fetch_add(1, std::memory_order_relaxed) == 0) Ref();
  }
  // For who has no strong reference. False: the actor lives by those, and there is none left.
  bool TryAddStrong() {
    if (!stops_unreferenced()) {
      AddStrong();
      return true;
    }
    uint32_t strong = strong_.load(std::memory_order_relaxed);
    while (strong != 0 &&
           !strong_.compare_exchange_weak(strong, strong + 1, std::memory_order_relaxed)) {
    }
    return strong != 0;
  }
  void RemoveStrong() {
    if (strong_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (stops_unreferenced()) [[unlikely]] {
      LookAtReferences();
    }
    Unref();
  }

  // Queues `start`, which builds the object, and schedules the actor.
  void Start(EnvelopePtr start, Cell* link_to);

  Node& node() const;
  // "Counter#3 on server-1", or with a name of its own, "teller (Counter#3) on server-1".
  std::string Describe() const override;
  absl::string_view class_name() const { return class_->name; }
  // Directly behind the cell, at the same place in all classes.
  void* object() { return this + 1; }
  const void* object() const { return this + 1; }
  uint16_t mailbox_size() const { return mailbox_.size(); }
  uint16_t mailbox_capacity() const { return mailbox_.capacity(); }
  // Whether it takes messages still.
  bool open() const { return !mailbox_.closed(); }
  // Whether senders wait while its mailbox is full.
  bool waits_for_room() const { return overflow_ == Overflow::kWait; }
  // Exact while nothing of its node runs.
  bool has_mail() const { return !mailbox_.Empty(); }
  // The same; takes as long as there are messages.
  size_t mail_count() const;
  uint32_t strong_count() const { return strong_.load(std::memory_order_relaxed); }
  Phase phase() const { return phase_.load(std::memory_order_acquire); }

  // The way of most messages: anything but kQueued and kQueuedFirst, and `envelope` is still the
  // caller's. Any thread.
  Mailbox::Push Push(Envelope& envelope) {
    if ((special_ & kSlides) != 0) [[unlikely]] {
      return Slide(envelope);
    }
    const Bias::Access access(bias());
    const Mailbox::Push push = mailbox_.TryPush(envelope);
    if (push == Mailbox::Push::kQueuedFirst) Activate();
    return push;
  }

  // The same on a fiber of `worker`, which belongs to its scheduler.
  [[gnu::always_inline]] Mailbox::Push PushOn(Worker& worker, Envelope& envelope) {
    Bias* const mine = worker.seat().held();
    if (special_ != 0 || mine == nullptr) return PushShared(worker, envelope);
    const Mailbox::Push push = mailbox_.TryPush(envelope, mine);
    if (push == Mailbox::Push::kQueuedFirst) ActivateOn(worker);
    return push;
  }

  // Of asks that have none.
  absl::Duration reply_timeout() const {
    Cold* const cold = cold_.load(std::memory_order_acquire);
    return cold == nullptr ? absl::InfiniteDuration() : ReplyTimeoutIn(*cold);
  }
  // It was prepared, and is dropped without a start. Any thread.
  void NeverStart();

  // Sends. On failure `envelope` is still the caller's. Any thread.
  SendResult TrySend(EnvelopePtr& envelope);
  // Waits for room until `deadline`.
  SendResult Send(EnvelopePtr& envelope, Instant deadline);
  // By the lane that no bound delays.
  SendResult SendSystem(EnvelopePtr& envelope);

  // The actor that this one waits for, and nothing else can end that wait but a deadline or a stop;
  // null if there is none. On the only worker.
  Cell* waits_for() const {
    const Fiber* const fiber = this->fiber();
    const bool waits = fiber != nullptr && fiber->reason() == WakeReason::kNone;
    return waits ? static_cast<Cell*>(fiber->waits_for) : nullptr;
  }
  // Its wait, if that is for the answer of waits_for(). On the only worker.
  WaitToken wait_for_answer() const;

  // Who sent `ask` to it waits no more: if it handles that and waits meanwhile, see asker.h. Any
  // thread.
  void AskGivenUp(ReplyId ask);

  // Any thread.
  void Stop();
  void Kill();

  // Waits until the actor has ended, `OnStop` and all: kNotified. Else why it waits no more.
  WakeReason WaitForEnd(Instant deadline);
  // The same until it has started, or ended.
  WakeReason WaitForStart(Instant deadline);
  // The same until its present incarnation is over: it is down, or has ended.
  WakeReason WaitUntilDown(Instant deadline);
  // The same until the next one runs, or is over too.
  WakeReason WaitUntilUp(uint32_t incarnation, Instant deadline);
  // Whether it ended before it had started. Once it has ended.
  bool failed_to_start();
  // Once it has ended.
  ExitReason exit_reason();

  // At the end, or now if it has ended, `watcher` is told, once; a second link to it is none. Any
  // thread.
  void AddWatcher(Watcher watcher);
  void RemoveWatcher(Cell& watcher, uint64_t monitor);
  size_t watcher_count();

  // The same on behalf of another node, until RemoveDistantWatcher, once a number.
  void AddDistantWatcher(std::shared_ptr<DistantWatcher> watcher, uint64_t number);
  void RemoveDistantWatcher(const DistantWatcher& watcher, uint64_t number);

  // --- Of a cell that stands for an actor of another node; see stand_ins.h.
  static Cell& CreateStandIn(Node& node, std::unique_ptr<const RemoteTarget> target);
  // Null for an actor of this node. Stays as it is, as long as the cell.
  const RemoteTarget* stands_for() const {
    return class_ == &kStandInClass ? *static_cast<const RemoteTarget* const*>(object()) : nullptr;
  }
  // The actor has ended over there, as far as this node can know. Once is enough. Any thread.
  void EndAsToldElsewhere(ExitReason reason);
  // Whom this node has linked to it, each counted.
  std::vector<Cell*> LinkedHere();

  // For the actor's own code.
  void RequestExit(ExitReason reason);
  Instant current_deadline() {
    Envelope* const handled = handling();
    return handled != nullptr && handled->has_ask ? handled->ask().deadline : Instant::Infinite();
  }
  void MarkConstructed() { constructed_ = true; }
  // It has started: what it has told itself comes before what others have.
  void PutOwnFirst() {
    if (cold_.load(std::memory_order_relaxed) != nullptr || mailbox_.HasFrom(actor_id())) {
      MoveOwnFirst();
    }
  }
  void MarkRunning() {
    started_ = true;
    phase_.store(Phase::kRunning, std::memory_order_release);
    if (cold_.load(std::memory_order_relaxed) != nullptr) TellOfStart();
  }
  // It runs: those who wait for that are woken. Who begins to wait at that very moment has sent a
  // message that does this.
  void TellOfStart();
  // Whom it was linked to has ended.
  void LinkDied(Cell& who, const ExitReason& reason);
  Family& children();
  // The same of any thread; null if it has never had one.
  Family* children_if_any() const {
    Cold* const cold = cold_.load(std::memory_order_acquire);
    return cold == nullptr ? nullptr : &ChildrenIn(*cold);
  }
  // Its parent gives up on it.
  void Disown() { LeaveFamily(); }
  // A function actor's receive: parks until a message is there. Null when the actor is to end, or
  // at the deadline; zero: it does not park.
  Envelope* Receive(Instant deadline);
  bool to_end() const { return exit_requested_ || stop_requested(); }
  // Its OnMessage did not want it.
  void RefuseMessage(Envelope& envelope);
  // Its OnMessage wants it later, moved out of where it came in.
  void Stash(EnvelopePtr envelope);
  // What is stashed comes next, in the order in which it came.
  void Unstash();
  // It is done with a message that it received.
  void Finished(const Envelope& envelope) {
    if (handling() != &envelope) return;
    SetHandling(nullptr);
    if (CurrentWorker()->observer != nullptr) [[unlikely]] {
      TellReceived(envelope);
    }
  }

  void Run(Worker& worker) override;

  // --- More than one life; see revival.h. Null: it has one.
  Revival* revival() const {
    Cold* const cold = cold_.load(std::memory_order_acquire);
    return cold == nullptr ? nullptr : RevivalIn(*cold);
  }
  // Before Start.
  void SetRevival(std::unique_ptr<const Recipe> recipe, std::unique_ptr<Keeper> keeper);
  // 1 at first.
  uint32_t incarnation() const;
  Cell* parent() const { return parent_; }
  // Under its family's lock.
  Cell* older() const { return older_; }
  // The object, once it is built. On its fiber.
  Actor& actor() { return class_->actor(object()); }

  // For its keeper. On its own fiber: waits, being down, until LiveAgain. `tell` sees it being
  // down. False: it has ended.
  bool Hold(absl::FunctionRef<bool()> tell);
  // The same for a while, or until LiveAgain. False: it was retired meanwhile.
  bool Pause(absl::Duration length);
  // On any: it is to live again, after `pause`.
  void LiveAgain(absl::Duration pause);
  // Its present incarnation is to end with kRestarting, and then to be down.
  void RequestRestart();
  bool down();
  // It is not to live again. Any thread.
  void Retire();

 private:
  class Down;
  class LetGo;
  struct Cold;

  // A worker may hold the bias of the mailbox: others have access first. Not where the last
  // reference, which may outlive the scheduler, reaches for it.
  Bias& bias() const { return domain().scheduler().bias(); }
  Bias* BiasOn(Worker& worker) const {
    return stops_unreferenced() ? nullptr : worker.seat().held();
  }

  Cell(Node& node, const ActorClass& actor_class, const CellOptions& options);
  ~Cell() override;
  static uint8_t SpecialIn(const CellOptions& options);
  void Delete() override;

  // It has something to do and is in no queue.
  void Activate() { unusual_ == 0 ? Schedule(*this) : ActivateUnusually(); }
  void ActivateOn(Worker& worker) {
    if (unusual_ != 0) [[unlikely]] {
      return ActivateUnusually();
    }
    worker.MakeReady(*this);
  }
  void LetGoOf(ReplyId ask, Worker& worker);
  // PushOn where other workers are awake, or the mailbox is special.
  [[gnu::noinline]] Mailbox::Push PushShared(Worker& worker, Envelope& envelope);
  [[gnu::cold, gnu::noinline]] void ActivateUnusually();
  [[gnu::cold, gnu::noinline]] void EnterAgain(Worker& worker);
  void Handle(Worker& worker, Envelope& envelope);
  void HandleUnseen(Worker& worker, Envelope& envelope);
  [[gnu::cold, gnu::noinline]] void HandleObserved(Worker& worker, Envelope& envelope);
  // Tells the observer, if there is one, what it received and has handled by itself.
  void TellReceived(const Envelope& envelope);
  [[gnu::cold, gnu::noinline]] void HandleFailed(GuardResult result,
                                                 const std::exception_ptr& thrown,
                                                 Envelope& envelope);
  [[gnu::cold, gnu::noinline]] void AnswerExpired(Envelope& envelope);
  [[gnu::cold, gnu::noinline]] void LetReceive();
  void LookAtReferences();
  bool stops_unreferenced() const { return (special_ & kStopsUnreferenced) != 0; }
  // The senders' side of a mailbox that drops the oldest, and its actor's.
  [[gnu::cold, gnu::noinline]] Mailbox::Push Slide(Envelope& envelope);
  // As it starts: it keeps what it tells itself, for which others have left no room in the mailbox.
  // False: that is not so, or alone too much.
  [[gnu::cold]] bool KeepsOwn(EnvelopePtr& envelope);
  [[gnu::noinline]] void MoveOwnFirst();
  Envelope* TakeStash();
  EnvelopePtr TakeOldest();
  void HandleOldest();
  static const MessageOps kOldest;
  // All that is in the mailbox, which takes no more.
  Envelope* CloseMailbox();
  // Whether it is no message to an actor, but a signal of the cell's own.
  static bool IsSignal(const Envelope& envelope);
  // The message being handled; null if none. Its own code only.
  static Envelope* handling() {
    Worker* const worker = CurrentWorker();
    return worker == nullptr ? nullptr : static_cast<Envelope*>(worker->current().handling);
  }
  static void SetHandling(Envelope* envelope) { CurrentWorker()->current().handling = envelope; }
  // Whether it is to end for want of references: nobody has one, and all that they have sent is
  // handled.
  bool Forgotten() const {
    return stops_unreferenced() && strong_.load(std::memory_order_acquire) == 0 && mailbox_.Empty();
  }
  // The hook, for each tell of `left`; asks are answered.
  void TellUndelivered(Worker& worker, Envelope* left);
  void AnswerError(Envelope& envelope, absl::Status status, Effect effect);
  void OnThrown(const std::exception_ptr& thrown, Envelope& envelope);
  void Threw(const std::exception_ptr& thrown);
  void Panicked(const std::string& what);
  // Apart, for it needs a larger frame. False: the actor lives again.
  [[gnu::noinline]] bool Finish(Worker& worker);
  void End(Worker& worker, Revival* revival);
  [[gnu::noinline]] void SettleReason(const Revival* revival);
  bool HasVerdict();
  std::optional<absl::Duration> TakeVerdict();
  static Revival* RevivalIn(const Cold& cold);
  static absl::Duration ReplyTimeoutIn(const Cold& cold);
  static Family& ChildrenIn(Cold& cold);
  void WatchersChanged();
  [[gnu::cold, gnu::noinline]] bool LivesAgain(Worker& worker, Revival& revival);
  void EndForGood(Revival* revival);
  void BeginAgain(Worker& worker);
  void TurnOfLife();
  void Forgive();
  WakeReason WaitForLife(const char* where, absl::FunctionRef<bool()> done, Instant deadline);
  GuardResult Guarded(Worker& worker, absl::FunctionRef<void()> part);
  void EndChildren(Worker& worker);
  void Refuse(Envelope* left);
  bool Remember(Cell& watched, uint64_t monitor);
  void Forget(const Cell& watched, uint64_t monitor);
  void DropWatcher(const Cell& watcher, uint64_t monitor);
  void Announce();
  void OnUnkillable(absl::string_view barrier) override;
  void Trace(TraceKind kind, absl::string_view what, uint64_t a = 0) {
    Worker* const worker = CurrentWorker();
    if (worker != nullptr && worker->trace != nullptr) [[unlikely]] {
      TraceTo(*worker, kind, what, a);
    }
  }
  void TraceTo(Worker& worker, TraceKind kind, absl::string_view what, uint64_t a);
  SendResult Pushed(Mailbox::Push push, EnvelopePtr& envelope);
  void WakeForFlags();
  Mailbox::Push QueueForRoom(RoomWaiter& waiter);
  SendResult Overflowed(EnvelopePtr& envelope, Instant deadline);
  SendResult WaitForRoom(EnvelopePtr& envelope, Instant deadline);
  Cold& cold();
  bool HasCold() const { return cold_.load(std::memory_order_acquire) != nullptr; }

  void JoinFamily();
  void LeaveFamily();

  // One that lives by its references; one whose mailbox drops the oldest.
  static constexpr uint8_t kStopsUnreferenced = 1;
  static constexpr uint8_t kSlides = 2;
  // A function actor that has begun to receive; one that is fixed to a worker.
  static constexpr uint8_t kReceiving = 1;
  static constexpr uint8_t kFixed = 2;

  // Three bytes that would be padding behind the mailbox come before what needs eight.
  [[no_unique_address]] Mailbox mailbox_;
  std::atomic<Phase> phase_{Phase::kStarting};
  uint8_t unusual_;  // flags; as below, they stay as they are
  ExitReason::Kind exit_kind_ : 5 = ExitReason::Kind::kNormal;
  bool exit_requested_ : 1 = false;
  bool constructed_ : 1 = false;
  bool started_ : 1 = false;
  std::atomic<uint32_t> strong_{1};
  const uint8_t special_;  // flags
  const Overflow overflow_;
  const uint8_t worker_;  // if it is fixed
  const ActorClass* const class_;
  Cell* const parent_;  // counted; null for the node's own
  Cell* older_ = nullptr;
  Cell* newer_ = this;  // itself: not in its family
  std::atomic<Cold*> cold_{nullptr};
};

// A large part of what an idle actor weighs.
static_assert(sizeof(void*) != 8 || sizeof(Cell) == 144);
// Behind it, an object of any alignment that an actor may have is in its place.
inline constexpr size_t kActorAlignmentMax = 16;
static_assert(sizeof(Cell) % kActorAlignmentMax == 0);

void CountDeadLetter(Node& node, const Envelope& envelope, ActorId target, const char* why);

Node& NodeOf(Cell& cell);

// The actor whose code runs on the worker's present fiber; null if that is a task.
inline Cell* CellOn(Worker& worker) {
  Strand* const strand = worker.current().strand();
  return strand != nullptr && strand->kind() == RunnableKind::kActivation
             ? static_cast<Cell*>(strand)
             : nullptr;
}
// The same for the calling thread; null on a plain one too.
inline Cell* CurrentCell() {
  Worker* const worker = CurrentWorker();
  return worker == nullptr ? nullptr : CellOn(*worker);
}

// The same, where there must be one.
Cell& ParentToBe();

// Each is told of the other's end. Any thread.
void LinkCells(Cell& one, Cell& other);
// With an actor of another node: `link` is kLink or kLinkFromAfar. Nothing if neither is here.
void LinkAcross(Cell& here, Cell& stand_in, uint64_t link);
void UnlinkCells(Cell& one, Cell& other);

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_CELL_H_
