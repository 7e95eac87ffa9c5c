#include "rehearse/sim/check/recorded_history.h"

#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {

RecordedHistory::RecordedHistory(std::function<Instant()> now) : now_(std::move(now)) {}

uint64_t RecordedHistory::Begin(uint64_t process, absl::string_view object,
                                absl::string_view operation, absl::string_view argument) {
  Operation& begun = operations_.emplace_back();
  begun.id = operations_.size();
  begun.process = process;
  begun.object = std::string(object);
  begun.operation = std::string(operation);
  begun.argument = std::string(argument);
  begun.begin = next_position_++;
  begun.begin_time = now_();
  ++counts_[static_cast<size_t>(begun.outcome)];
  return begun.id;
}

void RecordedHistory::End(uint64_t operation, Outcome outcome, absl::string_view result) {
  if (operation == 0 || operation > operations_.size()) {
    throw std::logic_error(absl::StrCat("history: end of operation ", operation, ": only ",
                                        operations_.size(), " have begun"));
  }
  Operation& ended = operations_[operation - 1];
  if (ended.end != Operation::kNeverEnded) {
    throw std::logic_error(absl::StrCat("history: end of operation ", operation,
                                        ": it has ended already: ", ended.ToString()));
  }
  --counts_[static_cast<size_t>(ended.outcome)];
  ++counts_[static_cast<size_t>(outcome)];
  ended.outcome = outcome;
  if (outcome == Outcome::kOk) ended.result = std::string(result);
  ended.end = next_position_++;
  ended.end_time = now_();
}

std::string RecordedHistory::ToString() const {
  std::string text;
  for (const Operation& operation : operations_) {
    absl::StrAppend(&text, operation.ToString(), "\n");
  }
  return text;
}

}  // namespace rehearse::sim
