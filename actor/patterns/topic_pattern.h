// Which topics somebody is interested in.
//
// A topic is a path of levels: "orders/eu/7". In a pattern, within a level, * stands for any run of
// characters, also none, and ? for one; neither stands for a /. A level ** stands for any number of
// levels, also none: "orders/**" matches "orders", "orders/eu" and "orders/eu/7".

#ifndef REHEARSE_ACTOR_PATTERNS_TOPIC_PATTERN_H_
#define REHEARSE_ACTOR_PATTERNS_TOPIC_PATTERN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse {

// A value. Matching takes at most the product of the two lengths.
class TopicPattern {
 public:
  static constexpr size_t kBytesMax = 1024;

  //   kInvalidArgument  it is empty, longer than kBytesMax, or has ** beside other characters in a
  //                     level.
  static absl::StatusOr<TopicPattern> Parse(absl::string_view pattern);

  // Never for topics longer than kBytesMax.
  bool Matches(absl::string_view topic) const;

  const std::string& text() const { return text_; }
  friend bool operator==(const TopicPattern&, const TopicPattern&) = default;

 private:
  explicit TopicPattern(absl::string_view pattern);

  std::string text_;
  std::vector<std::string> levels_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_TOPIC_PATTERN_H_
