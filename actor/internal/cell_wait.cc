// Waiting for a turn of another actor's life: its start, its being down, its end.

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::internal {

// `done` is asked under the lock, now and at each turn. A fiber waits for this actor meanwhile, in
// the sense of wait_cycle.h.
WakeReason Cell::WaitForLife(const char* where, absl::FunctionRef<bool()> done, Instant deadline) {
  Cold& cold = this->cold();
  // Given up, or killed while it waits, it is not told.
  struct Leave {
    ~Leave() {
      const std::lock_guard<SpinLock> lock(cold.lock);
      std::erase(cold.life_waiters, token);
    }
    Cold& cold;
    const WaitToken token;
  };
  while (true) {
    Wait wait(node().scheduler(), where);
    {
      const std::lock_guard<SpinLock> lock(cold.lock);
      if (done()) return WakeReason::kNotified;
      cold.life_waiters.push_back(wait.token());
    }
    const Leave leave{cold, wait.token()};
    std::optional<WaitsFor> waits;
    if (Worker* const worker = wait.worker(); worker != nullptr) {
      waits.emplace(*worker, *this);
      Cell* const self = CurrentCell();
      if (self != nullptr && MayClose(*worker, *this)) AnswerAskInCycle(*self, *this);
    }
    if (const WakeReason reason = wait.Until(deadline); reason != WakeReason::kNotified) {
      const std::lock_guard<SpinLock> lock(cold.lock);
      return done() ? WakeReason::kNotified : reason;
    }
  }
}

WaitToken Cell::wait_for_answer() const {
  return waits_for() != nullptr && IsAsk(fiber()->where) ? fiber()->token() : WaitToken{};
}

// Those who wait look again.
void Cell::TurnOfLife() {
  Cold* const cold = cold_.load(std::memory_order_seq_cst);
  if (cold == nullptr) return;
  std::vector<WaitToken> waiters;
  {
    const std::lock_guard<SpinLock> lock(cold->lock);
    waiters.swap(cold->life_waiters);
  }
  for (const WaitToken& waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
}

void Cell::TellOfStart() {
  Cold& cold = this->cold();
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    cold.has_started = true;
  }
  TurnOfLife();
}

const MessageOps kStartAwaited = {"start awaited",
                                  [](Cell& cell, Envelope&) { cell.TellOfStart(); }, nullptr};

bool Cell::failed_to_start() {
  if (started_) return false;
  Cold& cold = this->cold();
  const std::lock_guard<SpinLock> lock(cold.lock);
  return !cold.has_started;
}

WakeReason Cell::WaitForEnd(Instant deadline) {
  return WaitForLife(
      "Join", [this] { return phase_.load(std::memory_order_seq_cst) == Phase::kEnded; }, deadline);
}

WakeReason Cell::WaitForStart(Instant deadline) {
  struct Nothing {};
  if (phase() == Phase::kStarting) {
    cold();
    EnvelopePtr awaited(MakeEnvelope<Nothing, false>(node().scheduler().blocks(), kStartAwaited));
    SendSystem(awaited);
  }
  return WaitForLife(
      "Start",
      [this] {
        const Phase now = phase_.load(std::memory_order_seq_cst);
        return now == Phase::kRunning || now == Phase::kEnded || cold().has_started;
      },
      deadline);
}

WakeReason Cell::WaitUntilDown(Instant deadline) {
  return WaitForLife(
      "Down",
      [this] {
        return phase_.load(std::memory_order_seq_cst) == Phase::kEnded || cold().revival->held;
      },
      deadline);
}

WakeReason Cell::WaitUntilUp(uint32_t incarnation, Instant deadline) {
  return WaitForLife(
      "Up",
      [&] {
        const Phase now = phase_.load(std::memory_order_seq_cst);
        if (now == Phase::kEnded) return true;
        return this->incarnation() >= incarnation &&
               (now == Phase::kRunning || cold().revival->held);
      },
      deadline);
}

}  // namespace rehearse::internal
