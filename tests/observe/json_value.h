// A reader of JSON, for tests that check what we write. Strict: what json.org does not allow is
// refused.

#ifndef REHEARSE_TESTS_OBSERVE_JSON_VALUE_H_
#define REHEARSE_TESTS_OBSERVE_JSON_VALUE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse {

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  double number = 0;  // kBool: 0 or 1
  std::string text;
  std::vector<JsonValue> items;
  std::vector<std::pair<std::string, JsonValue>> members;

  // The member of this name; a null value if there is none.
  const JsonValue& operator[](absl::string_view name) const;
};

// Nothing if `text` is not one JSON value and blanks around it.
std::optional<JsonValue> ParseJson(absl::string_view text);

}  // namespace rehearse

#endif  // REHEARSE_TESTS_OBSERVE_JSON_VALUE_H_
