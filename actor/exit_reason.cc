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
    case ExitReason::Kind::kGone: return "gone";
  }
  return "unknown";
}

std::string PanicText(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace rehearse
