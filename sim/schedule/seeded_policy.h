// Who runs next, drawn from the seed: each of the ready with the same odds.

#ifndef REHEARSE_SIM_SCHEDULE_SEEDED_POLICY_H_
#define REHEARSE_SIM_SCHEDULE_SEEDED_POLICY_H_

#include <utility>
#include <vector>

#include "rehearse/actor/runtime/ready_policy.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {

class SeededPolicy final : public ReadyPolicy {
 public:
  // Each runnable that is taken costs a little of `time`, so that a run that never rests ends.
  SeededPolicy(DecisionStream stream, VirtualTime& time)
      : stream_(std::move(stream)), time_(time) {}

  void Push(Runnable& runnable) override { ready_.push_back(&runnable); }

  Runnable* Pop() override {
    if (ready_.empty()) return nullptr;
    time_.OnStep();
    std::swap(ready_[stream_.Choose(ready_.size())], ready_.back());
    Runnable* const chosen = ready_.back();
    ready_.pop_back();
    return chosen;
  }

  size_t Steal(std::span<Runnable*>) override { return 0; }
  bool empty() const override { return ready_.empty(); }

 private:
  DecisionStream stream_;
  VirtualTime& time_;
  std::vector<Runnable*> ready_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_SEEDED_POLICY_H_
