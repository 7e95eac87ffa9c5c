#include "rehearse/actor/patterns/topic_pattern.h"

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rehearse {
namespace {

constexpr absl::string_view kAnyLevels = "**";

// Whether `pattern` and `text` match element by element, where a wildcard stands for any run of
// elements. It is enough to go back to the last wildcard: what an earlier one took more of, the
// last could have taken as well.
template <typename Pattern, typename Text, typename IsWildcard, typename Same>
bool MatchRuns(const Pattern& pattern, const Text& text, const IsWildcard& is_wildcard,
               const Same& same) {
  size_t p = 0;
  size_t t = 0;
  std::optional<size_t> wildcard;  // the last one's place, and where its run ends now
  size_t run_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && is_wildcard(pattern[p])) {
      wildcard = p++;
      run_end = t;
    } else if (p < pattern.size() && same(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (wildcard.has_value()) {
      p = *wildcard + 1;
      t = ++run_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_wildcard(pattern[p])) ++p;
  return p == pattern.size();
}

bool LevelMatches(absl::string_view pattern, absl::string_view level) {
  return MatchRuns(
      pattern, level, [](char c) { return c == '*'; },
      [](char p, char c) { return p == '?' || p == c; });
}

}  // namespace

absl::StatusOr<TopicPattern> TopicPattern::Parse(absl::string_view pattern) {
  if (pattern.empty() || pattern.size() > kBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("topic pattern of ", pattern.size(), " bytes: it must have 1 to ", kBytesMax));
  }
  TopicPattern parsed(pattern);
  for (const std::string& level : parsed.levels_) {
    if (level != kAnyLevels && absl::StrContains(level, kAnyLevels)) {
      return absl::InvalidArgumentError(absl::StrCat("topic pattern \"", pattern,
                                                     "\": ** must be a level of its own, not in \"",
                                                     level, "\""));
    }
  }
  return parsed;
}

TopicPattern::TopicPattern(absl::string_view pattern)
    : text_(pattern), levels_(absl::StrSplit(pattern, '/')) {}

bool TopicPattern::Matches(absl::string_view topic) const {
  if (topic.size() > kBytesMax) return false;
  const std::vector<absl::string_view> levels = absl::StrSplit(topic, '/');
  return MatchRuns(
      levels_, levels, [](absl::string_view level) { return level == kAnyLevels; }, LevelMatches);
}

}  // namespace rehearse
