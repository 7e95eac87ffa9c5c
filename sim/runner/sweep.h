// Many seeds of one test on several processes, judged in order.

#ifndef REHEARSE_SIM_RUNNER_SWEEP_H_
#define REHEARSE_SIM_RUNNER_SWEEP_H_

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/sim/runner/seed_server.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// One seed of a test, and whether it is played a second time, perturbed.
struct SeedPlan {
  uint64_t index = 0;  // in the test's series
  uint64_t seed = 0;
  bool check = false;
};

struct SeedOutcome {
  SeedPlan plan;
  RunResult plain;
  std::optional<RunResult> perturbed;
};

struct SweepOptions {
  uint32_t test = 0;
  bool stream_events = false;  // of the plain runs
};

// The perturbation under which a seed is checked: not always the same, and the same each time.
Perturbation PerturbationOf(uint64_t seed);

// What came out does not depend on how many servers there are.
class Sweep {
 public:
  // The next seed to play; nothing when there is none, and then it isn't asked again.
  using Next = std::function<std::optional<SeedPlan>()>;
  // Called in the order in which Next gave them; false ends the sweep.
  using Judge = std::function<bool(const SeedOutcome& outcome)>;
  // Given each event's line of a plain run with stream_events; with one server, run after run.
  using OnLine = std::function<void(const SeedPlan& plan, absl::string_view line)>;

  Sweep(std::vector<SeedServer>& servers, const SweepOptions& options)
      : servers_(servers), options_(options), start_(absl::Now()), tasks_(servers.size()) {}

  // Comes back when the servers are idle.
  void Play(const Next& next, const Judge& judge, const OnLine& on_line);

 private:
  struct Task {
    uint64_t order;
    bool perturbed;
  };
  struct Pending {
    SeedPlan plan;
    std::optional<RunResult> plain;
    std::optional<RunResult> perturbed;
    bool done() const { return plain.has_value() && (!plan.check || perturbed.has_value()); }
  };

  size_t RequestsMax() const;
  void HandOut(const Next& next);
  bool NextTask(const Next& next, Task& task);
  void Collect(const OnLine& on_line);
  void JudgeInOrder(const Judge& judge);
  bool Busy() const;

  std::vector<SeedServer>& servers_;
  const SweepOptions options_;
  const absl::Time start_;
  uint64_t collected_ = 0;               // results so far
  std::vector<std::deque<Task>> tasks_;  // sent to each server, oldest first
  std::deque<Pending> pending_;          // in order, from first_order_ on
  std::optional<Task> second_;           // the perturbed half of what was handed out last
  uint64_t first_order_ = 0;
  bool more_ = true;     // Next may have another
  bool judging_ = true;  // no failure has ended the sweep
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SWEEP_H_
