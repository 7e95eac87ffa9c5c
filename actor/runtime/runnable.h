// What a worker runs: an activation of an actor, a task, or a fiber that was parked.

#ifndef REHEARSE_ACTOR_RUNTIME_RUNNABLE_H_
#define REHEARSE_ACTOR_RUNTIME_RUNNABLE_H_

#include <atomic>
#include <cstdint>

#include "rehearse/actor/runtime/domain.h"

namespace rehearse {

class Worker;

enum class RunnableKind : uint8_t {
  kActivation,  // of an actor: may run on any worker; other workers may steal it
  kTask,        // a function: the same
  kPinned,      // runs on the worker it was given to
  kFiber,       // a parked fiber that goes on, on the worker where it parked
};

// In at most one ready queue at a time. Reference counted; whoever queues it sees to it that it
// lives.
class Runnable {
 public:
  Runnable(RunnableKind kind, Domain& domain) : domain_(&domain), kind_(kind) {}
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;

  // Runs on a worker's current fiber, which it may park. Never called on a fiber.
  virtual void Run(Worker& worker) = 0;

  RunnableKind kind() const { return kind_; }
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
  Domain* domain_;
  const RunnableKind kind_;

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
