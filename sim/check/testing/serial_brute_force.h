// Tries every order of a few transactions: what the judge of lists is compared with.

#ifndef REHEARSE_SIM_CHECK_TESTING_SERIAL_BRUTE_FORCE_H_
#define REHEARSE_SIM_CHECK_TESTING_SERIAL_BRUTE_FORCE_H_

#include <vector>

#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {

// Whether some order of all that are ok, and some of those that are unknown, explains every list.
// `model` is kSerializable or stricter. Takes n! * 2^n looks.
bool HoldsByBruteForce(const std::vector<Transaction>& history, ConsistencyModel model);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_TESTING_SERIAL_BRUTE_FORCE_H_
