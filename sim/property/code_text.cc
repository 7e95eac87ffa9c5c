#include "rehearse/sim/property/code_text.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "rehearse/sim/fault/plan_text.h"

namespace rehearse::sim {

std::string AsCode(const FaultPlan& plan) {
  return absl::StrCat("rehearse::sim::PlanOf(R\"(\n", plan.ToString(), ")\")");
}

std::string AsCode(const std::string& text) {
  return absl::StrCat("\"", absl::CHexEscape(text), "\"");
}

FaultPlan PlanOf(const std::string& text) {
  absl::StatusOr<FaultPlan> plan = ParseFaultPlan("plan", text);
  if (plan.ok()) return *std::move(plan);
  ADD_FAILURE() << plan.status().message();
  return {};
}

}  // namespace rehearse::sim
