#include "rehearse/net/codec/generator/protocol_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

// What a schema calls it, and C++.
constexpr auto kPlainAnswers = std::to_array<std::pair<absl::string_view, absl::string_view>>({
    {"void", "void"},       {"bool", "bool"},       {"byte", "int8_t"},        {"int8", "int8_t"},
    {"ubyte", "uint8_t"},   {"uint8", "uint8_t"},   {"short", "int16_t"},      {"int16", "int16_t"},
    {"ushort", "uint16_t"}, {"uint16", "uint16_t"}, {"int", "int32_t"},        {"int32", "int32_t"},
    {"uint", "uint32_t"},   {"uint32", "uint32_t"}, {"long", "int64_t"},       {"int64", "int64_t"},
    {"ulong", "uint64_t"},  {"uint64", "uint64_t"}, {"float", "float"},        {"float32", "float"},
    {"double", "double"},   {"float64", "double"},  {"string", "std::string"},
});

template <typename... Words>
absl::Status Refuse(const Words&... words) {
  return absl::InvalidArgumentError(absl::StrCat(words...));
}

absl::StatusOr<std::string> MessageInCpp(absl::string_view name, absl::string_view scope,
                                         SchemaModel& model) {
  const std::string near = scope.empty() ? std::string(name) : absl::StrCat(scope, ".", name);
  for (const absl::string_view wanted : {absl::string_view(near), name}) {
    for (size_t i = 0; i < model.tables.size(); ++i) {
      const TableModel& table = model.tables[i];
      if (table.name.Dotted() != wanted || !table.message_id.has_value()) continue;
      model.mentioned.push_back(static_cast<int>(i));
      return table.name.Cpp();
    }
  }
  return Refuse("\"", name, "\" is no message of this schema");
}

absl::StatusOr<std::string> AnswerInCpp(absl::string_view name, absl::string_view scope,
                                        SchemaModel& model) {
  const auto plain = std::find_if(kPlainAnswers.begin(), kPlainAnswers.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (plain != kPlainAnswers.end()) return std::string(plain->second);
  return MessageInCpp(name, scope, model);
}

// "long(Count)"
absl::StatusOr<std::string> SignatureInCpp(absl::string_view text, absl::string_view scope,
                                           SchemaModel& model) {
  const size_t open = text.find('(');
  if (open == absl::string_view::npos || text.back() != ')') {
    return Refuse("\"", text, "\" is no ANSWER(MESSAGE)");
  }
  const absl::string_view answer = absl::StripAsciiWhitespace(text.substr(0, open));
  const absl::string_view message =
      absl::StripAsciiWhitespace(text.substr(open + 1, text.size() - open - 2));
  REHEARSE_ASSIGN_OR_RETURN(const std::string answer_cpp, AnswerInCpp(answer, scope, model));
  REHEARSE_ASSIGN_OR_RETURN(const std::string message_cpp, MessageInCpp(message, scope, model));
  return absl::StrCat(answer_cpp, "(", message_cpp, ")");
}

}  // namespace

absl::StatusOr<std::string> ProtocolInCpp(absl::string_view text, absl::string_view scope,
                                          SchemaModel& model) {
  std::string signatures;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (part.empty()) return Refuse("say what it takes: actor_ref: \"void(Event), long(Count)\"");
    REHEARSE_ASSIGN_OR_RETURN(const std::string signature, SignatureInCpp(part, scope, model));
    absl::StrAppend(&signatures, signatures.empty() ? "" : ", ", signature);
  }
  return absl::StrCat("::rehearse::Protocol<", signatures, ">");
}

}  // namespace rehearse::net
