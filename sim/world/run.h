// One run of one seed: what it is given, and what comes out.

#ifndef REHEARSE_SIM_WORLD_RUN_H_
#define REHEARSE_SIM_WORLD_RUN_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/schedule/decision.h"
#include "rehearse/sim/trace/event_ring.h"

namespace rehearse::sim {

// How a run ended; the values are the exit codes of a test binary.
enum class Verdict : uint8_t {
  kGood = 0,
  kCrash = 10,          // a signal, a failed check, an unexpected exit
  kLiveness = 11,       // it did not converge, or never came to rest
  kSafety = 12,         // an expectation or invariant failed
  kNondeterminism = 13  // the same seed gave another run
};

absl::string_view VerdictName(Verdict verdict);

struct RunOptions {
  uint64_t seed = 0;
  // Where the last events are kept; in shared memory they outlive a crash. Null: in the run's own.
  EventRing* ring = nullptr;
  // If set, given each event's line, in order ("12.000345000s server-1 #3 handle Write from #7").
  std::function<void(absl::string_view line)> on_event = {};
  // If set, told of all actors of the run; see World::Observe.
  Observer* observer = nullptr;
  // Asked about each exception that leaves a handler: true if it is a failed assertion of the test,
  // told in `what`, and no panic of the program's. May be null.
  std::function<bool(const std::exception_ptr& thrown, std::string& what)> is_assertion = {};
  // For tests: what `--bug=` and the like said.
  std::vector<std::string> args = {};
  // How many actors and messages the world may hold at once; a run that holds more fails.
  // What is larger than 640 bytes does not count, and under a sanitizer nothing does.
  size_t held_max = 4'000'000;
  // If set, what goes wrong where the test injects a swarm.
  std::optional<FaultPlan> plan = {};
  // What is chosen otherwise than the seed would.
  std::vector<Decision> overrides = {};
  // If set, told of each decision, in order. A run goes the same with it.
  std::function<void(const Decision& decision)> on_decision = {};
};

struct RunResult {
  Verdict verdict = Verdict::kGood;
  std::string reason;  // empty if good
  uint64_t hash = 0;   // of the whole trace
  uint64_t events = 0;
  Instant virtual_time;
  std::vector<std::string> last_events;
  std::string explanation;             // a judge's, several lines; may be empty
  std::string marks;                   // which were met, a byte a site; see check/run_marks.h
  std::vector<std::string> unapplied;  // overrides that no longer apply, each with why
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_RUN_H_
