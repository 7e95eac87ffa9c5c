#include "rehearse/sim/check/internal/object_history.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"

namespace rehearse::sim {
namespace {

std::vector<const Operation*> KnownThenUnknown(absl::Span<const Operation* const> operations) {
  std::vector<const Operation*> sorted;
  for (const Operation* operation : operations) {
    if (operation->outcome != Outcome::kFailed) sorted.push_back(operation);
  }
  const auto rank = [](const Operation* operation) {
    return std::make_tuple(operation->outcome == Outcome::kUnknown, operation->begin);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&rank](const Operation* a, const Operation* b) { return rank(a) < rank(b); });
  return sorted;
}

uint32_t CountKnown(absl::Span<const Operation* const> operations) {
  return static_cast<uint32_t>(
      std::count_if(operations.begin(), operations.end(),
                    [](const Operation* operation) { return operation->outcome == Outcome::kOk; }));
}

}  // namespace

ObjectHistory::ObjectHistory(absl::Span<const Operation* const> operations,
                             const SequentialModel& model)
    : operations_(KnownThenUnknown(operations)),
      known_count_(CountKnown(operations_)),
      earlier_twins_(operations_.size(), kNoOperation) {
  for (const Operation* operation : operations_) {
    only_reads_.push_back(model.OnlyReads(*operation));
  }
  SortRequests();
}

void ObjectHistory::SortRequests() {
  std::map<std::pair<absl::string_view, absl::string_view>, uint32_t> first;
  std::map<uint32_t, uint32_t> last_unknown;  // by request
  for (uint32_t i = 0; i < size(); ++i) {
    const auto request =
        first.try_emplace({operations_[i]->operation, operations_[i]->argument}, i);
    requests_.push_back(request.first->second);
    if (!IsUnknown(i)) continue;
    const auto [twin, is_first] = last_unknown.try_emplace(requests_[i], i);
    if (!is_first) earlier_twins_[i] = std::exchange(twin->second, i);
  }
}

uint32_t ObjectHistory::BegunUnknown(uint64_t position) const {
  const auto begun = std::partition_point(
      operations_.begin() + known_count_, operations_.end(),
      [position](const Operation* operation) { return operation->begin <= position; });
  return static_cast<uint32_t>(begun - operations_.begin());
}

}  // namespace rehearse::sim
