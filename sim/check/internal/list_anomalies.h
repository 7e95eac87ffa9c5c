// What is wrong with a history of lists before anything is put in order.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_LIST_ANOMALIES_H_
#define REHEARSE_SIM_CHECK_INTERNAL_LIST_ANOMALIES_H_

#include <vector>

#include "absl/types/span.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/internal/append_index.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

// All of them but the cycles, in the order of the history. Of a value that should not be in a key's
// list, only one list that has it is named.
std::vector<Anomaly> FindListAnomalies(absl::Span<const Transaction> history,
                                       const AppendIndex& index);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_LIST_ANOMALIES_H_
