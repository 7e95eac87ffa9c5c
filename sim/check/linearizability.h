// Is there one order of all operations that explains what every client saw?
//
// A history is linearizable (Herlihy, Wing, TOPLAS 1990) if each operation can be given one moment
// between its begin and its end, so that the operations in the order of these moments do what the
// sequential model says. It holds for a history if and only if it holds for each object alone
// (their Theorem 1), so objects are judged one by one.

#ifndef REHEARSE_SIM_CHECK_LINEARIZABILITY_H_
#define REHEARSE_SIM_CHECK_LINEARIZABILITY_H_

#include "absl/types/span.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

//   Judgement judgement = CheckLinearizability(history.operations(), RegisterModel());
//   REHEARSE_EXPECT(judgement.linearizable()) << judgement.explanation;
//
// Each object starts in the model's initial state. kOk operations took effect between begin and
// end; kUnknown ones at any time after their begin, or never; kFailed ones never. The order of
// `operations` does not matter: their positions do.
//
// Stops at the first object, in the order of `operations`, that is not linearizable. Answers
// kUndecided only if no object was found wrong and one of them met its limits. kLinearizable is a
// proof; kNotLinearizable is one up to a collision of 128-bit hashes.
//
// A pure function; allocates, never parks, uses little stack.
Judgement CheckLinearizability(absl::Span<const Operation> operations, const SequentialModel& model,
                               const JudgeLimits& limits = {});

// The same question for registers. An object whose read values were written once each is decided
// without a search, in time n log n whatever the concurrency, and never kUndecided: give each write
// a value of its own. Other objects are searched as above.
Judgement CheckLinearizability(absl::Span<const Operation> operations, const RegisterModel& model,
                               const JudgeLimits& limits = {});

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_LINEARIZABILITY_H_
