// A random mix of faults, drawn from the seed.
//
// After Groce and others, "Swarm testing" (ISSTA 2012): whole families are off in a run, each with
// odds of one half, because a little of everything in every run hides what needs a lot of one
// thing.

#ifndef REHEARSE_SIM_FAULT_SWARM_H_
#define REHEARSE_SIM_FAULT_SWARM_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {

struct Swarm {
  // Faults begin within this long.
  absl::Duration horizon = absl::Seconds(60);
  // Who may crash, pause, lose track of time, panic: nodes whose name begins with this. Empty: all.
  std::string victims = {};
  // How many of the victims may crash over the whole run. Negative: a minority of them.
  int crashes_max = -1;
  // Whether they come back.
  bool restarts = true;
  // Whether the program survives panics and kills of its actors.
  bool panics = false;
  // Whether it keeps on disk what it must not forget, and tells bad bytes from good ones. Then each
  // victim may lose power, more than once, and comes back; all disks may lose what was not synced,
  // tear writes, fail, fill up and be slow; and those of a minority of the victims, always the same
  // ones, may rot and misdirect.
  bool disks = false;
  // Beyond what the program is made to survive: all victims may crash, and stay down; partitions
  // may stay; all disks may lie. What is then right is judged, and not that it goes on: see
  // World::JudgeSafetyOnly.
  bool beyond_tolerance = false;
  // Families that are off in every run, by their names in swarm.cc: "partitions", "rot"; or parts
  // of some: "loss" of "links". That moves no other.
  std::vector<std::string> without = {};
};

// Whether there is a family of that name, or a part of one.
bool IsFamily(absl::string_view name);

// `nodes` are all there are, in order.
FaultPlan DrawPlan(const Swarm& swarm, const std::vector<std::string>& nodes,
                   const Decisions& decisions);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_FAULT_SWARM_H_
