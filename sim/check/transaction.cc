#include "rehearse/sim/check/transaction.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

std::string MicroOperation::ToString() const {
  if (kind == Kind::kAppend) return absl::StrCat("append ", key, " ", value);
  return absl::StrCat("read ", key, " [", absl::StrJoin(list, " "), "]");
}

std::string Transaction::ToString() const {
  const std::string ended = end == kNeverEnded ? "never" : absl::StrCat(end);
  return absl::StrCat(
      "p", process, " [", begin, ", ", ended, "] ", OutcomeName(outcome), ": ",
      absl::StrJoin(operations, ", ", [](std::string* out, const MicroOperation& operation) {
        absl::StrAppend(out, operation.ToString());
      }));
}

}  // namespace rehearse::sim
