// How far a campaign is, while it runs.

#ifndef REHEARSE_SIM_RUNNER_PROGRESS_H_
#define REHEARSE_SIM_RUNNER_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rehearse::sim {

struct ProgressOptions {
  bool terminal = false;  // one line that is rewritten; otherwise a line now and then
  absl::Time start;
  uint64_t seeds_goal = 0;  // UINT64_MAX: as many as fit
  absl::Time deadline = absl::InfiniteFuture();
};

// One test's, written to stderr. Short ones never show.
class Progress {
 public:
  Progress(absl::string_view test, const ProgressOptions& options);

  // A seed was judged.
  void Update(uint64_t seeds, uint64_t failures, absl::Time now);

  // Takes the rewritten line away.
  void Finish();

  // "Suite.Name: 1200/100000 seeds, 0 failures, 4000 seeds/s, 25s to go"
  std::string Line(uint64_t seeds, uint64_t failures, absl::Time now) const;

 private:
  const std::string test_;
  const ProgressOptions options_;
  absl::Time next_;
  bool shown_ = false;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_PROGRESS_H_
