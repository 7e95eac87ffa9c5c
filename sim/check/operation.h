// One operation of a history: what a client asked for, what it got, and when.

#ifndef REHEARSE_SIM_CHECK_OPERATION_H_
#define REHEARSE_SIM_CHECK_OPERATION_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/history.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse::sim {

// A value. Begins and ends have places in one total order, the order in which they really happened;
// judges go by these alone, for many events may share one instant. An operation precedes another if
// its end stands before the other's begin; otherwise the two overlap. Every field has a default, so
// that a history by hand names only what it is about.
struct Operation {
  static constexpr uint64_t kNeverEnded = std::numeric_limits<uint64_t>::max();

  uint64_t id = 0;
  uint64_t process = 0;
  std::string object{};
  std::string operation{};
  std::string argument{};
  std::string result{};  // empty unless `outcome` is kOk
  Outcome outcome = Outcome::kUnknown;
  uint64_t begin = 0;  // unique in its history, and so is `end`
  uint64_t end = kNeverEnded;
  Instant begin_time{};
  Instant end_time = Instant::Infinite();

  // The place up to which it may still take effect: its end; for ever if its outcome is unknown.
  uint64_t LastEffect() const { return outcome == Outcome::kUnknown ? kNeverEnded : end; }

  // One line: `12  p3  x.read() -> "7"  ok  [20, 31]  0.100000000s .. 0.140000000s`.
  std::string ToString() const;
};

// "ok", "failed", "unknown".
absl::string_view OutcomeName(Outcome outcome);

// `value` in quotation marks and fit for one line: what can't be printed is escaped, and of a long
// value only the start and the length are shown.
std::string Quoted(absl::string_view value);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_OPERATION_H_
