#include "rehearse/actor/exit_reason.h"

#include "absl/strings/str_cat.h"

namespace rehearse {

std::string ExitReason::ToString() const {
  return what.empty() ? std::string(ExitKindName(kind))
                      : absl::StrCat(ExitKindName(kind), ": ", what);
}

absl::string_view ExitKindName(ExitReason::Kind kind) {
  switch (kind) {
    case ExitReason::Kind::kNormal: return "normal";
    case ExitReason::Kind::kStopped: return "stopped";
    case ExitReason::Kind::kKilled: return "killed";
    case ExitReason::Kind::kPanicked: return "panicked";
    case ExitReason::Kind::kLinkDied: return "link died";
    case ExitReason::Kind::kNodeLost: return "node lost";
    case ExitReason::Kind::kRestarting: return "restarting";
  }
  return "unknown";
}

}  // namespace rehearse
