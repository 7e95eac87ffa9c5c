// The first event at which two runs of one seed differ.

#ifndef REHEARSE_SIM_RUNNER_DIVERGENCE_H_
#define REHEARSE_SIM_RUNNER_DIVERGENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rehearse/sim/runner/seed_server.h"

namespace rehearse::sim {

struct Divergence {
  uint64_t event = 0;  // counted from 1
  std::string plain;   // its line; empty: that run was over
  std::string perturbed;
  std::string actor;  // "server-1 #3", out of the line
  // The functions that recorded it in the plain run, from the nearest to the event on.
  std::vector<std::string> callers = {};

  // Several lines for people.
  std::string ToString() const;
};

// Plays the seed plain on one server and perturbed on the other, side by side, and compares events
// as they come. Nothing if all were equal: then the difference comes and goes, or is none that a
// trace shows.
std::optional<Divergence> FindDivergence(SeedServer& plain, SeedServer& perturbed, uint32_t test,
                                         uint64_t seed);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_DIVERGENCE_H_
