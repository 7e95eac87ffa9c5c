#include "rehearse/sim/fault/fault_plan.h"

#include <string>

#include "rehearse/sim/fault/plan_text.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<sim::FaultPlan> plan = sim::ParseFaultPlan("plan", bytes);
  if (!plan.ok()) {
    REHEARSE_CHECK(absl::IsInvalidArgument(plan.status()), plan.status().ToString());
    return;
  }
  const std::string text = plan->ToString();
  const absl::StatusOr<sim::FaultPlan> again = sim::ParseFaultPlan("again", text);
  REHEARSE_CHECK(again.ok(), again.status().ToString());
  REHEARSE_CHECK(again->ToString() == text, text);
}

}  // namespace rehearse
