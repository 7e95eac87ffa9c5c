// First come, first served, with activations that idle workers may take.
//
// After Chase and Lev, "Dynamic circular work-stealing deque" (SPAA 2005), with two differences:
// the owner takes from the same end as the thieves, by the same compare-and-swap, so the order is
// fair and the owner-pop corner case does not exist; and there are no stand-alone fences, which a
// thread sanitizer does not model. Fibers and pinned runnables wait in a queue of the owner's.

#ifndef REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_
#define REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/ready_policy.h"

namespace rehearse {

class StealingPolicy final : public ReadyPolicy {
 public:
  StealingPolicy();
  ~StealingPolicy() override;

  void Push(Runnable& runnable) override;
  Runnable* Pop() override;
  size_t Steal(std::span<Runnable*> taken) override;
  Stock stock() const override;
  void set_seat(const BiasSeat& seat) override { seat_ = &seat; }
  bool by_arrival() const override { return true; }
  bool empty() const override;

 private:
  struct Ring {
    explicit Ring(uint64_t capacity)
        : mask(capacity - 1), slots(new std::atomic<Runnable*>[capacity]) {}
    const uint64_t mask;
    const std::unique_ptr<std::atomic<Runnable*>[]> slots;
  };

  // The owner's bias, where it has one: then nobody steals.
  Bias* held() const { return seat_ == nullptr ? nullptr : seat_->held(); }
  Runnable* Take(Bias* mine);
  Ring& Grow(Ring& ring, uint64_t top, uint64_t bottom);

  const BiasSeat* seat_ = nullptr;

  // Taken in turn from the two queues, so that neither starves the other.
  FifoPolicy pinned_;
  bool pinned_next_ = true;

  std::atomic<Ring*> ring_;
  std::vector<std::unique_ptr<Ring>> rings_;     // outgrown ones too: a thief may still read them
  alignas(64) std::atomic<uint64_t> top_{0};     // next to take
  alignas(64) std::atomic<uint64_t> bottom_{0};  // next to fill; the owner's
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_STEALING_POLICY_H_
