#include "rehearse/actor/message_timer.h"

#include <atomic>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/timer_queue.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {

// Counts a reference while it is set. It fires on the worker where it was set; a cancel from
// another one is seen when its time comes.
class TimedMessage final : public Timer, public Runnable {
 public:
  TimedMessage(CellRef to, Instant when, absl::Duration period, MissedTicks missed,
               MakeTimedEnvelope make)
      : Runnable(RunnableKind::kPinned, to->domain()),
        to_(std::move(to)),
        life_(to_.get() == CurrentCell() ? to_->incarnation() : 0),
        next_(when),
        period_(period),
        missed_(missed),
        make_(std::move(make)) {}

  void Set(Worker& worker) {
    worker_ = &worker;
    Ref();
    if (!Arm()) Unref();
  }

  void Fire() override {
    if (domain().running()) [[likely]] {
      return Run(*worker_);
    }
    // A paused node keeps it until it goes on. Of a crashed one nothing runs, and nothing goes.
    if (!domain().fenced()) worker_->MakeReady(*this);
  }

  void Run(Worker&) override {
    if (cancelled_.load(std::memory_order_acquire) || !SendOne() || !ArmAgain()) Finish();
  }

  void Cancel() {
    cancelled_.store(true, std::memory_order_release);
    if (CurrentWorker() != worker_ || !active()) return;
    worker_->timers().Cancel(*this);
    Finish();
  }

 private:
  // Its handle may be kept, by the very actor: it refers to it no more.
  void Finish() {
    const CellRef over = std::move(to_);
    Unref();
  }

  // What an actor sets for itself goes with the life in which it did.
  bool OfAnotherLife() const {
    // In this order: between the two it may begin again.
    return life_ != 0 && (to_->phase() >= Cell::Phase::kEnding || to_->incarnation() != life_);
  }

  // False: the actor has ended.
  bool SendOne() {
    if (OfAnotherLife()) return false;
    Node& node = to_->node();
    if (worker_->trace != nullptr) {
      worker_->trace->Record({.time = worker_->now(),
                              .node = node.id(),
                              .actor = to_->actor_id(),
                              .kind = TraceKind::kTimer,
                              .what = to_->class_name()});
    }
    EnvelopePtr envelope = make_(node);
    return to_->SendSystem(envelope).ok();
  }

  // False: its time never comes.
  bool Arm() {
    const Instant when = to_->node().clock().ToTimebase(next_);
    if (when.infinite()) return false;
    worker_->timers().Set(*this, when);
    return true;
  }

  // For the next tick. False: there is none.
  bool ArmAgain() {
    if (period_ == absl::ZeroDuration()) return false;
    const Instant now = to_->node().clock().Now();
    next_ = next_ + period_;
    if (next_ <= now) {
      switch (missed_) {
        case MissedTicks::kSkip:
          next_ = next_ + (absl::Floor(now - next_, period_) + period_);
          break;
        case MissedTicks::kBurst: break;
        case MissedTicks::kDelay: next_ = now + period_; break;
      }
    }
    return Arm();
  }

  CellRef to_;
  const uint32_t life_;  // 0: of any
  Instant next_;         // by the node's clock
  const absl::Duration period_;
  const MissedTicks missed_;
  MakeTimedEnvelope make_;
  Worker* worker_ = nullptr;
  std::atomic<bool> cancelled_{false};
};

std::shared_ptr<TimedMessage> StartTimer(const CellRef& to, absl::Duration delay,
                                         absl::Duration period, MissedTicks missed,
                                         absl::string_view message, MakeTimedEnvelope make) {
  Worker* const worker = CurrentWorker();
  REHEARSE_CHECK(worker != nullptr, "a message timer is set on a fiber of its actor's node");
  if (!to) {
    CurrentNode().dead_letters().Add({message, {}, "the ref names no actor"});
    return nullptr;
  }
  std::shared_ptr<TimedMessage> timer(
      new TimedMessage(to, to->node().clock().Now() + delay, period, missed, std::move(make)),
      [](TimedMessage* dropped) { dropped->Unref(); });
  timer->Set(*worker);
  return timer;
}

void CancelTimer(TimedMessage& timer) { timer.Cancel(); }

void RequirePositive(absl::Duration period) {
  if (period > absl::ZeroDuration()) return;
  throw std::invalid_argument(absl::StrCat("SendEvery with a period of ",
                                           absl::FormatDuration(period),
                                           ": it must be longer than nothing"));
}

}  // namespace rehearse::internal
