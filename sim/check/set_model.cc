#include "rehearse/sim/check/set_model.h"

#include "rehearse/sim/check/value_list.h"

namespace rehearse::sim {
namespace {

// Where `value` stands in a sorted list, or would.
struct Place {
  absl::string_view before;
  absl::string_view after;  // without the value
  bool found = false;
};

Place Find(absl::string_view list, absl::string_view value) {
  absl::string_view rest = list;
  absl::string_view member;
  while (true) {
    const absl::string_view here = rest;
    const absl::string_view before = list.substr(0, list.size() - here.size());
    if (!TakeValue(&rest, &member) || member > value) return {before, here, false};
    if (member == value) return {before, rest, true};
  }
}

std::string With(const Place& place, absl::string_view value) {
  std::string list(place.before);
  AppendValue(value, &list);
  list.append(place.after.data(), place.after.size());
  return list;
}

std::string Without(const Place& place) {
  std::string list(place.before);
  list.append(place.after.data(), place.after.size());
  return list;
}

// Whether the operation may have answered `yes`.
bool MayAnswer(const Operation& operation, bool yes) {
  if (operation.outcome != Outcome::kOk) return true;
  if (operation.result.empty()) return operation.operation != SetModel::kContains;
  return operation.result == (yes ? SetModel::kYes : SetModel::kNo);
}

}  // namespace

bool SetModel::Step(const std::string& state, const Operation& operation, std::string* next) const {
  if (operation.operation == kMembers) {
    *next = state;
    return operation.outcome != Outcome::kOk || operation.result == state;
  }
  const bool adds = operation.operation == kAdd;
  const bool removes = operation.operation == kRemove;
  if (!adds && !removes && operation.operation != kContains) return false;
  const Place place = Find(state, operation.argument);
  if (!MayAnswer(operation, place.found != adds)) return false;
  if (adds) {
    *next = With(place, operation.argument);
  } else {
    *next = removes ? Without(place) : state;
  }
  return true;
}

bool SetModel::OnlyReads(const Operation& operation) const {
  return operation.operation == kContains || operation.operation == kMembers;
}

}  // namespace rehearse::sim
