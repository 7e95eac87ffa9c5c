// The heap against a plain list: the same timers fire, in the same order, whatever is set and
// cancelled in between, and whatever timers set and cancel as they fire.

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/timer_queue.h"

namespace rehearse {
namespace {

constexpr int kTimers = 24;
constexpr int kInstants = 12;  // few, so that ties are common

enum class Verb : uint8_t { kNothing, kSet, kCancel, kFire };

struct Step {
  Verb verb = Verb::kNothing;
  int timer = 0;
  int64_t at = 0;
};

void showValue(const Step& step, std::ostream& out) {
  constexpr std::array<const char*, 4> kNames = {"nothing", "set", "cancel", "fire"};
  out << kNames[static_cast<size_t>(step.verb)] << " " << step.timer << " at " << step.at;
}

rc::Gen<Step> StepOf(std::vector<Verb> verbs) {
  return rc::gen::build<Step>(rc::gen::set(&Step::verb, rc::gen::elementOf(std::move(verbs))),
                              rc::gen::set(&Step::timer, rc::gen::inRange(0, kTimers)),
                              rc::gen::set(&Step::at, rc::gen::inRange<int64_t>(0, kInstants)));
}

// What each timer does when it fires. On both sides a timer that is set again moves.
using Script = std::vector<Step>;

class ListModel {
 public:
  explicit ListModel(const Script& script) : script_(script) {}

  void Set(int timer, int64_t at) {
    Cancel(timer);
    list_.push_back({at, next_number_++, timer});
  }
  void Cancel(int timer) {
    std::erase_if(list_, [timer](const Entry& entry) { return entry.timer == timer; });
  }
  void Do(const Step& step) {
    if (step.verb == Verb::kSet) Set(step.timer, step.at);
    if (step.verb == Verb::kCancel) Cancel(step.timer);
  }
  size_t FireDue(int64_t now) {
    const uint64_t numbers_end = next_number_;
    size_t fired = 0;
    while (true) {
      std::vector<Entry> due;
      for (const Entry& entry : list_) {
        if (entry.at <= now && entry.number < numbers_end) due.push_back(entry);
      }
      if (due.empty()) return fired;
      const Entry first = *std::min_element(due.begin(), due.end());
      Cancel(first.timer);
      said.push_back(first.timer);
      ++fired;
      Do(script_[static_cast<size_t>(first.timer)]);
    }
  }

  bool active(int timer) const {
    return std::any_of(list_.begin(), list_.end(),
                       [timer](const Entry& entry) { return entry.timer == timer; });
  }
  Instant next() const {
    if (list_.empty()) return Instant::Infinite();
    return Instant::FromNanos(std::min_element(list_.begin(), list_.end())->at);
  }
  size_t size() const { return list_.size(); }

  std::vector<int> said;

 private:
  struct Entry {
    int64_t at;
    uint64_t number;
    int timer;
    auto operator<=>(const Entry&) const = default;
  };

  const Script& script_;
  std::vector<Entry> list_;
  uint64_t next_number_ = 0;
};

class HeapSide {
 public:
  explicit HeapSide(const Script& script) : script_(script) {
    for (int i = 0; i < kTimers; ++i) timers_[static_cast<size_t>(i)].Become(*this, i);
  }
  ~HeapSide() {
    for (Alarm& timer : timers_) queue_.Cancel(timer);
  }

  void Do(const Step& step) {
    Alarm& timer = timers_[static_cast<size_t>(step.timer)];
    if (step.verb == Verb::kNothing) return;
    queue_.Cancel(timer);
    if (step.verb == Verb::kSet) queue_.Set(timer, Instant::FromNanos(step.at));
  }
  size_t FireDue(int64_t now) { return queue_.FireDue(Instant::FromNanos(now)); }

  bool active(int timer) const { return timers_[static_cast<size_t>(timer)].active(); }
  Instant next() const { return queue_.next(); }
  size_t size() const { return queue_.size(); }

  std::vector<int> said;

 private:
  class Alarm final : public Timer {
   public:
    void Become(HeapSide& side, int name) {
      side_ = &side;
      name_ = name;
    }
    void Fire() override {
      side_->said.push_back(name_);
      side_->Do(side_->script_[static_cast<size_t>(name_)]);
    }

   private:
    HeapSide* side_ = nullptr;
    int name_ = 0;
  };

  const Script& script_;
  TimerQueue queue_;
  std::array<Alarm, kTimers> timers_;
};

void RunBoth(const Script& script, const std::vector<Step>& steps) {
  ListModel model(script);
  HeapSide heap(script);
  for (const Step& step : steps) {
    if (step.verb == Verb::kFire) {
      RC_ASSERT(heap.FireDue(step.at) == model.FireDue(step.at));
    } else {
      heap.Do(step);
      model.Do(step);
    }
    RC_ASSERT(heap.said == model.said);
    RC_ASSERT(heap.size() == model.size());
    RC_ASSERT(heap.next() == model.next());
    for (int i = 0; i < kTimers; ++i) RC_ASSERT(heap.active(i) == model.active(i));
  }
}

std::vector<Step> SomeSteps() {
  return *rc::gen::container<std::vector<Step>>(
      StepOf({Verb::kSet, Verb::kSet, Verb::kSet, Verb::kCancel, Verb::kFire}));
}

RC_GTEST_PROP(TimerQueueProperty, FiresWhatASortedListWouldFire, ()) {
  RunBoth(Script(kTimers), SomeSteps());
}

RC_GTEST_PROP(TimerQueueProperty, TimersThatSetAndCancelAsTheyFireChangeNoOrder, ()) {
  const auto script = *rc::gen::container<Script>(
      kTimers, StepOf({Verb::kNothing, Verb::kNothing, Verb::kSet, Verb::kCancel}));
  RunBoth(script, SomeSteps());
}

}  // namespace
}  // namespace rehearse
