// First come, first served: the policy of a worker that works alone.

#ifndef REHEARSE_ACTOR_RUNTIME_FIFO_POLICY_H_
#define REHEARSE_ACTOR_RUNTIME_FIFO_POLICY_H_

#include "rehearse/actor/runtime/ready_policy.h"

namespace rehearse {

class FifoPolicy final : public ReadyPolicy {
 public:
  void Push(Runnable& runnable) override {
    runnable.next = nullptr;
    if (last_ == nullptr) {
      first_ = &runnable;
    } else {
      last_->next = &runnable;
    }
    last_ = &runnable;
  }

  Runnable* Pop() override {
    Runnable* const runnable = first_;
    if (runnable == nullptr) return nullptr;
    first_ = runnable->next;
    if (first_ == nullptr) last_ = nullptr;
    return runnable;
  }

  size_t Steal(std::span<Runnable*>) override { return 0; }
  bool by_arrival() const override { return true; }
  bool empty() const override { return first_ == nullptr; }

 private:
  Runnable* first_ = nullptr;
  Runnable* last_ = nullptr;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_FIFO_POLICY_H_
