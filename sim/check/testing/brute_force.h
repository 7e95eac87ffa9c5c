// The judge that is too slow for anything but tiny histories and too simple to be wrong.

#ifndef REHEARSE_SIM_CHECK_TESTING_BRUTE_FORCE_H_
#define REHEARSE_SIM_CHECK_TESTING_BRUTE_FORCE_H_

#include <vector>

#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// Tries every order, operation by operation: n! of them. The history has one object.
Answer ByBruteForce(const std::vector<Operation>& history, const SequentialModel& model);

// For what takes a history apart.
std::vector<const Operation*> Pointers(const std::vector<Operation>& history);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_TESTING_BRUTE_FORCE_H_
