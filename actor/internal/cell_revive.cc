// Between two lives of an actor: it is held, and lives again, or not.

#include <mutex>
#include <optional>
#include <utility>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::internal {

// While one lives, the actor is down, and who has its token can wake it.
class Cell::Down {
 public:
  Down(Cold& cold, WaitToken token) : cold_(cold) {
    const std::lock_guard<SpinLock> lock(cold_.lock);
    cold_.revival->held = token;
  }
  ~Down() {
    const std::lock_guard<SpinLock> lock(cold_.lock);
    cold_.revival->held = {};
  }
  Down(const Down&) = delete;
  Down& operator=(const Down&) = delete;

 private:
  Cold& cold_;
};

Revival* Cell::RevivalIn(const Cold& cold) { return cold.revival.get(); }

void Cell::SetRevival(std::unique_ptr<const Recipe> recipe, std::unique_ptr<Keeper> keeper) {
  std::unique_ptr<Revival>& revival = cold().revival;
  revival = std::make_unique<Revival>();
  revival->recipe = std::move(recipe);
  revival->keeper = std::move(keeper);
}

uint32_t Cell::incarnation() const {
  const Revival* const revival = this->revival();
  return revival == nullptr ? 1 : revival->incarnation.load(std::memory_order_acquire);
}

// --- For its keeper.

// Only LiveAgain and Retire end it. A stop or a panic that comes meanwhile was meant for the life
// that is over, and passes.
bool Cell::Hold(absl::FunctionRef<bool()> tell) {
  Cold& cold = this->cold();
  Revival& revival = *cold.revival;
  bool is_told = false;
  while (!revival.retired.load(std::memory_order_seq_cst)) {
    try {
      Wait wait(node().scheduler(), "Restart");
      const Down down(cold, wait.token());
      TurnOfLife();
      if (revival.retired.load(std::memory_order_seq_cst)) return false;
      if (!std::exchange(is_told, true) && !tell()) return false;
      if (!HasVerdict()) wait.Until(Instant::Infinite());
    } catch (const InjectedPanic&) {
    }
    if (const std::optional<absl::Duration> pause = TakeVerdict()) return Pause(*pause);
    Forgive();
  }
  return false;
}

bool Cell::HasVerdict() {
  Cold& cold = this->cold();
  const std::lock_guard<SpinLock> lock(cold.lock);
  return cold.revival->verdict.has_value();
}

std::optional<absl::Duration> Cell::TakeVerdict() {
  Cold& cold = this->cold();
  const std::lock_guard<SpinLock> lock(cold.lock);
  return std::exchange(cold.revival->verdict, std::nullopt);
}

bool Cell::Pause(absl::Duration length) {
  const Revival& revival = *cold().revival;
  const Instant over = node().DeadlineIn(length);
  bool waits = length > absl::ZeroDuration();
  while (waits && !revival.retired.load(std::memory_order_seq_cst)) {
    try {
      Wait wait(node().scheduler(), "Restart");
      const Down down(cold(), wait.token());
      if (revival.retired.load(std::memory_order_seq_cst)) return false;
      const WakeReason reason = wait.Until(over);
      waits = reason != WakeReason::kDeadline && !TakeVerdict();
    } catch (const InjectedPanic&) {
    }
    Forgive();
  }
  return !revival.retired.load(std::memory_order_seq_cst);
}

void Cell::LiveAgain(absl::Duration pause) {
  Cold& cold = this->cold();
  WaitToken held;
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    held = std::exchange(cold.revival->held, WaitToken{});
    cold.revival->verdict = pause;
  }
  Waitable::Wake(held, WakeReason::kNotified);
}

bool Cell::down() {
  if (phase() == Phase::kEnded) return true;
  Cold& cold = this->cold();
  const std::lock_guard<SpinLock> lock(cold.lock);
  return cold.revival != nullptr && cold.revival->held;
}

void Cell::RequestRestart() {
  cold().revival->restart_wanted.store(true, std::memory_order_seq_cst);
  if (phase() < Phase::kEnding && RaiseStop()) WakeForFlags();
}

void Cell::Retire() {
  Revival* const revival = this->revival();
  if (revival == nullptr) return;
  revival->retired.store(true, std::memory_order_seq_cst);
  WaitToken held;
  {
    Cold& cold = this->cold();
    const std::lock_guard<SpinLock> lock(cold.lock);
    held = revival->held;
  }
  Waitable::Wake(held, WakeReason::kNotified);
}

// --- Of its own.

// As Pardon, from the end of one life to the begin of the next. Who was stopped in between, by
// others than its keeper, stays down.
void Cell::Forgive() {
  const bool stopped = Pardon();
  Revival* const revival = this->revival();
  if (stopped && revival != nullptr && !revival->restart_wanted) revival->retired = true;
}

bool Cell::LivesAgain(Worker& worker, Revival& revival) {
  if (revival.retired.load(std::memory_order_seq_cst)) return false;
  bool again = false;
  const ExitReason reason = exit_reason();
  GuardResult result;
  do {
    Forgive();
    result = Guarded(worker, [&] { again = revival.keeper->Revive(*this, reason); });
    // Killed when it was down already, it is no deader.
  } while (result == GuardResult::kUnwound && !revival.retired.load(std::memory_order_seq_cst));
  return again;
}

void Cell::BeginAgain(Worker& worker) {
  Revival& revival = *cold().revival;
  exit_requested_ = false;
  exit_kind_ = ExitReason::Kind::kNormal;
  started_ = false;
  cold().exit_text.clear();
  Forgive();
  revival.restart_wanted.store(false, std::memory_order_relaxed);
  revival.stopped = false;
  (void)TakeVerdict();
  const uint32_t incarnation = revival.incarnation.fetch_add(1, std::memory_order_acq_rel) + 1;
  phase_.store(Phase::kStarting, std::memory_order_seq_cst);
  // Whoever retires it from now on sees that it lives, and stops it.
  if (revival.retired.load(std::memory_order_seq_cst)) {
    return RequestExit({ExitReason::Kind::kStopped, ""});
  }
  Trace(TraceKind::kSpawn, class_->name, incarnation);
  if (Observer* const observer = worker.observer; observer != nullptr) {
    observer->Began(ObservedAs(*this), incarnation, worker.poller().Now());
  }
  std::exception_ptr thrown;
  const GuardResult result = RunGuarded(
      worker.current(), [&] { revival.recipe->Build(*this); }, thrown);
  if (result == GuardResult::kThrew) Threw(thrown);
  if (result == GuardResult::kUnwound) RequestExit({ExitReason::Kind::kKilled, ""});
}

}  // namespace rehearse::internal
