#include "rehearse/tests/observe/json_value.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace rehearse {
namespace {

using Kind = JsonValue::Kind;

class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  bool Value(JsonValue& value) {
    Blanks();
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '{': return Object(value);
      case '[': return Array(value);
      case '"': value.kind = Kind::kString; return String(value.text);
      default: return Word(value) || Number(value);
    }
  }

  bool AtEnd() {
    Blanks();
    return rest_.empty();
  }

 private:
  void Blanks() {
    while (!rest_.empty() && absl::StrContains(" \n\r\t", rest_.substr(0, 1))) Skip();
  }
  void Skip() { rest_.remove_prefix(1); }
  bool Take(char c) {
    Blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    Skip();
    return true;
  }

  bool Word(JsonValue& value) {
    if (absl::ConsumePrefix(&rest_, "null")) return true;
    value.kind = Kind::kBool;
    value.number = absl::StartsWith(rest_, "true") ? 1 : 0;
    return absl::ConsumePrefix(&rest_, "true") || absl::ConsumePrefix(&rest_, "false");
  }

  bool Number(JsonValue& value) {
    value.kind = Kind::kNumber;
    size_t length = 0;
    while (length < rest_.size() && absl::StrContains("+-.0123456789eE", rest_.substr(length, 1))) {
      ++length;
    }
    const absl::string_view digits = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return absl::SimpleAtod(digits, &value.number);
  }

  bool String(std::string& out) {
    Skip();
    while (!rest_.empty() && rest_.front() != '"') {
      if (static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      if (rest_.front() == '\\' && !Escape(out)) return false;
      out.push_back(rest_.front());
      Skip();
    }
    return Take('"');
  }
  // Up to the last character, which then stands for itself.
  bool Escape(std::string&) {
    Skip();
    if (rest_.empty()) return false;
    if (rest_.front() == '"' || rest_.front() == '\\') return true;
    if (rest_.front() != 'u' || rest_.size() < 5) return false;
    for (int i = 1; i < 5; ++i) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(rest_[i]))) return false;
    }
    rest_.remove_prefix(4);
    return true;
  }

  bool Array(JsonValue& value) {
    value.kind = Kind::kArray;
    Skip();
    if (Take(']')) return true;
    do {
      if (!Value(value.items.emplace_back())) return false;
    } while (Take(','));
    return Take(']');
  }

  bool Object(JsonValue& value) {
    value.kind = Kind::kObject;
    Skip();
    if (Take('}')) return true;
    do {
      auto& [name, member] = value.members.emplace_back();
      Blanks();
      if (rest_.empty() || rest_.front() != '"' || !String(name) || !Take(':') || !Value(member)) {
        return false;
      }
    } while (Take(','));
    return Take('}');
  }

  absl::string_view rest_;
};

}  // namespace

const JsonValue& JsonValue::operator[](absl::string_view name) const {
  static const JsonValue none;
  for (const auto& [each, value] : members) {
    if (each == name) return value;
  }
  return none;
}

std::optional<JsonValue> ParseJson(absl::string_view text) {
  Reader reader(text);
  JsonValue value;
  if (!reader.Value(value) || !reader.AtEnd()) return std::nullopt;
  return value;
}

}  // namespace rehearse
