// Several values in one string: how a list stands in an operation's result and in a model's state.
//
// Each value is its length in decimal, a colon and its bytes: "a" and "bc" are `1:a2:bc`. A list
// has one spelling, and no byte in a value needs care.

#ifndef REHEARSE_SIM_CHECK_VALUE_LIST_H_
#define REHEARSE_SIM_CHECK_VALUE_LIST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rehearse::sim {

// The empty list is the empty string.
std::string ValueList(absl::Span<const std::string> values);

// Puts `value` at the end of `list`.
void AppendValue(absl::string_view value, std::string* list);

// Moves the first value of `list` to `value`, which then points into what `list` did. False, with
// nothing moved, if the list is empty or is none.
bool TakeValue(absl::string_view* list, absl::string_view* value);

// All of them, up to the list's end or the first byte that is none of a list.
std::vector<std::string> ValuesOf(absl::string_view list);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_VALUE_LIST_H_
