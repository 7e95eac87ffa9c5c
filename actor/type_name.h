// A type's name as the compiler spells it, without run-time type information.

#ifndef REHEARSE_ACTOR_TYPE_NAME_H_
#define REHEARSE_ACTOR_TYPE_NAME_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace rehearse {

// "examples::bank::Deposit". For traces and messages to people.
template <typename T>
constexpr absl::string_view TypeName() {
  // g++:   constexpr absl::string_view rehearse::TypeName() [with T = X; absl::… = …]
  // clang: absl::string_view rehearse::TypeName() [T = X]
  constexpr std::string_view whole(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
  constexpr std::string_view mark = "T = ";
  const size_t begin = whole.find(mark) + mark.size();
  size_t end = begin;
  for (int depth = 0; end < whole.size(); ++end) {
    const char c = whole[end];
    if (c == '<' || c == '(' || c == '[' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth <= 0 && (c == ';' || c == ']')) break;
    if (c == ']') --depth;
  }
  return absl::string_view(whole.data() + begin, end - begin);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_TYPE_NAME_H_
