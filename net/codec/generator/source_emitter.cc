#include "rehearse/net/codec/generator/source_emitter.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "rehearse/net/codec/generator/reader_text.h"
#include "rehearse/net/codec/generator/view_emitter.h"

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
    case FieldKind::kUnion: return "Union";
    case FieldKind::kRef: return "Ref";
    case FieldKind::kScalars: return "Scalars";
    case FieldKind::kStrings: return "Strings";
    case FieldKind::kTables: return "Tables";
    case FieldKind::kUnions: return "Unions";
    case FieldKind::kRefs: return "Refs";
  }
  return "";
}

bool IsUnion(FieldKind kind) { return kind == FieldKind::kUnion || kind == FieldKind::kUnions; }
bool IsRef(FieldKind kind) { return kind == FieldKind::kRef || kind == FieldKind::kRefs; }
bool HoldsTables(FieldKind kind) {
  return kind == FieldKind::kTable || kind == FieldKind::kTables || IsUnion(kind);
}

// How the writer gets the value.
std::string WrittenValue(const FieldModel& field) {
  if (!IsRef(field.kind)) return absl::StrCat("value.", field.name);
  return absl::Substitute("::rehearse::internal::$0<$1>(value.$2)",
                          field.kind == FieldKind::kRef ? "RefText" : "RefTexts", field.protocol,
                          field.name);
}

// Which of the writer's functions writes it: a ref is text.
absl::string_view WriterOf(FieldKind kind) {
  if (kind == FieldKind::kRef) return "String";
  if (kind == FieldKind::kRefs) return "Strings";
  return kind == FieldKind::kUnion ? "Table" : PartOf(kind);
}

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
    if (field.kind == FieldKind::kUnion) bytes += 1;  // which it is
    if (field.kind == FieldKind::kUnions) bytes += sizeof(uint32_t);
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
  if (field.kind == FieldKind::kUnion) return absl::StrCat("value.", field.name, ".index() != 0");
  if (field.kind == FieldKind::kRef) return absl::StrCat("bool(value.", field.name, ")");
  return absl::StrCat("!value.", field.name, ".empty()");
}

void AppendFieldWrite(const FieldModel& field, std::string& text) {
  if (field.kind == FieldKind::kUnions) {
    absl::SubstituteAndAppend(&text, "  const size_t $0_codes_at = table.Offset($1, $2);\n",
                              field.name, field.id - 1, Presence(field));
  }
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
  for (const FieldModel& field : table.fields) {  // the narrowest
    if (field.kind != FieldKind::kUnion) continue;
    absl::SubstituteAndAppend(&text, "  table.Scalar($0, CodeOf(value.$1), 0);\n", field.id - 1,
                              field.name);
  }
  absl::StrAppend(&text, "  table.Finish();\n");
  for (const FieldModel& field : table.fields) {
    if (field.kind == FieldKind::kScalar) continue;
    if (field.kind == FieldKind::kUnions) {
      absl::SubstituteAndAppend(&text, "  writer.Codes($0_codes_at, value.$0, CodeOf);\n",
                                field.name);
    }
    absl::SubstituteAndAppend(&text, "  writer.$0($1_at, $2$3);\n", WriterOf(field.kind),
                              field.name, WrittenValue(field),
                              HoldsTables(field.kind) ? ", WriteTable" : "");
  }
  absl::StrAppend(&text, "}\n\n");
}

// What the reader's function needs besides.
std::string ReaderOf(const FieldModel& field) {
  if (IsUnion(field.kind)) return ", ReadUnion";
  if (IsRef(field.kind)) {
    return absl::Substitute(", ::rehearse::internal::ReadRef<$0>", field.protocol);
  }
  return HoldsTables(field.kind) ? ", ReadTable" : "";
}

void AppendRead(const TableModel& table, std::string& text) {
  absl::SubstituteAndAppend(&text, kReadSignature, table.name.Cpp());
  const auto read = [](const FieldModel& field) {
    return absl::Substitute("$0($1, value.$2$3)", PartOf(field.kind), field.id, field.name,
                            ReaderOf(field));
  };
  AppendReaderBody(table, read, text);
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

constexpr absl::string_view kReadUnionSignature =
    "bool ReadUnion(::rehearse::net::MessageReader& reader, uint8_t code, size_t at, $0& value)";

void AppendUnionDeclarations(const UnionModel& declared, std::string& text) {
  absl::SubstituteAndAppend(&text, "uint8_t CodeOf(const $0& value);\n", declared.name.Cpp());
  absl::SubstituteAndAppend(&text, kWriteSignature, declared.name.Cpp());
  absl::StrAppend(&text, ";\n");
  absl::SubstituteAndAppend(&text, kReadUnionSignature, declared.name.Cpp());
  absl::StrAppend(&text, ";\n");
}

void AppendUnion(const UnionModel& declared, std::string& text) {
  std::string codes = "0";
  std::string writes;
  std::string reads;
  for (size_t i = 0; i < declared.alternatives.size(); ++i) {
    const int64_t code = declared.alternatives[i].code;
    absl::StrAppend(&codes, ", ", code);
    absl::SubstituteAndAppend(
        &writes, "    case $0: return WriteTable(std::get<$0>(value), writer, at, shape);\n",
        i + 1);
    absl::SubstituteAndAppend(
        &reads, "    case $0: return ReadTable(reader, at, value.emplace<$1>());\n", code, i + 1);
  }
  absl::SubstituteAndAppend(&text,
                            "uint8_t CodeOf(const $0& value) {\n"
                            "  constexpr uint8_t kCodes[] = {$1};\n"
                            "  return kCodes[value.index()];\n}\n\n",
                            declared.name.Cpp(), codes);
  absl::SubstituteAndAppend(&text, kWriteSignature, declared.name.Cpp());
  absl::StrAppend(&text, " {\n  switch (value.index()) {\n", writes,
                  "    default: return writer.Nothing(at, shape);\n  }\n}\n\n");
  absl::SubstituteAndAppend(&text, kReadUnionSignature, declared.name.Cpp());
  absl::StrAppend(&text, " {\n  switch (code) {\n", reads,
                  "    default: return true;  // one that others know\n  }\n}\n\n");
}

bool HasRefs(const SchemaModel& model) {
  for (const TableModel& table : model.tables) {
    for (const FieldModel& field : table.fields) {
      if (IsRef(field.kind)) return true;
    }
  }
  return false;
}

}  // namespace

std::string EmitSource(const SchemaModel& model, absl::string_view include_path) {
  std::string text = absl::Substitute(
      "// Made by rehearse_messages from $0: change that.\n\n#include \"$1\"\n\n$2"
      "#include \"rehearse/net/codec/message_reader.h\"\n"
      "#include \"rehearse/net/codec/message_writer.h\"\n\nnamespace {\n\n",
      model.source, include_path,
      HasRefs(model) ? "#include \"rehearse/actor/ref_field.h\"\n" : "");
  // Tables may hold each other: all are declared before the first is defined.
  for (const TableModel& table : model.tables) {
    absl::SubstituteAndAppend(&text, kWriteSignature, table.name.Cpp());
    absl::StrAppend(&text, ";\n");
    absl::SubstituteAndAppend(&text, kReadSignature, table.name.Cpp());
    absl::StrAppend(&text, ";\n");
  }
  for (const UnionModel& declared : model.unions) AppendUnionDeclarations(declared, text);
  AppendCheckDeclarations(model, text);
  absl::StrAppend(&text, "\n");
  for (const UnionModel& declared : model.unions) AppendUnion(declared, text);
  for (const TableModel& table : model.tables) {
    AppendWrite(table, text);
    AppendRead(table, text);
  }
  AppendChecks(model, text);
  absl::StrAppend(&text, "}  // namespace\n\n");
  for (const TableModel& table : model.tables) AppendInScope(table, text);
  AppendViewFunctions(model, text);
  return text;
}

}  // namespace rehearse::net
