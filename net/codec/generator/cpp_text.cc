#include "rehearse/net/codec/generator/cpp_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rehearse::net {
namespace {

// Sorted.
constexpr auto kKeywords = std::to_array<absl::string_view>({
    "alignas",       "alignof",     "and",
    "and_eq",        "asm",         "auto",
    "bitand",        "bitor",       "bool",
    "break",         "case",        "catch",
    "char",          "char16_t",    "char32_t",
    "char8_t",       "class",       "co_await",
    "co_return",     "co_yield",    "compl",
    "concept",       "const",       "const_cast",
    "consteval",     "constexpr",   "constinit",
    "continue",      "decltype",    "default",
    "delete",        "do",          "double",
    "dynamic_cast",  "else",        "enum",
    "explicit",      "export",      "extern",
    "false",         "float",       "for",
    "friend",        "goto",        "if",
    "inline",        "int",         "long",
    "mutable",       "namespace",   "new",
    "noexcept",      "not",         "not_eq",
    "nullptr",       "operator",    "or",
    "or_eq",         "private",     "protected",
    "public",        "register",    "reinterpret_cast",
    "requires",      "return",      "short",
    "signed",        "sizeof",      "static",
    "static_assert", "static_cast", "struct",
    "switch",        "template",    "this",
    "thread_local",  "throw",       "true",
    "try",           "typedef",     "typeid",
    "typename",      "union",       "unsigned",
    "using",         "virtual",     "void",
    "volatile",      "wchar_t",     "while",
    "xor",           "xor_eq",
});
static_assert(std::is_sorted(kKeywords.begin(), kKeywords.end()));

}  // namespace

bool IsCppKeyword(absl::string_view name) {
  return std::binary_search(kKeywords.begin(), kKeywords.end(), name);
}

std::string IntegerLiteral(absl::string_view type, int64_t value) {
  if (type == "bool") return value != 0 ? "true" : "false";
  if (type == "uint64_t") return absl::StrCat(static_cast<uint64_t>(value), "u");
  // The literal 9223372036854775808 has no signed type, so its negative can't be written.
  if (value == std::numeric_limits<int64_t>::min()) return "-9223372036854775807 - 1";
  return absl::StrCat(value);
}

std::string FloatLiteral(absl::string_view type, double value) {
  if (std::isnan(value)) return absl::StrCat("std::numeric_limits<", type, ">::quiet_NaN()");
  if (std::isinf(value)) {
    return absl::StrCat(value < 0 ? "-" : "", "std::numeric_limits<", type, ">::infinity()");
  }
  const bool is_float = type == "float";
  std::string text = is_float ? absl::StrFormat("%.9g", static_cast<float>(value))
                              : absl::StrFormat("%.17g", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  if (is_float) text += "f";
  return text;
}

}  // namespace rehearse::net
