// What a worker runs: an activation of an actor, a task, or a fiber that was parked.

#ifndef REHEARSE_ACTOR_RUNTIME_RUNNABLE_H_
#define REHEARSE_ACTOR_RUNTIME_RUNNABLE_H_

#include <atomic>
#include <cstdint>

#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/priority.h"

namespace rehearse {

class Worker;

enum class RunnableKind : uint8_t {
  kActivation,  // of an actor: may run on any worker, if it is not fixed; others may steal it
  kTask,        // a function: the same
  kPinned,      // runs on the worker it was given to
  kFiber,       // a parked fiber that goes on, on the worker where it parked
};

// What is known of a runnable from the beginning.
struct RunnableTraits {
  RunnableKind kind;
  Priority priority = Priority::kNormal;
  bool fixed = false;  // it runs on one worker alone, though its kind may move
};

// In at most one ready queue at a time. Reference counted; whoever queues it sees to it that it
// lives.
class Runnable {
 public:
  Runnable(RunnableKind kind, Domain& domain) : Runnable(RunnableTraits{.kind = kind}, domain) {}
  Runnable(const RunnableTraits& traits, Domain& domain)
      : domain_(&domain),
        traits_(static_cast<uint8_t>(static_cast<uint8_t>(traits.kind) |
                                     static_cast<uint8_t>(traits.priority) << kPriorityShift |
                                     (traits.fixed ? kFixed : 0))) {}
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;

  // Runs on a worker's current fiber, which it may park. Never called on a fiber.
  virtual void Run(Worker& worker) = 0;

  RunnableKind kind() const { return static_cast<RunnableKind>(traits_ & kKindMask); }
  Priority priority() const {
    return static_cast<Priority>((traits_ >> kPriorityShift) & kPriorityMask);
  }
  // Whether any worker may run it.
  bool may_move() const {
    return (kind() == RunnableKind::kActivation || kind() == RunnableKind::kTask) &&
           (traits_ & kFixed) == 0;
  }
  Domain& domain() const { return *domain_; }

  void Ref() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) Delete();
  }

  // The queue's link while it is in one.
  Runnable* next = nullptr;

 protected:
  virtual ~Runnable() = default;

  // The last reference is gone.
  virtual void Delete() { delete this; }

  uint32_t refs() const { return refs_.load(std::memory_order_acquire); }

 private:
  static constexpr uint8_t kKindMask = 7;
  static constexpr int kPriorityShift = 3;
  static constexpr uint8_t kPriorityMask = 3;
  static constexpr uint8_t kFixed = 32;

  Domain* domain_;
  const uint8_t traits_;

 protected:
  void set_domain(Domain& domain) { domain_ = &domain; }

  // Three bytes that Strand keeps here, where they cost an idle actor nothing.
  std::atomic<uint8_t> stop_{0};
  uint8_t waits_after_stop_ = 0;
  std::atomic<uint8_t> home_{0};

 private:
  std::atomic<uint32_t> refs_{1};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_RUNNABLE_H_
