// Fault plans as people write them: a line a fault, as FaultPlan::ToString writes it.
//
//   # two seconds without a majority
//   1s    partition server-1 | server-2 server-3
//   1.5s  crash silently server-2
//   3s    heal
//   3s    links latency=exponential(1ms,50ms) loss=1/100
//
// docs/FAULTS.md has all of them. Empty lines, and those that begin with #, say nothing.

#ifndef REHEARSE_SIM_FAULT_PLAN_TEXT_H_
#define REHEARSE_SIM_FAULT_PLAN_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/fault/fault_plan.h"

namespace rehearse::sim {

// `name` is the text's, for errors. The faults come in the order of their times.
//   kInvalidArgument  "NAME:LINE:COLUMN: expected …, found …"
absl::StatusOr<FaultPlan> ParseFaultPlan(absl::string_view name, absl::string_view text);

// The same of a file, of at most a megabyte.
//   kNotFound, kUnavailable  it can't be read; the message says why.
absl::StatusOr<FaultPlan> ReadFaultPlan(const std::string& path);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_FAULT_PLAN_TEXT_H_
