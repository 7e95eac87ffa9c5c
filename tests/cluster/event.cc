#include "rehearse/tests/cluster/event.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rehearse::cluster {
namespace {

constexpr absl::string_view kWords[] = {"begins",       "took",    "asks", "answered", "failed",
                                        "acknowledged", "watches", "told", "panics"};
constexpr absl::string_view kNobody = "-";  // a word for the empty one

template <typename Number>
bool Read(absl::string_view text, Number& number) {
  return absl::SimpleAtoi(text, &number);
}

bool ReadKind(absl::string_view word, Event::Kind& kind) {
  for (size_t i = 0; i < std::size(kWords); ++i) {
    if (kWords[i] != word) continue;
    kind = static_cast<Event::Kind>(i);
    return true;
  }
  return false;
}

bool ReadReason(absl::string_view text, ExitReason::Kind& reason) {
  uint32_t number = 0;
  if (!Read(text, number) || number > static_cast<uint32_t>(ExitReason::Kind::kGone)) return false;
  reason = static_cast<ExitReason::Kind>(number);
  return true;
}

}  // namespace

std::string Event::ToString() const {
  return absl::StrCat(kWords[static_cast<size_t>(kind)], " ", actor, " ", other, " ", sequence, " ",
                      node.empty() ? kNobody : absl::string_view(node), " ",
                      static_cast<uint32_t>(reason), " ", after);
}

absl::StatusOr<Event> Event::Parse(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  Event event;
  if (words.size() == 7 && ReadKind(words[0], event.kind) && Read(words[1], event.actor) &&
      Read(words[2], event.other) && Read(words[3], event.sequence) &&
      ReadReason(words[5], event.reason) && Read(words[6], event.after)) {
    if (words[4] != kNobody) event.node = std::string(words[4]);
    return event;
  }
  return absl::DataLossError(absl::StrCat("no event: ", line));
}

}  // namespace rehearse::cluster
