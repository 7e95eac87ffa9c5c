// What hears of a run's decisions, and changes some of them.

#ifndef REHEARSE_SIM_SCHEDULE_DECISION_LOG_H_
#define REHEARSE_SIM_SCHEDULE_DECISION_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/sim/schedule/decision.h"

namespace rehearse::sim {

// One run's. A run that nobody listens to and nobody changes has none: then a decision costs no
// more than the look whether it has.
class DecisionLog {
 public:
  using OnDecision = std::function<void(const Decision& decision)>;

  // `overrides` are chosen where they fit; of two for one decision, the last. `on_decision`, which
  // may be null, is told of each decision, in the order in which they are made.
  DecisionLog(const std::vector<Decision>& overrides, OnDecision on_decision);

  // The choice for `drawn`, which says what the seed would choose.
  uint64_t Settle(Decision drawn);

  // The overrides that changed nothing, because their decision was never asked for or was another,
  // in words, in their streams' order.
  std::vector<std::string> Unapplied() const;

 private:
  struct Override {
    Decision decision;
    bool applied = false;
    std::string met = {};  // what was asked for instead
  };

  std::map<std::pair<std::string, uint64_t>, Override, std::less<>> overrides_;
  const OnDecision on_decision_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_SCHEDULE_DECISION_LOG_H_
