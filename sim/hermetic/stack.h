// The main stack at one address, whatever lies on it already.
//
// Arguments, environment and callers push it down by other amounts in each process; the address of
// a local variable would tell.

#ifndef REHEARSE_SIM_HERMETIC_STACK_H_
#define REHEARSE_SIM_HERMETIC_STACK_H_

#include <functional>

#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {

// Calls `body` with the stack pointer where each process of this binary has it for this
// `perturbation`; on the main thread. What it throws comes out. Perturbed, the stack lies elsewhere
// and what is unset on it holds the perturbation's fill; plain, it holds zeros, as long as nobody
// was that deep before. With a stack too small or too full for it, and in builds with sanitizers,
// `body` is called where we are.
void CallOnFixedStack(Perturbation perturbation, const std::function<void()>& body);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_STACK_H_
