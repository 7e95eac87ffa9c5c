// What the runs of a campaign have met, together, of the marks that there are.

#ifndef REHEARSE_SIM_RUNNER_MARK_COVERAGE_H_
#define REHEARSE_SIM_RUNNER_MARK_COVERAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse::sim {

class MarkCoverage {
 public:
  MarkCoverage();

  // `met` is a run's (RunResult::marks). The order of the runs does not matter.
  void Add(absl::string_view met);

  // Whether the binary has marks that a campaign must meet.
  bool any() const { return wanted() != 0; }
  // Those that no run has met as they want it, one text each, sorted.
  std::vector<std::string> Missing() const;
  // "MARKS: 3 of 4 met"
  std::string ToString() const;

 private:
  size_t wanted() const;

  std::string met_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_MARK_COVERAGE_H_
