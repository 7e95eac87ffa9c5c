#include "rehearse/sim/check/testing/brute_force.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace rehearse::sim {
namespace {

class BruteForce {
 public:
  BruteForce(std::vector<const Operation*> left, const SequentialModel& model)
      : left_(std::move(left)), model_(model) {}

  bool Explains(const std::string& state) {
    const auto is_known = [](const Operation* o) { return o->outcome == Outcome::kOk; };
    if (std::none_of(left_.begin(), left_.end(), is_known)) return true;
    for (size_t i = 0; i < left_.size(); ++i) {
      std::string next;
      if (left_[i]->outcome == Outcome::kFailed || !MayComeNext(*left_[i])) continue;
      if (!model_.Step(state, *left_[i], &next)) continue;
      const Operation* taken = left_[i];
      left_.erase(left_.begin() + i);
      const bool explained = Explains(next);
      left_.insert(left_.begin() + i, taken);
      if (explained) return true;
    }
    return false;
  }

 private:
  bool MayComeNext(const Operation& operation) const {
    return std::none_of(left_.begin(), left_.end(), [&operation](const Operation* other) {
      return other->outcome == Outcome::kOk && other->end < operation.begin;
    });
  }

  std::vector<const Operation*> left_;
  const SequentialModel& model_;
};

}  // namespace

std::vector<const Operation*> Pointers(const std::vector<Operation>& history) {
  std::vector<const Operation*> pointers;
  for (const Operation& operation : history) pointers.push_back(&operation);
  return pointers;
}

Answer ByBruteForce(const std::vector<Operation>& history, const SequentialModel& model) {
  return BruteForce(Pointers(history), model).Explains(model.Initial()) ? Answer::kLinearizable
                                                                        : Answer::kNotLinearizable;
}

}  // namespace rehearse::sim
