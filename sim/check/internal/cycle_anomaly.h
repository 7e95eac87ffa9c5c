// Names a cycle and tells it in words.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_CYCLE_ANOMALY_H_
#define REHEARSE_SIM_CHECK_INTERNAL_CYCLE_ANOMALY_H_

#include <string>

#include "absl/types/span.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/internal/append_index.h"
#include "rehearse/sim/check/internal/cycle_search.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

// By the kinds of its steps alone.
Anomaly NameCycle(const Cycle& cycle);

// The transactions of the cycle, each with why it comes before the next.
std::string ExplainCycle(absl::Span<const Transaction> history, const AppendIndex& index,
                         const Cycle& cycle);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_CYCLE_ANOMALY_H_
