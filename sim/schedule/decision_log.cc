#include "rehearse/sim/schedule/decision_log.h"

#include "absl/strings/str_cat.h"

namespace rehearse::sim {

DecisionLog::DecisionLog(const std::vector<Decision>& overrides, OnDecision on_decision)
    : on_decision_(std::move(on_decision)) {
  for (const Decision& decision : overrides) {
    overrides_.insert_or_assign({decision.stream, decision.index}, Override{decision});
  }
}

uint64_t DecisionLog::Settle(Decision drawn) {
  if (!overrides_.empty()) {
    const auto found = overrides_.find(std::pair(drawn.stream, drawn.index));
    if (found != overrides_.end()) {
      Override& override = found->second;
      override.applied = override.decision.Fits(drawn);
      override.applied ? void(drawn.chosen = override.decision.chosen)
                       : void(override.met = drawn.ToString());
    }
  }
  if (on_decision_ != nullptr) on_decision_(drawn);
  return drawn.chosen;
}

std::vector<std::string> DecisionLog::Unapplied() const {
  std::vector<std::string> lines;
  for (const auto& [key, override] : overrides_) {
    if (override.applied) continue;
    lines.push_back(absl::StrCat(override.decision.ToString(), ": no longer applies: ",
                                 override.met.empty() ? "the run makes no such decision"
                                                      : "the run decides " + override.met));
  }
  return lines;
}

}  // namespace rehearse::sim
