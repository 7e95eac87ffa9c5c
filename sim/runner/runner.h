// Plays the seeds of each test and says what came of them.

#ifndef REHEARSE_SIM_RUNNER_RUNNER_H_
#define REHEARSE_SIM_RUNNER_RUNNER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/sim/runner/build_identity.h"
#include "rehearse/sim/runner/flags.h"
#include "rehearse/sim/runner/mark_coverage.h"
#include "rehearse/sim/runner/replay.h"
#include "rehearse/sim/runner/report.h"
#include "rehearse/sim/runner/run_drawing.h"
#include "rehearse/sim/runner/seed_series.h"
#include "rehearse/sim/runner/seed_server.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/runner/sweep.h"
#include "rehearse/sim/runner/trace_file.h"
#include "rehearse/sim/runner/verifier.h"

namespace rehearse::sim {

struct RunnerOptions {
  Flags flags;
  Shard shard;
  Invocation invocation;
  // Why runs of two processes can't be compared here, if they can't.
  absl::Status hermetic;
  std::unique_ptr<TraceFile> trace;      // null for none
  std::unique_ptr<RunDrawing> drawing;   // the same; of the only run
  std::unique_ptr<TraceFile> decisions;  // the same
  std::optional<Replay> replay;          // what is played; flags.seed is its seed
  BuildIdentity build;
  std::optional<FaultPlan> plan;  // in place of those that a swarm would draw
};

class Runner : public SimTestRunner {
 public:
  // Forks the processes that play; to be called before GoogleTest runs anything.
  //   kResourceExhausted  there are not enough processes to be had
  static absl::StatusOr<std::unique_ptr<Runner>> Start(RunnerOptions options);

  void RunTest(size_t index) override;

  // Prints the totals, if seeds were played, and gives the exit code for GoogleTest's `result`.
  int Finish(int result);

 private:
  Runner(RunnerOptions options, std::vector<SeedServer> servers, Verifier verifier);

  // Told at the end.
  static int Worse(int result, const absl::Status& done);
  void PlayHere(const SimTest& test, uint64_t seed);
  void PlaySeeds(size_t index);
  std::optional<SeedPlan> NextPlan(size_t index, uint64_t& next, absl::Time deadline) const;
  absl::Time DeadlineOfTest(absl::Time now) const;
  void Judge(const SimTest& test, uint64_t seed, const RunResult& result, Totals& totals);
  void Report(const SimTest& test, uint64_t seed, const RunResult& result);
  // Whether the marks that no run has met fail the campaign.
  bool MarksAreRequired() const;
  int JudgeMarks(int result) const;
  void WriteReplayOnce(const SimTest& test, uint64_t seed);

  RunnerOptions options_;
  const absl::Time start_;
  std::vector<SeedServer> servers_;
  Verifier verifier_;
  Totals totals_;
  uint64_t tests_begun_ = 0;
  uint64_t blocks_ = 0;  // printed for the test that runs
  MarkCoverage marks_;
  bool replay_written_ = false;
  absl::Status replay_status_;
  std::optional<Verdict> first_failure_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_RUNNER_H_
