// A type's name as the compiler spells it, without run-time type information.

#ifndef REHEARSE_ACTOR_TYPE_NAME_H_
#define REHEARSE_ACTOR_TYPE_NAME_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace rehearse {

namespace internal {

// g++:   constexpr absl::string_view rehearse::internal::Spelled() [with T = X; absl::… = …]
// clang: absl::string_view rehearse::internal::Spelled() [T = X]
template <typename T>
constexpr std::string_view Spelled() {
  return std::string_view(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
}

// What stands around each type's name, found once with a type whose name is known.
inline constexpr std::string_view kSpelledProbe = Spelled<double>();
inline constexpr size_t kBeforeName = kSpelledProbe.rfind("double");
inline constexpr size_t kAroundName = kSpelledProbe.size() - std::string_view("double").size();

}  // namespace internal

// "examples::bank::Deposit". For traces and messages to people.
template <typename T>
constexpr absl::string_view TypeName() {
  constexpr std::string_view spelled = internal::Spelled<T>();
  return absl::string_view(spelled.data() + internal::kBeforeName,
                           spelled.size() - internal::kAroundName);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_TYPE_NAME_H_
