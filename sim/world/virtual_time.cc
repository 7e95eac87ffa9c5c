#include "rehearse/sim/world/virtual_time.h"

#include <algorithm>

namespace rehearse::sim {
namespace {

class OneShot final : public Timer {
 public:
  explicit OneShot(absl::AnyInvocable<void()> happen) : happen_(std::move(happen)) {}
  void Fire() override {
    happen_();
    delete this;
  }

 private:
  ~OneShot() = default;

  absl::AnyInvocable<void()> happen_;
};

}  // namespace

void VirtualTime::At(Instant when, absl::AnyInvocable<void()> happen) {
  events_.Set(*new OneShot(std::move(happen)), when);
}

void SimPoller::Wait(Instant deadline) {
  if (deadline > time_.now()) {
    looks_ = 0;
    if (--moves_left_ == 0) {
      moves_left_ = kMovesApart;
      if (now_and_then_ != nullptr) now_and_then_();
    }
    const Instant next = std::min(deadline, time_.next());
    if (next >= limit_) {
      time_.AdvanceTo(limit_);
      return stop_();
    }
    time_.AdvanceTo(next);
  }
  if (++looks_ == kSpinStepsMax && spinning_ != nullptr) spinning_(looks_);
  time_.RunDue();
  if (time_.now() >= limit_ || (done_ != nullptr && done_())) stop_();
}

}  // namespace rehearse::sim
