#include "rehearse/actor/runtime/strand.h"

#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

// Carries a stop to the worker on which the handler may be parked.
class Strand::Poke final : public Runnable {
 public:
  explicit Poke(Strand& strand)
      : Runnable(RunnableKind::kPinned, strand.domain()), strand_(strand) {
    strand_.Ref();
  }

  void Run(Worker& worker) override {
    strand_.InterruptOn(worker);
    Unref();
  }

 private:
  ~Poke() override { strand_.Unref(); }

  Strand& strand_;
};

void Strand::Enter(Worker& worker) {
  fiber_ = &worker.current();
  fiber_->Bind(this, domain());
  home_.store(static_cast<uint8_t>(worker.index()), std::memory_order_relaxed);
}

void Strand::Leave(Worker& worker) {
  fiber_->Bind(nullptr, worker.scheduler().own_domain());
  fiber_ = nullptr;
}

void Strand::Escalate(uint8_t to) {
  uint8_t seen = stop_.load(std::memory_order_relaxed);
  do {
    if (seen >= to) return;
  } while (!stop_.compare_exchange_weak(seen, to, std::memory_order_acq_rel));
  // The handler may begin on any worker just now. Those where it begins later see the flag; the one
  // where it has begun gets the poke.
  Scheduler& scheduler = domain().scheduler();
  for (int i = 0; i < scheduler.worker_count(); ++i) scheduler.worker(i).Post(*new Poke(*this));
}

void Strand::InterruptOn(Worker& worker) {
  if (home_.load(std::memory_order_relaxed) != worker.index() || fiber_ == nullptr) return;
  Waitable::Wake(fiber_->token(), WakeReason::kStopped);
}

void Strand::OnWaitWhileStopped(Worker& worker) {
  if (kill_requested() || waits_after_stop_ + 1 >= kPatience) Die(worker);
  if (++waits_after_stop_ > 1) worker.Yield();
  if (kill_requested()) Die(worker);
}

void Strand::OnWaitOver(Worker& worker) {
  if (kill_requested()) Die(worker);
}

void Strand::Die(Worker& worker) {
  const std::string barrier = FindUnwindBarrier();
  if (barrier.empty()) ForceUnwind(*fiber_);
  OnUnkillable(barrier);
  worker.Abandon();
}

}  // namespace rehearse
