#include "rehearse/actor/message_timer.h"

#include <atomic>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/timer_queue.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {

// Keeps itself alive while it is set. It fires on the worker where it was set; a cancel from
// another one is seen when its time comes.
class TimedMessage final : public Timer, public std::enable_shared_from_this<TimedMessage> {
 public:
  TimedMessage(CellRef to, Instant when, absl::Duration period, MakeTimedEnvelope make)
      : to_(std::move(to)), next_(when), period_(period), make_(std::move(make)) {}

  void Set(Worker& worker) {
    worker_ = &worker;
    self_ = shared_from_this();
    worker.timers().Set(*this, ToTimebase());
  }

  void Fire() override {
    const std::shared_ptr<TimedMessage> self = std::move(self_);
    if (cancelled_.load(std::memory_order_acquire)) return;
    Node& node = to_->node();
    if (worker_->trace != nullptr) {
      worker_->trace->Record({.time = worker_->now(),
                              .node = node.id(),
                              .actor = to_->actor_id(),
                              .kind = TraceKind::kTimer,
                              .what = to_->class_name()});
    }
    EnvelopePtr envelope = make_(node);
    if (!to_->SendSystem(envelope).ok() || period_ == absl::ZeroDuration()) return;
    const Instant now = node.clock().Now();
    next_ = next_ + period_;
    if (next_ <= now) next_ = next_ + (absl::Floor(now - next_, period_) + period_);
    self_ = self;
    worker_->timers().Set(*this, ToTimebase());
  }

  void Cancel() {
    cancelled_.store(true, std::memory_order_release);
    if (CurrentWorker() != worker_) return;
    worker_->timers().Cancel(*this);
    self_ = nullptr;
  }

 private:
  Instant ToTimebase() const { return to_->node().clock().ToTimebase(next_); }

  const CellRef to_;
  Instant next_;  // by the node's clock
  const absl::Duration period_;
  MakeTimedEnvelope make_;
  Worker* worker_ = nullptr;
  std::shared_ptr<TimedMessage> self_;
  std::atomic<bool> cancelled_{false};
};

std::shared_ptr<TimedMessage> StartTimer(const CellRef& to, absl::Duration delay,
                                         absl::Duration period, MakeTimedEnvelope make) {
  Worker* const worker = CurrentWorker();
  REHEARSE_CHECK(worker != nullptr, "a message timer is set on a fiber of its actor's node");
  auto timer =
      std::make_shared<TimedMessage>(to, to->node().clock().Now() + delay, period, std::move(make));
  timer->Set(*worker);
  return timer;
}

void CancelTimer(TimedMessage& timer) { timer.Cancel(); }

}  // namespace rehearse::internal
