// Which life of each replica somebody knows of, for replicas that forget all when they crash.
//
// After Michael, Ports, Sharma and Szekeres, "Recovering Shared Objects Without Stable Storage"
// (DISC 2017), on crash-consistent quorums and crash vectors. A majority's answers prove nothing
// when one of them is of a life that was over before another was given: what the first promised is
// forgotten, and the second may be the only one left. So each answer carries the lives that its
// sender knows of, and one whose sender's later life is known to any other is not counted.
//
// Where we differ from the paper: only answers and the messages of a recovery carry the vector. It
// grows nowhere else, and a recovery tells a majority before it takes what they hold, so that any
// two majorities have a replica in common that knows. And a round whose answers are not
// crash-consistent is asked again as a whole.

#ifndef EXAMPLES_REPLICATED_REGISTER_CRASH_VECTOR_H_
#define EXAMPLES_REPLICATED_REGISTER_CRASH_VECTOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace examples::replicated_register {

// For each replica by its number, how often it is known to have recovered; missing ones never have.
using CrashVector = std::vector<uint64_t>;

inline uint64_t LifeOf(const CrashVector& lives, size_t replica) {
  return replica < lives.size() ? lives[replica] : 0;
}

// `known` is all that either of them knew.
void Join(CrashVector& known, const CrashVector& lives);

}  // namespace examples::replicated_register

#endif  // EXAMPLES_REPLICATED_REGISTER_CRASH_VECTOR_H_
