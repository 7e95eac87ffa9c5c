#include "rehearse/net/codec/generator/source_emitter.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kWriteSignature =
    "void WriteTable([[maybe_unused]] const $0& value, ::rehearse::net::MessageWriter& writer, "
    "size_t at, size_t& shape)";
constexpr absl::string_view kReadSignature =
    "bool ReadTable(::rehearse::net::MessageReader& reader, size_t at, [[maybe_unused]] $0& value)";

// Which member function of the writer and the reader handles the field.
absl::string_view PartOf(FieldKind kind) {
  switch (kind) {
    case FieldKind::kScalar: return "Scalar";
    case FieldKind::kString: return "String";
    case FieldKind::kBytes: return "Bytes";
    case FieldKind::kTable: return "Table";
    case FieldKind::kScalars: return "Scalars";
    case FieldKind::kStrings: return "Strings";
    case FieldKind::kTables: return "Tables";
  }
  return "";
}

bool HoldsTables(FieldKind kind) { return kind == FieldKind::kTable || kind == FieldKind::kTables; }

// Widest first: then no field needs padding.
std::vector<FieldModel> ByWidth(std::vector<FieldModel> fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const FieldModel& a, const FieldModel& b) { return a.bytes > b.bytes; });
  return fields;
}

// The writer of one such table: "TableWriter<3> table(writer, ...)".
void AppendTableWriter(const TableModel& table, std::string& text) {
  int slots = 0;
  int bytes = 0;
  int alignment = 4;
  for (const FieldModel& field : table.fields) {
    slots = field.id + 1;
    bytes += field.bytes;
    alignment = std::max<int>(alignment, field.bytes);
  }
  absl::SubstituteAndAppend(&text,
                            "  ::rehearse::net::TableWriter<$0> table(writer, at, shape, "
                            "{.fields_bytes = $1, .alignment = $2});\n",
                            slots, bytes, alignment);
}

// Under which condition an offset is there at all.
std::string Presence(const FieldModel& field) {
  if (field.required) return "true";
  if (field.kind == FieldKind::kTable) return absl::StrCat("value.", field.name, ".has_value()");
  return absl::StrCat("!value.", field.name, ".empty()");
}

void AppendFieldWrite(const FieldModel& field, std::string& text) {
  if (field.kind != FieldKind::kScalar) {
    absl::SubstituteAndAppend(&text, "  const size_t $0_at = table.Offset($1, $2);\n", field.name,
                              field.id, Presence(field));
  } else if (field.optional) {
    absl::SubstituteAndAppend(&text, "  if (value.$0.has_value()) table.Scalar($1, *value.$0);\n",
                              field.name, field.id);
  } else {
    absl::SubstituteAndAppend(&text, "  table.Scalar($1, value.$0, $2);\n", field.name, field.id,
                              field.default_value);
  }
}

void AppendWrite(const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(&text, kWriteSignature, table.name.Cpp());
  absl::StrAppend(&text, " {\n");
  AppendTableWriter(table, text);
  for (const FieldModel& field : ByWidth(table.fields)) AppendFieldWrite(field, text);
  absl::StrAppend(&text, "  table.Finish();\n");
  for (const FieldModel& field : table.fields) {
    if (field.kind == FieldKind::kScalar) continue;
    absl::SubstituteAndAppend(&text, "  writer.$0($1_at, value.$1$2);\n", PartOf(field.kind),
                              field.name, HoldsTables(field.kind) ? ", WriteTable" : "");
  }
  absl::StrAppend(&text, "}\n\n");
}

void AppendRead(const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(&text, kReadSignature, table.name.Cpp());
  absl::StrAppend(&text,
                  " {\n  ::rehearse::net::TableReader table(reader, at);\n  return table.ok()");
  for (const FieldModel& field : table.fields) {
    if (field.required) {
      absl::SubstituteAndAppend(
          &text, " &&\n         table.Require($0, \"required field $1 of $2 is missing\")",
          field.id, field.name, table.name.Dotted());
    }
    absl::SubstituteAndAppend(&text, " &&\n         table.$0($1, value.$2$3)", PartOf(field.kind),
                              field.id, field.name, HoldsTables(field.kind) ? ", ReadTable" : "");
  }
  absl::StrAppend(&text, ";\n}\n\n");
}

void AppendMembers(const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(
      &text,
      "void $0::AppendTo(std::string& out) const {\n"
      "  ::rehearse::net::MessageWriter writer(out);\n"
      "  size_t shape = 0;\n"
      "  WriteTable(*this, writer, ::rehearse::net::MessageWriter::kRoot, shape);\n"
      "}\n\n"
      "absl::StatusOr<$0> $0::Parse(absl::string_view bytes) {\n"
      "  ::rehearse::net::MessageReader reader(bytes);\n"
      "  absl::StatusOr<$0> message(absl::in_place);\n"
      "  if (!ReadTable(reader, reader.Root(), *message)) {\n"
      "    message = reader.Error(\"$1\");\n"
      "  }\n"
      "  return message;\n"
      "}\n\n",
      table.name.name, table.name.Dotted());
}

void AppendInScope(const TableModel& table, std::string& text) {
  const std::string scope = absl::StrReplaceAll(table.name.scope, {{".", "::"}});
  if (!scope.empty()) absl::StrAppend(&text, "namespace ", scope, " {\n\n");
  AppendMembers(table, text);
  if (!scope.empty()) absl::StrAppend(&text, "}  // namespace ", scope, "\n\n");
}

}  // namespace

std::string EmitSource(const SchemaModel& model, absl::string_view include_path) {
  std::string text = absl::Substitute(
      "// Made by rehearse_messages from $0: change that.\n\n#include \"$1\"\n\n"
      "#include \"rehearse/net/codec/message_reader.h\"\n"
      "#include \"rehearse/net/codec/message_writer.h\"\n\nnamespace {\n\n",
      model.source, include_path);
  // Tables may hold each other: all are declared before the first is defined.
  for (const TableModel& table : model.tables) {
    absl::SubstituteAndAppend(&text, kWriteSignature, table.name.Cpp());
    absl::StrAppend(&text, ";\n");
    absl::SubstituteAndAppend(&text, kReadSignature, table.name.Cpp());
    absl::StrAppend(&text, ";\n");
  }
  absl::StrAppend(&text, "\n");
  for (const TableModel& table : model.tables) {
    AppendWrite(table, text);
    AppendRead(table, text);
  }
  absl::StrAppend(&text, "}  // namespace\n\n");
  for (const TableModel& table : model.tables) AppendInScope(table, text);
  return text;
}

}  // namespace rehearse::net
