#include "rehearse/net/codec/generator/view_emitter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "rehearse/net/codec/generator/reader_text.h"

namespace rehearse::net {
namespace {

std::string ViewCpp(const TableModel& table) { return absl::StrCat(table.name.Cpp(), "View"); }

std::string HeldViewCpp(const SchemaModel& model, const FieldModel& field) {
  return ViewCpp(model.tables[field.table]);
}

// "::bank::FormView"
std::string UnionViewCpp(const SchemaModel& model, const FieldModel& field) {
  return absl::StrCat(model.unions[field.union_number].name.Cpp(), "View");
}

std::string UnionsViewCpp(const SchemaModel& model, const FieldModel& field) {
  const std::string view = UnionViewCpp(model, field);
  return absl::StrCat("::rehearse::net::UnionsView<", view, ", &", view, "At>");
}

// What a view's function returns.
std::string ShownType(const SchemaModel& model, const FieldModel& field) {
  switch (field.kind) {
    case FieldKind::kScalar: return field.MemberType();
    case FieldKind::kString:
    case FieldKind::kBytes:
    case FieldKind::kRef: return "absl::string_view";
    case FieldKind::kStrings:
    case FieldKind::kRefs: return "::rehearse::net::StringsView";
    case FieldKind::kScalars:
      return absl::StrCat("::rehearse::net::ScalarsView<", field.element_type, ">");
    case FieldKind::kTable:
      return field.optional ? absl::StrCat("std::optional<", HeldViewCpp(model, field), ">")
                            : HeldViewCpp(model, field);
    case FieldKind::kTables:
      return absl::StrCat("::rehearse::net::TablesView<", HeldViewCpp(model, field), ">");
    case FieldKind::kUnion: return UnionViewCpp(model, field);
    case FieldKind::kUnions: return UnionsViewCpp(model, field);
  }
  return "";
}

// The body of that function.
std::string ShownValue(const SchemaModel& model, const FieldModel& field) {
  const int id = field.id;
  switch (field.kind) {
    case FieldKind::kScalar:
      return field.optional
                 ? absl::Substitute("return table_.Scalar<$0>($1);", field.element_type, id)
                 : absl::Substitute("return table_.Scalar<$0>($1, $2);", field.element_type, id,
                                    field.default_value);
    case FieldKind::kString:
    case FieldKind::kBytes:
    case FieldKind::kRef: return absl::Substitute("return table_.String($0);", id);
    case FieldKind::kScalars:
      return absl::Substitute("return table_.Scalars<$0>($1);", field.element_type, id);
    case FieldKind::kTable:
      return absl::Substitute(
          "$0return $1(table_.Table($2));",
          field.optional ? absl::Substitute("if (!table_.Has($0)) return {}; ", id) : "",
          HeldViewCpp(model, field), id);
    case FieldKind::kStrings:
    case FieldKind::kRefs:
    case FieldKind::kTables:
      return absl::Substitute("return $0(table_.Offsets($1));", ShownType(model, field), id);
    case FieldKind::kUnion:
      return absl::Substitute("return $0At(table_.Scalar<uint8_t>($1, 0), table_.OffsetOf($2));",
                              UnionViewCpp(model, field), id - 1, id);
    case FieldKind::kUnions:
      return absl::Substitute("return $0(table_.String($1), table_.Offsets($2));",
                              UnionsViewCpp(model, field), id - 1, id);
  }
  return "";
}

// The check of one field.
std::string FieldCheck(const SchemaModel& model, const FieldModel& field) {
  const int id = field.id;
  switch (field.kind) {
    case FieldKind::kScalar: return absl::Substitute("CheckScalar($0, $1)", id, field.bytes);
    case FieldKind::kString:
    case FieldKind::kRef: return absl::Substitute("CheckString($0)", id);
    case FieldKind::kBytes: return absl::Substitute("CheckElements($0, 1)", id);
    case FieldKind::kStrings:
    case FieldKind::kRefs: return absl::Substitute("CheckStrings($0)", id);
    case FieldKind::kScalars:
      return absl::Substitute("CheckElements($0, sizeof($1))", id, field.element_type);
    case FieldKind::kTable:
    case FieldKind::kTables:
      return absl::Substitute("Check$0<$1>($2, CheckTable)",
                              field.kind == FieldKind::kTable ? "Table" : "Tables",
                              model.tables[field.table].name.Cpp(), id);
    case FieldKind::kUnion:
    case FieldKind::kUnions:
      return absl::Substitute("Check$0<$1>($2, CheckUnion)",
                              field.kind == FieldKind::kUnion ? "Union" : "Unions",
                              model.unions[field.union_number].name.Cpp(), id);
  }
  return "";
}

constexpr absl::string_view kCheckTable =
    "bool CheckTable(::rehearse::net::MessageReader& reader, size_t at, const $0*)";
constexpr absl::string_view kCheckUnion =
    "bool CheckUnion(::rehearse::net::MessageReader& reader, uint8_t code, size_t at, const $0*)";

void AppendTableCheck(const SchemaModel& model, const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(&text, kCheckTable, table.name.Cpp());
  const auto check = [&model](const FieldModel& field) { return FieldCheck(model, field); };
  AppendReaderBody(table, check, text);
}

void AppendUnionCheck(const SchemaModel& model, const UnionModel& declared, std::string& text) {
  absl::SubstituteAndAppend(&text, kCheckUnion, declared.name.Cpp());
  absl::StrAppend(&text, " {\n  switch (code) {\n");
  for (const UnionModel::Alternative& one : declared.alternatives) {
    absl::SubstituteAndAppend(
        &text, "    case $0: return CheckTable(reader, at, static_cast<const $1*>(nullptr));\n",
        one.code, model.tables[one.table].name.Cpp());
  }
  absl::StrAppend(&text, "    default: return true;  // one that others know\n  }\n}\n\n");
}

void AppendTableFunctions(const SchemaModel& model, const TableModel& table, std::string& text) {
  for (const FieldModel& field : table.fields) {
    absl::SubstituteAndAppend(&text, "auto $0::$1() const -> $2 { $3 }\n", ViewCpp(table).substr(2),
                              field.name, ShownType(model, field), ShownValue(model, field));
  }
  if (!table.message_id.has_value()) return;
  absl::SubstituteAndAppend(
      &text,
      "auto $0::ViewOf(absl::string_view bytes) -> absl::StatusOr<$1> {\n"
      "  ::rehearse::net::MessageReader reader(bytes);\n"
      "  if (!CheckTable(reader, reader.Root(), static_cast<const $2*>(nullptr))) {\n"
      "    return reader.Error(\"$3\");\n"
      "  }\n"
      "  return $1(::rehearse::net::TableView::RootOf(bytes));\n"
      "}\n\n",
      table.name.Cpp().substr(2), ViewCpp(table), table.name.Cpp(), table.name.Dotted());
}

void AppendUnionFunction(const SchemaModel& model, const UnionModel& declared, std::string& text) {
  const std::string view = absl::StrCat(declared.name.Cpp(), "View");
  absl::SubstituteAndAppend(
      &text,
      "auto $0At([[maybe_unused]] uint8_t code, [[maybe_unused]] const char* offset) -> $1 {\n"
      "  switch (code) {\n",
      view.substr(2), view);
  for (const UnionModel::Alternative& one : declared.alternatives) {
    absl::SubstituteAndAppend(&text,
                              "    case $0: return $1(::rehearse::net::TableAtOffset(offset));\n",
                              one.code, ViewCpp(model.tables[one.table]));
  }
  absl::StrAppend(&text, "    default: return {};\n  }\n}\n\n");
}

}  // namespace

std::string ViewName(const TableModel& table) { return absl::StrCat(table.name.name, "View"); }

void AppendViewClass(const SchemaModel& model, const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(
      &text,
      "// $0, where it lies.\nclass $1 {\n public:\n"
      "  explicit $1(::rehearse::net::TableView table) : table_(table) {}\n\n",
      table.name.name, ViewName(table));
  for (const FieldModel& field : table.fields) {
    absl::StrAppend(&text, "  ", ShownType(model, field), " ", field.name, "() const;\n");
  }
  absl::StrAppend(&text, table.fields.empty() ? "" : "\n",
                  " private:\n  [[maybe_unused]] ::rehearse::net::TableView table_;\n};\n\n");
}

void AppendViewVariant(const SchemaModel& model, const UnionModel& declared, std::string& text) {
  absl::StrAppend(&text, "using ", declared.name.name, "View = std::variant<std::monostate");
  for (const UnionModel::Alternative& one : declared.alternatives) {
    absl::StrAppend(&text, ", ", ViewCpp(model.tables[one.table]));
  }
  absl::StrAppend(&text, ">;\n");
  absl::SubstituteAndAppend(&text, "$0View $0ViewAt(uint8_t code, const char* offset);\n\n",
                            declared.name.name);
}

void AppendCheckDeclarations(const SchemaModel& model, std::string& text) {
  for (const TableModel& table : model.tables) {
    absl::SubstituteAndAppend(&text, absl::StrCat("[[maybe_unused]] ", kCheckTable, ";\n"),
                              table.name.Cpp());
  }
  for (const UnionModel& declared : model.unions) {
    absl::SubstituteAndAppend(&text, absl::StrCat("[[maybe_unused]] ", kCheckUnion, ";\n"),
                              declared.name.Cpp());
  }
}

void AppendChecks(const SchemaModel& model, std::string& text) {
  for (const TableModel& table : model.tables) AppendTableCheck(model, table, text);
  for (const UnionModel& declared : model.unions) AppendUnionCheck(model, declared, text);
}

void AppendViewFunctions(const SchemaModel& model, std::string& text) {
  for (const TableModel& table : model.tables) AppendTableFunctions(model, table, text);
  for (const UnionModel& declared : model.unions) AppendUnionFunction(model, declared, text);
}

}  // namespace rehearse::net
