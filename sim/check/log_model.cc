#include "rehearse/sim/check/log_model.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/check/value_list.h"

namespace rehearse::sim {
namespace {

uint64_t Length(absl::string_view log) {
  uint64_t length = 0;
  absl::string_view value;
  while (TakeValue(&log, &value)) ++length;
  return length;
}

absl::string_view From(absl::string_view log, uint64_t place) {
  absl::string_view value;
  while (place > 0 && TakeValue(&log, &value)) --place;
  return log;
}

// Whether an operation that takes `log` as it is may have its result.
bool Answers(absl::string_view log, const Operation& operation) {
  const bool known = operation.outcome == Outcome::kOk;
  if (operation.operation == LogModel::kLength) {
    return !known || operation.result == absl::StrCat(Length(log));
  }
  if (operation.operation != LogModel::kRead) return false;
  uint64_t first = 0;
  if (!operation.argument.empty() && !absl::SimpleAtoi(operation.argument, &first)) return false;
  return !known || operation.result == From(log, first);
}

}  // namespace

bool LogModel::Step(const std::string& state, const Operation& operation, std::string* next) const {
  if (operation.operation != kAppend) {
    if (!Answers(state, operation)) return false;
    *next = state;
    return true;
  }
  const bool tells = operation.outcome == Outcome::kOk && !operation.result.empty();
  if (tells && operation.result != absl::StrCat(Length(state))) return false;
  *next = state;
  AppendValue(operation.argument, next);
  return true;
}

bool LogModel::OnlyReads(const Operation& operation) const {
  return operation.operation == kRead || operation.operation == kLength;
}

}  // namespace rehearse::sim
