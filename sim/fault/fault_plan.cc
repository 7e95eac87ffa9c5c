#include "rehearse/sim/fault/fault_plan.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rehearse::sim {
namespace {

std::string Odds(const char* name, Ratio odds) {
  return odds.never() ? "" : absl::StrCat(" ", name, "=", odds.numerator, "/", odds.denominator);
}

std::string LinkText(const LinkOptions& link) {
  const char* const shape = link.latency.shape == Latency::Shape::kUniform       ? "uniform"
                            : link.latency.shape == Latency::Shape::kExponential ? "exponential"
                                                                                 : "bimodal";
  return absl::StrCat(" latency=", shape, "(", absl::FormatDuration(link.latency.min), ",",
                      absl::FormatDuration(link.latency.max), ")", Odds("loss", link.loss),
                      Odds("duplicate", link.duplicate), Odds("reorder", link.reorder));
}

}  // namespace

std::string Fault::ToString() const {
  const std::string when = absl::StrCat(absl::FormatDuration(at), " ");
  const std::string who = absl::StrJoin(nodes, " ");
  switch (kind) {
    case Kind::kCrash: return absl::StrCat(when, "crash ", who);
    case Kind::kSilentCrash: return absl::StrCat(when, "crash silently ", who);
    case Kind::kRestart: return absl::StrCat(when, "restart ", who);
    case Kind::kPause: return absl::StrCat(when, "pause ", who);
    case Kind::kResume: return absl::StrCat(when, "resume ", who);
    case Kind::kPartition:
      return absl::StrCat(when, "partition ", who, " | ", absl::StrJoin(others, " "));
    case Kind::kPartitionOneWay:
      return absl::StrCat(when, "partition ", who, " > ", absl::StrJoin(others, " "));
    case Kind::kSlow:
      return absl::StrCat(when, "slow ", who, " > ", absl::StrJoin(others, " "), " by ",
                          absl::FormatDuration(length));
    case Kind::kHeal: return absl::StrCat(when, "heal");
    case Kind::kLinks: return absl::StrCat(when, "links", LinkText(link));
    case Kind::kClock:
      return absl::StrCat(when, "clock ", who, " offset=", absl::FormatDuration(length),
                          " drift=", number, "ppm");
    case Kind::kPanic: return absl::StrCat(when, "panic ", who, " at wait ", number);
  }
  return "";
}

std::string FaultPlan::ToString() const {
  std::string text;
  for (const Fault& fault : faults) absl::StrAppend(&text, fault.ToString(), "\n");
  return text;
}

}  // namespace rehearse::sim
