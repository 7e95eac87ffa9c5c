#include "rehearse/sim/fault/fault_plan.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rehearse::sim {
namespace {

std::string Odds(const char* name, Ratio odds) {
  return odds.never() ? "" : absl::StrCat(" ", name, "=", odds.numerator, "/", odds.denominator);
}

std::string Number(const char* name, uint64_t number) {
  return number == 0 ? "" : absl::StrCat(" ", name, "=", number);
}

std::string LinkText(const LinkOptions& link) {
  return absl::StrCat(" latency=", link.latency.ToString(), Odds("loss", link.loss),
                      Odds("duplicate", link.duplicate), Odds("reorder", link.reorder),
                      Odds("corrupt", link.corrupt), Number("mtu", link.mtu_bytes),
                      Number("bandwidth", link.bytes_per_second));
}

}  // namespace

std::string Fault::ToString() const {
  const std::string when = absl::StrCat(absl::FormatDuration(at), " ");
  const std::string who = absl::StrJoin(nodes, " ");
  const std::string whom = absl::StrJoin(others, " ");
  switch (kind) {
    case Kind::kCrash: return absl::StrCat(when, "crash ", who);
    case Kind::kSilentCrash: return absl::StrCat(when, "crash silently ", who);
    case Kind::kPowerFailure: return absl::StrCat(when, "power failure ", who);
    case Kind::kWipe: return absl::StrCat(when, "wipe ", who);
    case Kind::kRestart: return absl::StrCat(when, "restart ", who);
    case Kind::kPause: return absl::StrCat(when, "pause ", who);
    case Kind::kResume: return absl::StrCat(when, "resume ", who);
    case Kind::kPartition: return absl::StrCat(when, "partition ", who, " | ", whom);
    case Kind::kPartitionOneWay: return absl::StrCat(when, "partition ", who, " > ", whom);
    case Kind::kMend: return absl::StrCat(when, "mend ", who, " | ", whom);
    case Kind::kClog:
      return absl::StrCat(when, "clog ", who, " > ", whom, " for ", absl::FormatDuration(length));
    case Kind::kReset: return absl::StrCat(when, "reset ", who, " | ", whom);
    case Kind::kResetOneWay: return absl::StrCat(when, "reset ", who, " > ", whom);
    case Kind::kRebind: return absl::StrCat(when, "rebind ", who);
    case Kind::kSlow:
      return absl::StrCat(when, "slow ", who, " > ", whom, " by ", absl::FormatDuration(length));
    case Kind::kHeal: return absl::StrCat(when, "heal");
    case Kind::kLinks: return absl::StrCat(when, "links", LinkText(link));
    case Kind::kClock:
      return absl::StrCat(when, "clock ", who, " offset=", absl::FormatDuration(length),
                          " drift=", number, "ppm");
    case Kind::kPanic: return absl::StrCat(when, "panic ", who, " at wait ", number);
    case Kind::kBuggify: return absl::StrCat(when, "buggify");
    case Kind::kKill: return absl::StrCat(when, "kill ", who, " at wait ", number);
    case Kind::kDisk: return absl::StrCat(when, "disk ", who, ": ", disk.ToString());
    case Kind::kHealDisk: return absl::StrCat(when, "heal disk ", who);
  }
  return "";
}

std::string FaultPlan::ToString() const {
  std::string text;
  for (const Fault& fault : faults) absl::StrAppend(&text, fault.ToString(), "\n");
  return text;
}

}  // namespace rehearse::sim
