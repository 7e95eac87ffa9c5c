#include "rehearse/sim/check/queue_model.h"

#include "rehearse/sim/check/value_list.h"

namespace rehearse::sim {

bool QueueModel::Step(const std::string& state, const Operation& operation,
                      std::string* next) const {
  if (operation.operation == kEnqueue) {
    if (operation.argument.empty()) return false;
    *next = state;
    AppendValue(operation.argument, next);
    return true;
  }
  if (operation.operation != kDequeue && operation.operation != kPeek) return false;
  absl::string_view rest = state;
  absl::string_view first;
  TakeValue(&rest, &first);
  if (operation.outcome == Outcome::kOk && operation.result != first) return false;
  *next = operation.operation == kPeek ? state : std::string(rest);
  return true;
}

bool QueueModel::OnlyReads(const Operation& operation) const {
  return operation.operation == kPeek;
}

}  // namespace rehearse::sim
