// Judgements in words.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_EXPLANATION_H_
#define REHEARSE_SIM_CHECK_INTERNAL_EXPLANATION_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "rehearse/sim/check/internal/object_history.h"
#include "rehearse/sim/check/internal/value_zones.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

// `operations` are those of the object in question, in any order; several lines, the last one
// ended too.
std::string ExplainConflict(absl::Span<const Operation* const> operations,
                            const RegisterConflict& conflict);

std::string ExplainDeadEnd(absl::Span<const Operation* const> operations, const DeadEnd& dead_end);

// The same for a search that met its limits at `dead_end` and knows no more.
std::string ExplainUndecided(absl::Span<const Operation* const> operations, const DeadEnd& dead_end,
                             uint64_t steps);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_EXPLANATION_H_
