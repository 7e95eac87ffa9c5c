// A log: values are put at its end, and what stands in it stays as it is.

#ifndef REHEARSE_SIM_CHECK_LOG_MODEL_H_
#define REHEARSE_SIM_CHECK_LOG_MODEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// Knows
//   append  argument: the value; result: the place it got, in decimal from 0; empty if not told
//   read    argument: the first place that is wanted, in decimal, or empty for the first of all;
//           result: all values from there on, as ValueList; empty past the end
//   length  result: how many values there are, in decimal
// Any other operation, and a read whose argument is no number, is allowed in no state. Empty at
// first.
//
// A state is the whole log, so that a search of n operations may copy n * n bytes: give a history
// many logs rather than one long one.
class LogModel : public SequentialModel {
 public:
  static constexpr absl::string_view kAppend = "append";
  static constexpr absl::string_view kRead = "read";
  static constexpr absl::string_view kLength = "length";

  std::string Initial() const override { return ""; }
  bool Step(const std::string& state, const Operation& operation, std::string* next) const override;
  bool OnlyReads(const Operation& operation) const override;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_LOG_MODEL_H_
