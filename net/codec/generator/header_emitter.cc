#include "rehearse/net/codec/generator/header_emitter.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "rehearse/net/codec/generator/cpp_text.h"
#include "rehearse/net/codec/generator/view_emitter.h"

namespace rehearse::net {
namespace {

std::string GuardOf(absl::string_view include_path) {
  std::string guard(include_path);
  for (char& c : guard) c = absl::ascii_isalnum(c) ? absl::ascii_toupper(c) : '_';
  guard += '_';
  if (absl::ascii_isdigit(guard[0])) guard.insert(0, "FILE_");
  return guard;
}

void AppendComment(absl::string_view indent, const std::vector<std::string>& lines,
                   std::string& text) {
  for (const std::string& line : lines) {
    absl::StrAppend(&text, indent, line.empty() ? "//" : "// ", line, "\n");
  }
}

// Opens and closes namespaces as declarations of several scopes follow each other.
class Scopes {
 public:
  explicit Scopes(std::string& text) : text_(text) {}

  void Enter(const std::string& scope) {
    if (scope == scope_) return;
    Close();
    scope_ = scope;
    if (!scope_.empty()) absl::StrAppend(&text_, "namespace ", Cpp(), " {\n\n");
  }

  void Close() {
    if (!scope_.empty()) absl::StrAppend(&text_, "}  // namespace ", Cpp(), "\n\n");
    scope_.clear();
  }

 private:
  std::string Cpp() const { return absl::StrReplaceAll(scope_, {{".", "::"}}); }

  std::string& text_;
  std::string scope_;
};

void AppendIncludes(const SchemaModel& model, std::string& text) {
  std::set<absl::string_view> headers = {"<cstdint>", "<string>"};
  bool has_message = false;
  bool has_ref = false;
  if (!model.unions.empty()) headers.insert("<variant>");
  for (const TableModel& table : model.tables) {
    has_message |= table.message_id.has_value();
    for (const FieldModel& field : table.fields) {
      const std::string type = field.MemberType();
      if (absl::StartsWith(type, "std::vector")) headers.insert("<vector>");
      if (absl::StartsWith(type, "std::optional")) headers.insert("<optional>");
      has_ref |= !field.protocol.empty();
      if (absl::StrContains(field.default_value, "std::numeric_limits")) headers.insert("<limits>");
    }
  }
  for (absl::string_view header : headers) absl::StrAppend(&text, "#include ", header, "\n");
  absl::StrAppend(&text, "\n#include \"absl/status/statusor.h\"\n",
                  "#include \"absl/strings/string_view.h\"\n");
  if (has_ref) absl::StrAppend(&text, "#include \"rehearse/actor/actor_ref.h\"\n");
  if (has_message) absl::StrAppend(&text, "#include \"rehearse/actor/message_id.h\"\n");
  absl::StrAppend(&text, "#include \"rehearse/net/codec/table_view.h\"\n");
  absl::StrAppend(&text, "\n");
}

void AppendEnum(const EnumModel& model, std::string& text) {
  AppendComment("", model.comment, text);
  absl::StrAppend(&text, "enum class ", model.name.name, " : ", model.underlying_type, " {\n");
  for (const EnumeratorModel& enumerator : model.enumerators) {
    AppendComment("  ", enumerator.comment, text);
    absl::StrAppend(&text, "  ", enumerator.name, " = ",
                    IntegerLiteral(model.underlying_type, enumerator.value), ",\n");
  }
  absl::StrAppend(&text, "};\n\n");
}

// The tables that a field holds and that are not defined yet where its own is: only a vector can be
// like that.
std::vector<int> DefinedLater(const SchemaModel& model, int holder, const FieldModel& field) {
  std::vector<int> later;
  for (const int table : model.HeldBy(field)) {
    if (table == holder) continue;
    const auto& order = model.definition_order;
    const auto defined = std::find(order.begin(), order.end(), table);
    if (std::find(order.begin(), defined, holder) != defined) later.push_back(table);
  }
  return later;
}

// Tables that are named before they are defined.
std::vector<int> NamedEarly(const SchemaModel& model) {
  std::vector<int> early = model.mentioned;
  for (const UnionModel& declared : model.unions) {
    for (const UnionModel::Alternative& one : declared.alternatives) early.push_back(one.table);
  }
  for (const int index : model.definition_order) {
    for (const FieldModel& field : model.tables[index].fields) {
      for (const int table : DefinedLater(model, index, field)) early.push_back(table);
    }
  }
  return early;
}

void AppendForwardDeclarations(const SchemaModel& model, Scopes& scopes, std::string& text) {
  std::set<int> declared;
  for (const int table : NamedEarly(model)) {
    if (!declared.insert(table).second) continue;
    const QualifiedName& name = model.tables[table].name;
    scopes.Enter(name.scope);
    absl::StrAppend(&text, "struct ", name.name, ";\n\n");
  }
  for (const TableModel& table : model.tables) {
    scopes.Enter(table.name.scope);
    absl::StrAppend(&text, "class ", ViewName(table), ";\n\n");
  }
}

void AppendUnion(const SchemaModel& model, const UnionModel& declared, std::string& text) {
  AppendComment("", declared.comment, text);
  absl::StrAppend(&text,
                  "// std::monostate: none, or one that this program does not know yet.\n"
                  "using ",
                  declared.name.name, " = std::variant<std::monostate");
  for (const UnionModel::Alternative& one : declared.alternatives) {
    absl::StrAppend(&text, ", ", model.tables[one.table].name.Cpp());
  }
  absl::StrAppend(&text, ">;\n\n");
}

void AppendMember(const FieldModel& field, bool is_defined_later, std::string& text) {
  AppendComment("  ", field.comment, text);
  absl::StrAppend(&text, "  ", field.MemberType(), " ", field.name);
  if (!field.default_value.empty() && !field.optional) {
    absl::StrAppend(&text, " = ", field.default_value);
  } else if (!is_defined_later) {
    // Spelled out, so that naming some members only draws no warning.
    absl::StrAppend(&text, "{}");
  }
  absl::StrAppend(&text, ";\n");
}

// What only a message has.
std::string ViewOf(const TableModel& table) {
  if (!table.message_id.has_value()) return "";
  return absl::Substitute(
      "  // Checks as much, and shows the fields where they lie. It stands on `bytes`.\n"
      "  static absl::StatusOr<$0> ViewOf(absl::string_view bytes);\n\n",
      ViewName(table));
}

void AppendTable(const SchemaModel& model, int index, std::string& text) {
  const TableModel& table = model.tables[index];
  AppendComment("", table.comment, text);
  absl::StrAppend(&text, "struct ", table.name.name, " {\n");
  if (table.message_id.has_value()) {
    absl::StrAppendFormat(&text,
                          "  static constexpr ::rehearse::MessageId kMessageId{0x%016x, 0x%016x};\n"
                          "  static constexpr absl::string_view kMessageName = \"%s\";\n\n",
                          table.message_id->high, table.message_id->low, table.name.Dotted());
  }
  for (const FieldModel& field : table.fields) {
    AppendMember(field, !DefinedLater(model, index, field).empty(), text);
  }
  if (!table.fields.empty()) absl::StrAppend(&text, "\n");
  absl::StrAppend(&text, "  using View = ", ViewName(table), ";\n\n");
  absl::SubstituteAndAppend(&text,
                            "  // Appends the bytes: a FlatBuffer of table $1. Never waits.\n"
                            "  void AppendTo(std::string& out) const;\n\n"
                            "  // Reads them back, also from a stranger and at any address.\n"
                            "  //   kDataLoss  they are malformed; nothing was read.\n"
                            "  static absl::StatusOr<$0> Parse(absl::string_view bytes);\n\n"
                            "$2"
                            "  friend bool operator==(const $0&, const $0&) = default;\n"
                            "};\n\n",
                            table.name.name, table.name.Dotted(), ViewOf(table));
}

}  // namespace

std::string EmitHeader(const SchemaModel& model, absl::string_view include_path) {
  const std::string guard = GuardOf(include_path);
  std::string text =
      absl::StrCat("// Made by rehearse_messages from ", model.source, ": change that.\n\n",
                   "#ifndef ", guard, "\n#define ", guard, "\n\n");
  AppendIncludes(model, text);
  Scopes scopes(text);
  for (const EnumModel& declared : model.enums) {
    scopes.Enter(declared.name.scope);
    AppendEnum(declared, text);
  }
  AppendForwardDeclarations(model, scopes, text);
  for (const UnionModel& declared : model.unions) {
    scopes.Enter(declared.name.scope);
    AppendUnion(model, declared, text);
    AppendViewVariant(model, declared, text);
  }
  for (const int index : model.definition_order) {
    scopes.Enter(model.tables[index].name.scope);
    AppendTable(model, index, text);
  }
  for (const TableModel& table : model.tables) {
    scopes.Enter(table.name.scope);
    AppendViewClass(model, table, text);
  }
  scopes.Close();
  absl::StrAppend(&text, "#endif  // ", guard, "\n");
  return text;
}

}  // namespace rehearse::net
