#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood: return "good";
    case Verdict::kCrash: return "crash";
    case Verdict::kLiveness: return "liveness";
    case Verdict::kSafety: return "safety";
    case Verdict::kNondeterminism: return "nondeterminism";
  }
  return "unknown";
}

}  // namespace rehearse::sim
