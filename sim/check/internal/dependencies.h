// Reads off a history of lists which transaction must come before which.
//
// Complete and sound: an order of the committed transactions explains what they read if and only if
// it respects every arc (and no list is wrong in itself, see list_anomalies.h). For, taken in such
// an order, each key's list grows as its longest list says, then by what was not read; and each
// reader stands between the append that its list ends with and the one after.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCIES_H_
#define REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCIES_H_

#include "absl/types/span.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/internal/append_index.h"
#include "rehearse/sim/check/internal/dependency_graph.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

// Sealed. With the arcs of processes and of real time only if `model` counts them.
DependencyGraph DependenciesOf(absl::Span<const Transaction> history, const AppendIndex& index,
                               ConsistencyModel model);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_DEPENDENCIES_H_
