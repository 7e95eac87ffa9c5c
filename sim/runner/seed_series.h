// Which seeds a test plays, and which of them are this process's.

#ifndef REHEARSE_SIM_RUNNER_SEED_SERIES_H_
#define REHEARSE_SIM_RUNNER_SEED_SERIES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::sim {

// Seed number `index` of a test: the same in every build and process, and other tests have others.
uint64_t SeedOf(absl::string_view suite, absl::string_view name, uint64_t index);

// "0x00000000000000ff": how seeds and hashes are printed, and may be given.
std::string Hex(uint64_t value);

// One process of several that share the work; together they play each (test, seed) once.
struct Shard {
  uint64_t index = 0;
  uint64_t total = 1;

  // Whether pair number `pair` of the whole program is this process's.
  bool Plays(uint64_t pair) const { return pair % total == index; }
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SEED_SERIES_H_
