#include "rehearse/actor/runtime/strand.h"

#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse {

// Carries a stop to the worker on which the handler may be parked.
class Strand::Interruption final : public Runnable {
 public:
  explicit Interruption(Strand& strand)
      // Of no domain that could end before it arrives.
      : Runnable(RunnableKind::kPinned, strand.domain().scheduler().own_domain()), strand_(strand) {
    strand_.Ref();
  }

  void Run(Worker& worker) override {
    strand_.InterruptOn(worker);
    Unref();
  }

 private:
  ~Interruption() override { strand_.Unref(); }

  Strand& strand_;
};

bool Strand::Raise(uint8_t to) {
  uint8_t seen = stop_.load(std::memory_order_relaxed);
  do {
    if (seen >= to) return false;
  } while (!stop_.compare_exchange_weak(seen, to, std::memory_order_acq_rel));
  return true;
}

void Strand::Poke() {
  // The handler may begin on any worker just now. Those where it begins later see the flag; the one
  // where it has begun gets the poke.
  Scheduler& scheduler = domain().scheduler();
  const auto poke = [&](int worker) { scheduler.worker(worker).Post(*new Interruption(*this)); };
  if (!may_move()) return poke(home_.load(std::memory_order_relaxed));
  for (int i = 0; i < scheduler.worker_count(); ++i) poke(i);
}

void Strand::InterruptOn(Worker& worker) {
  if (!stop_requested()) return;  // pardoned while this was on its way
  Fiber* const fiber = FiberOn(worker);
  if (fiber == nullptr) return;
  Waitable::Wake(fiber->token(), WakeReason::kStopped);
}

void Strand::OnWaitWhileStopped(Worker& worker) {
  if (kill_requested() || waits_after_stop_ + 1 >= kPatience) Die(worker);
  if (++waits_after_stop_ > 1) worker.Yield();
  if (kill_requested()) Die(worker);
}

void Strand::Die(Worker& worker) {
  const std::string barrier = FindUnwindBarrier();
  if (barrier.empty()) ForceUnwind(worker.current());
  OnUnkillable(barrier);
  worker.Abandon();
}

}  // namespace rehearse
