#include "rehearse/sim/check/testing/serial_brute_force.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

namespace rehearse::sim {
namespace {

using Lists = std::map<uint64_t, std::vector<uint64_t>>;

class Orders {
 public:
  Orders(const std::vector<Transaction>& history, ConsistencyModel model)
      : history_(history), model_(model), taken_(history.size()) {}

  bool Explain(const Lists& lists) {
    bool done = true;
    for (size_t i = 0; i < history_.size(); ++i) {
      if (taken_[i] || history_[i].outcome == Outcome::kFailed) continue;
      done = done && history_[i].outcome == Outcome::kUnknown;
      Lists next = lists;
      if (!MayComeNext(history_[i]) || !Run(history_[i], next)) continue;
      taken_[i] = true;
      const bool explained = Explain(next);
      taken_[i] = false;
      if (explained) return true;
    }
    return done;
  }

 private:
  bool MayComeNext(const Transaction& next) const {
    for (size_t i = 0; i < history_.size(); ++i) {
      const Transaction& other = history_[i];
      if (taken_[i] || other.outcome != Outcome::kOk || other.end >= next.begin) continue;
      if (model_ == ConsistencyModel::kStrictSerializable) return false;
      if (model_ == ConsistencyModel::kSessionSerializable && other.process == next.process) {
        return false;
      }
    }
    return true;
  }

  static bool Run(const Transaction& transaction, Lists& lists) {
    for (const MicroOperation& operation : transaction.operations) {
      std::vector<uint64_t>& list = lists[operation.key];
      if (operation.kind == MicroOperation::Kind::kAppend) {
        list.push_back(operation.value);
      } else if (transaction.outcome == Outcome::kOk && operation.list != list) {
        return false;
      }
    }
    return true;
  }

  const std::vector<Transaction>& history_;
  const ConsistencyModel model_;
  std::vector<bool> taken_;
};

}  // namespace

bool HoldsByBruteForce(const std::vector<Transaction>& history, ConsistencyModel model) {
  return Orders(history, model).Explain({});
}

}  // namespace rehearse::sim
