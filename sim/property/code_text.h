// Values as C++ that makes them again, for tests that are pasted from a report.
//
// A type of the user's own has an overload of AsCode in its namespace:
//
//   std::string AsCode(const Command& c) { return absl::StrCat("Write{", AsCode(c.key), "}"); }

#ifndef REHEARSE_SIM_PROPERTY_CODE_TEXT_H_
#define REHEARSE_SIM_PROPERTY_CODE_TEXT_H_

#include <concepts>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/fault/fault_plan.h"

namespace rehearse::sim {

// sim::PlanOf(R"(…)"), the plan as people write it.
std::string AsCode(const FaultPlan& plan);
std::string AsCode(const std::string& text);
inline std::string AsCode(bool value) { return value ? "true" : "false"; }
template <std::integral T>
std::string AsCode(T value) {
  return absl::StrCat(value);
}
template <typename T>
std::string AsCode(const std::vector<T>& values) {
  std::string code = "{";
  for (const T& value : values) {
    absl::StrAppend(&code, code.size() > 1 ? ", " : "", AsCode(value));
  }
  return code + "}";
}

// The plan that such code means. Fails the running test if it is none.
FaultPlan PlanOf(const std::string& text);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROPERTY_CODE_TEXT_H_
