// The last part of an actor's life: its children end, its last hook runs, those who watch are told.

#include <mutex>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/incoming.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {
namespace {

// Ends an OnStop that takes too long.
class Deadline final : public Timer {
 public:
  Deadline(Worker& worker, Strand& strand, Instant when) : worker_(worker), strand_(strand) {
    worker_.timers().Set(*this, when);
  }
  ~Deadline() { worker_.timers().Cancel(*this); }
  void Fire() override { strand_.RequestKill(); }

 private:
  Worker& worker_;
  Strand& strand_;
};

}  // namespace

// Ends the present incarnation. Only where there can't be another is the mailbox closed.
void Cell::End(Worker& worker, Revival* revival) {
  if (!exit_requested_) SettleReason(revival);
  if (HasCold()) Unstash();
  const bool ran = phase_.exchange(Phase::kEnding, std::memory_order_seq_cst) == Phase::kRunning;
  Envelope* left = nullptr;
  if (revival == nullptr || revival->retired.load(std::memory_order_acquire)) {
    left = CloseMailbox();
    if (!ran || !class_->has_on_undelivered) Refuse(std::exchange(left, nullptr));
  } else {
    revival->stopped = Pardon() && !revival->restart_wanted;
  }
  if (HasCold()) EndChildren(worker);
  Forgive();
  if (left != nullptr) TellUndelivered(worker, left);
  if (ran && class_->has_on_stop) {
    const Deadline deadline(worker, *this, node().DeadlineIn(node().options().stop_timeout));
    const ExitReason reason = exit_reason();
    Guarded(worker, [&] { class_->actor(object()).OnStop(reason); });
  }
  if (constructed_) {
    constructed_ = false;
    Guarded(worker, [this] { actor().~Actor(); });
  }
  if (HasCold()) EndChildren(worker);  // whom the last two have started
}

void Cell::TellUndelivered(Worker& worker, Envelope* left) {
  while (left != nullptr) {
    Envelope* const envelope = std::exchange(left, left->next);
    envelope->next = nullptr;
    if (!envelope->reply_to() && envelope->ops->invoke != nullptr && !IsSignal(*envelope)) {
      Guarded(worker, [&] {
        Incoming message(*envelope);
        class_->actor(object()).OnUndelivered(message);
      });
    }
    Refuse(envelope);
  }
}

void Cell::SettleReason(const Revival* revival) {
  exit_requested_ = true;
  exit_kind_ = revival != nullptr && revival->restart_wanted ? ExitReason::Kind::kRestarting
               : kill_requested()                            ? ExitReason::Kind::kKilled
                                                             : ExitReason::Kind::kStopped;
}

void Cell::EndForGood(Revival* revival) {
  if (revival != nullptr) {
    Refuse(CloseMailbox());
    revival->keeper->Ended(*this, exit_reason());
  }
  Announce();
}

// Runs a part of the actor's end.
GuardResult Cell::Guarded(Worker& worker, absl::FunctionRef<void()> part) {
  std::exception_ptr thrown;
  const GuardResult result = RunGuarded(worker.current(), part, thrown);
  if (thrown != nullptr && !node().OnException(thrown)) {
    node().log().Write(Severity::kError,
                       absl::StrCat(Describe(), " threw while it stopped: ", PanicText(thrown)));
  }
  return result;
}

void Cell::EndChildren(Worker& worker) {
  Cold* const cold = cold_.load(std::memory_order_acquire);
  if (cold->children.newest == nullptr) return;
  absl::Status status;
  Ending ending = Ending::kStop;
  GuardResult result;
  do {
    Forgive();
    result = Guarded(worker, [&] { status = EndFamily(cold->children, node(), ending); });
    // Killed while it waits for them, it takes them along, and waits for that.
    if (result == GuardResult::kUnwound) ending = Ending::kKill;
  } while (result != GuardResult::kReturned);  // a panic injected there goes by
  if (!status.ok()) {
    node().log().Write(Severity::kError, absl::StrCat(Describe(), ": children ", status.message()));
  }
}

void Cell::Refuse(Envelope* left) {
  while (left != nullptr) {
    EnvelopePtr envelope(std::exchange(left, left->next));
    if (IsSignal(*envelope)) continue;
    if (const ReplyId reply_to = envelope->TakeReplyTo()) {
      node().Answer(reply_to,
                    MakeStatusReply(
                        node().scheduler().blocks(),
                        FrameworkError(absl::NotFoundError(absl::StrCat(Describe(), " has ended")),
                                       Effect::kNone)));
    } else {
      CountDeadLetter(node(), *envelope, actor_id(), "the actor ended before it was handled");
    }
  }
}

// Tells everybody. The last thing that a cell does. Whoever stops the family waits until it has
// left, and then may destroy the node: so it leaves when the monitors, who need the node, are told.
void Cell::Announce() {
  if (Worker* const worker = CurrentWorker(); worker != nullptr && worker->trace != nullptr) {
    TraceTo(*worker, TraceKind::kExit, ExitKindName(exit_kind_), 0);
  }
  if (Observer* const observer = CurrentObserver();
      observer != nullptr && stands_for() == nullptr) {
    observer->Ended(ObservedAs(*this), CurrentWorker()->poller().Now());
  }
  phase_.store(Phase::kEnded, std::memory_order_seq_cst);
  if (worker_ >= OwnThreads::kFirst) [[unlikely]] {
    OwnThreads& own_threads = domain().scheduler().own_threads();
    own_threads.GiveBack(own_threads.worker(worker_));
  }
  Cold* const cold = cold_.load(std::memory_order_seq_cst);
  if (cold == nullptr) return LeaveFamily();
  std::vector<Watcher> watchers;
  std::vector<Watched> watching;
  std::vector<Distant> distant;
  {
    const std::lock_guard<SpinLock> lock(cold->lock);
    watchers.swap(cold->watchers);
    watching.swap(cold->watching);
    distant.swap(cold->distant);
  }
  for (const Watcher& watcher : watchers) {
    EnvelopePtr down = watcher.make_down(*watcher.cell, watcher.monitor, *this);
    watcher.cell->SendSystem(down);
    watcher.cell->Unref();
  }
  for (const Distant& far : distant) far.watcher->Ended(far.number, exit_reason());
  for (const Watched& watched : watching) {
    watched.cell->DropWatcher(*this, watched.monitor);
    watched.cell->Unref();
  }
  LeaveFamily();
  TurnOfLife();
}

void Cell::OnUnkillable(absl::string_view barrier) {
  node().log().Write(Severity::kError,
                     absl::StrCat(Describe(), " can't be killed: ", barrier,
                                  "; its stack stays parked for as long as the process lives"));
  if (Envelope* const handled = handling(); handled != nullptr) {
    AnswerError(*handled, absl::AbortedError(absl::StrCat(Describe(), " was killed")),
                Effect::kMaybe);
  }
  exit_requested_ = false;
  RequestExit({ExitReason::Kind::kKilled, absl::StrCat("unkillable: ", barrier)});
  const bool first = phase_.exchange(Phase::kEnding, std::memory_order_acq_rel) < Phase::kEnding;
  Refuse(CloseMailbox());
  Cold* const cold = cold_.load(std::memory_order_acquire);
  if (first && cold != nullptr) {
    Forgive();
    EndFamily(cold->children, node(), Ending::kKill).IgnoreError();
  }
  if (Revival* const revival = this->revival(); revival != nullptr) {
    revival->keeper->Ended(*this, exit_reason());
  }
  Announce();
}

}  // namespace rehearse::internal
