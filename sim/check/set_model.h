// A set: a value is in it or not.

#ifndef REHEARSE_SIM_CHECK_SET_MODEL_H_
#define REHEARSE_SIM_CHECK_SET_MODEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// Knows
//   add       argument: the value; result: kYes if it was not in the set before, kNo if it was
//   remove    argument: the value; result: kYes if it was in the set before, kNo if it was not
//   contains  argument: the value; result: kYes or kNo
//   members   result: all values, as ValueList in ascending order of their bytes
// Where an add or a remove does not tell which, its result is empty, and either is allowed. Any
// other operation, or result, is allowed in no state. Empty at first.
//
// Without `members`, each value is an object of its own: a history which names it in the object
// ("users/ada" instead of "users") is judged value by value, in a small part of the time.
class SetModel : public SequentialModel {
 public:
  static constexpr absl::string_view kAdd = "add";
  static constexpr absl::string_view kRemove = "remove";
  static constexpr absl::string_view kContains = "contains";
  static constexpr absl::string_view kMembers = "members";
  static constexpr absl::string_view kYes = "yes";
  static constexpr absl::string_view kNo = "no";

  std::string Initial() const override { return ""; }
  bool Step(const std::string& state, const Operation& operation, std::string* next) const override;
  bool OnlyReads(const Operation& operation) const override;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_SET_MODEL_H_
