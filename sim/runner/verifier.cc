#include "rehearse/sim/runner/verifier.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/divergence.h"
#include "rehearse/sim/runner/seed_series.h"

namespace rehearse::sim {
namespace {

constexpr int kDivergenceTries = 3;

bool IsSameRun(const RunResult& a, const RunResult& b) {
  return a.hash == b.hash && a.verdict == b.verdict && a.events == b.events;
}

std::string Summary(const RunResult& result) {
  return absl::StrCat(VerdictName(result.verdict), ", hash ", Hex(result.hash), ", ", result.events,
                      " events", result.reason.empty() ? "" : ": ", result.reason);
}

}  // namespace

Verifier::Verifier(SeedServer first, SeedServer second, bool repeats) : repeats_(repeats) {
  servers_.push_back(std::move(first));
  servers_.push_back(std::move(second));
}

RunResult Verifier::Verify(uint32_t test, const SeedOutcome& outcome) {
  const RunResult& plain = outcome.plain;
  // A process that died has no hash to compare, and says more than that its twin did not.
  const bool ended = plain.hash != 0;
  if (ended && outcome.perturbed.has_value() && !IsSameRun(plain, *outcome.perturbed)) {
    return Diverged(
        test, outcome.plan.seed, plain,
        absl::StrCat("with its memory placed and filled otherwise: ", Summary(*outcome.perturbed)));
  }
  if (plain.verdict == Verdict::kGood) return plain;
  return Confirm(test, outcome.plan.seed, plain);
}

RunResult Verifier::Confirm(uint32_t test, uint64_t seed, const RunResult& plain) {
  if (plain.hash == 0) return ConfirmEnd(test, seed, plain);
  const RunResult again = servers_[0].Play({.seed = seed, .test = test});
  if (IsSameRun(plain, again) || !repeats_) return plain;
  return Diverged(test, seed, plain, absl::StrCat("when it was played again: ", Summary(again)));
}

// Nothing came of the run but its end, and what it may have printed is elsewhere.
RunResult Verifier::ConfirmEnd(uint32_t test, uint64_t seed, const RunResult& plain) {
  RunResult again = servers_[0].Play({.seed = seed, .test = test, .keep_output = true});
  if (again.verdict == plain.verdict && again.reason == plain.reason) return again;
  RunResult result = plain;
  absl::StrAppend(&result.explanation, "when it was played again: ", Summary(again), "\n");
  if (!repeats_) return result;
  absl::StrAppend(&result.explanation, "the first time: ", Summary(plain), "\n");
  result.verdict = Verdict::kNondeterminism;
  result.reason = "the seed gave another run when it was played again";
  return result;
}

RunResult Verifier::Diverged(uint32_t test, uint64_t seed, const RunResult& plain,
                             const std::string& how) {
  RunResult result = plain;
  result.verdict = Verdict::kNondeterminism;
  result.reason = "the seed gave two runs";
  result.explanation = absl::StrCat("first: ", Summary(plain), "\n", how, "\n");
  for (int i = 0; i < kDivergenceTries; ++i) {
    const std::optional<Divergence> found = FindDivergence(servers_[0], servers_[1], test, seed);
    if (!found.has_value()) continue;
    absl::StrAppend(&result.explanation, found->ToString());
    return result;
  }
  absl::StrAppend(&result.explanation, "played ", kDivergenceTries,
                  " times more, no event differed: it comes and goes, or no event shows it\n");
  return result;
}

}  // namespace rehearse::sim
