#include "rehearse/sim/check/value_list.h"

#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rehearse::sim {

std::string ValueList(absl::Span<const std::string> values) {
  std::string list;
  for (const std::string& value : values) AppendValue(value, &list);
  return list;
}

void AppendValue(absl::string_view value, std::string* list) {
  absl::StrAppend(list, value.size(), ":", value);
}

bool TakeValue(absl::string_view* list, absl::string_view* value) {
  const size_t colon = list->find(':');
  uint64_t bytes = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(list->substr(0, colon), &bytes) ||
      bytes > list->size() - colon - 1) {
    return false;
  }
  *value = list->substr(colon + 1, bytes);
  list->remove_prefix(colon + 1 + bytes);
  return true;
}

std::vector<std::string> ValuesOf(absl::string_view list) {
  std::vector<std::string> values;
  absl::string_view value;
  while (TakeValue(&list, &value)) values.emplace_back(value);
  return values;
}

}  // namespace rehearse::sim
