#include "rehearse/sim/check/operation.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

constexpr size_t kQuotedBytesMax = 48;

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kFailed: return "failed";
    case Outcome::kUnknown: return "unknown";
  }
  return "?";
}

std::string Quoted(absl::string_view value) {
  if (value.size() <= kQuotedBytesMax) return absl::StrCat("\"", absl::CHexEscape(value), "\"");
  return absl::StrCat("\"", absl::CHexEscape(value.substr(0, kQuotedBytesMax)), "...\" (",
                      value.size(), " bytes)");
}

std::string Operation::ToString() const {
  // A read says what it returned even if that was nothing; a write's empty result says nothing.
  const bool tells = outcome == Outcome::kOk && (!result.empty() || argument.empty());
  return absl::StrCat(id, "  p", process, "  ", object, ".", operation, "(",
                      argument.empty() ? "" : Quoted(argument), ")",
                      tells ? absl::StrCat(" -> ", Quoted(result)) : "", "  ", OutcomeName(outcome),
                      "  [", begin, ", ", end == kNeverEnded ? "never" : absl::StrCat(end), "]  ",
                      begin_time.ToString(), " .. ", end_time.ToString());
}

}  // namespace rehearse::sim
