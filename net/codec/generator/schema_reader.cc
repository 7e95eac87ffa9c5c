#include "rehearse/net/codec/generator/schema_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <flatbuffers/reflection_generated.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/generator/cpp_text.h"
#include "rehearse/net/codec/generator/definition_order.h"
#include "rehearse/net/codec/generator/message_id_check.h"
#include "rehearse/net/codec/generator/protocol_text.h"

namespace rehearse::net {
namespace {

// A table's inside is addressed with 16 bits; 4096 fields of 8 bytes stay far below.
constexpr int kFieldIdMax = 4095;

// Names of a generated struct's own, and namespaces that its text mentions.
constexpr auto kReservedFieldNames =
    std::to_array<absl::string_view>({"AppendTo", "Parse", "View", "ViewOf", "absl", "kMessageId",
                                      "kMessageName", "rehearse", "std", "table_"});

struct ScalarType {
  absl::string_view cpp;
  uint16_t bytes;
};

// The C++ type of a number or bool; no bytes for any other type.
ScalarType ScalarOf(reflection::BaseType type) {
  switch (type) {
    case reflection::Bool: return {"bool", 1};
    case reflection::Byte: return {"int8_t", 1};
    case reflection::UByte: return {"uint8_t", 1};
    case reflection::Short: return {"int16_t", 2};
    case reflection::UShort: return {"uint16_t", 2};
    case reflection::Int: return {"int32_t", 4};
    case reflection::UInt: return {"uint32_t", 4};
    case reflection::Long: return {"int64_t", 8};
    case reflection::ULong: return {"uint64_t", 8};
    case reflection::Float: return {"float", 4};
    case reflection::Double: return {"double", 8};
    default: return {"", 0};
  }
}

template <typename T>
std::vector<std::string> CommentOf(const T& declared) {
  std::vector<std::string> lines;
  if (declared.documentation() == nullptr) return lines;
  for (const auto* line : *declared.documentation()) {
    lines.emplace_back(absl::StripPrefix(line->c_str(), " "));
  }
  return lines;
}

QualifiedName NameOf(const flatbuffers::String& name) {
  const absl::string_view dotted(name.c_str(), name.size());
  const size_t dot = dotted.rfind('.');
  if (dot == absl::string_view::npos) return {"", std::string(dotted)};
  return {std::string(dotted.substr(0, dot)), std::string(dotted.substr(dot + 1))};
}

// One schema on its way into the model.
class SchemaReader {
 public:
  SchemaReader(const reflection::Schema& schema, absl::string_view source) : schema_(schema) {
    model_.source = std::string(source);
  }

  absl::StatusOr<SchemaModel> Read() {
    REHEARSE_RETURN_IF_ERROR(CheckOneFile());
    REHEARSE_RETURN_IF_ERROR(NumberTables());
    for (const auto* declared : *schema_.enums()) {
      union_numbers_.push_back(static_cast<int>(model_.unions.size()));
      REHEARSE_RETURN_IF_ERROR(declared->is_union() ? ReadUnion(*declared) : ReadEnum(*declared));
    }
    for (const auto* declared : *schema_.objects()) {
      if (declared->is_struct()) continue;
      REHEARSE_RETURN_IF_ERROR(ReadTable(*declared));
    }
    REHEARSE_RETURN_IF_ERROR(ReadProtocols());
    REHEARSE_RETURN_IF_ERROR(CheckMessageIds(model_));
    REHEARSE_RETURN_IF_ERROR(OrderDefinitions(model_));
    return std::move(model_);
  }

 private:
  template <typename... Words>
  absl::Status Refuse(const Words&... words) const {
    return absl::InvalidArgumentError(absl::StrCat(model_.source, ": ", words...));
  }

  template <typename... Words>
  absl::Status RefuseField(const TableModel& table, absl::string_view field,
                           const Words&... words) const {
    return Refuse("table ", table.name.Dotted(), ": field ", field, ": ", words...);
  }

  absl::Status CheckOneFile() const {
    if (schema_.fbs_files() == nullptr || schema_.fbs_files()->size() <= 1) return absl::OkStatus();
    return Refuse("includes another schema: messages and the tables they hold go into one file");
  }

  // `what` says whose name it is.
  absl::Status CheckName(const QualifiedName& name, absl::string_view what) const {
    for (absl::string_view word : absl::StrSplit(name.Dotted(), '.')) {
      if (!IsCppKeyword(word)) continue;
      return Refuse(what, " ", name.Dotted(), ": ", word, " is a word of C++: choose another name");
    }
    return absl::OkStatus();
  }

  absl::Status ReadEnum(const reflection::Enum& declared) {
    EnumModel model;
    model.name = NameOf(*declared.name());
    REHEARSE_RETURN_IF_ERROR(CheckName(model.name, "enum"));
    model.underlying_type = std::string(ScalarOf(declared.underlying_type()->base_type()).cpp);
    model.is_unsigned = model.underlying_type[0] == 'u';
    model.comment = CommentOf(declared);
    for (const auto* value : *declared.values()) {
      REHEARSE_RETURN_IF_ERROR(
          CheckName({model.name.Dotted(), value->name()->str()}, "enumerator"));
      if (model.is_unsigned && value->value() < 0) {
        return Refuse("enumerator ", model.name.Dotted(), ".", value->name()->str(),
                      ": is over 9223372036854775807, which flatc loses where it is a default");
      }
      model.enumerators.push_back({value->name()->str(), value->value(), CommentOf(*value)});
    }
    model_.enums.push_back(std::move(model));
    return absl::OkStatus();
  }

  absl::Status ReadUnion(const reflection::Enum& declared) {
    UnionModel model;
    model.name = NameOf(*declared.name());
    REHEARSE_RETURN_IF_ERROR(CheckName(model.name, "union"));
    model.comment = CommentOf(declared);
    for (const auto* value : *declared.values()) {
      if (value->value() == 0) continue;  // none of them
      const auto* type = value->union_type();
      const int table = type != nullptr && type->base_type() == reflection::Obj
                            ? table_numbers_[type->index()]
                            : -1;
      if (table < 0) {
        return Refuse("union ", model.name.Dotted(), ": ", value->name()->str(),
                      " is no table: wrap it in one");
      }
      for (const UnionModel::Alternative& other : model.alternatives) {
        if (other.table != table) continue;
        return Refuse("union ", model.name.Dotted(), ": ", value->name()->str(),
                      " is a table that is in it already: give each case a table of its own");
      }
      model.alternatives.push_back({value->value(), table});
    }
    model_.unions.push_back(std::move(model));
    return absl::OkStatus();
  }

  // Gives each table its place in the model, before any field refers to it.
  absl::Status NumberTables() {
    int count = 0;
    for (const auto* declared : *schema_.objects()) {
      table_numbers_.push_back(declared->is_struct() ? -1 : count++);
      if (declared->is_struct() && MessageIdText(*declared).has_value()) {
        return Refuse("struct ", declared->name()->str(), ": has a message_id, but a message ",
                      "is a table, which can grow: write table instead of struct");
      }
    }
    if (count == 0) return Refuse("declares no table, so there is no message in it");
    return absl::OkStatus();
  }

  absl::Status ReadTable(const reflection::Object& declared) {
    TableModel table;
    table.name = NameOf(*declared.name());
    REHEARSE_RETURN_IF_ERROR(CheckName(table.name, "table"));
    table.comment = CommentOf(declared);
    REHEARSE_RETURN_IF_ERROR(ReadMessageId(declared, table));
    for (const auto* field : *declared.fields()) {
      REHEARSE_RETURN_IF_ERROR(ReadField(*field, table));
    }
    std::sort(table.fields.begin(), table.fields.end(),
              [](const FieldModel& a, const FieldModel& b) { return a.id < b.id; });
    model_.tables.push_back(std::move(table));
    return absl::OkStatus();
  }

  template <typename T>
  static std::optional<std::string> AttributeOf(const T& declared, absl::string_view name) {
    if (declared.attributes() == nullptr) return std::nullopt;
    for (const auto* attribute : *declared.attributes()) {
      if (attribute->key()->str() != name) continue;
      return attribute->value() == nullptr ? "" : attribute->value()->str();
    }
    return std::nullopt;
  }
  static std::optional<std::string> MessageIdText(const reflection::Object& declared) {
    return AttributeOf(declared, "message_id");
  }

  absl::Status ReadMessageId(const reflection::Object& declared, TableModel& table) const {
    const std::optional<std::string> text = MessageIdText(declared);
    if (!text.has_value()) return absl::OkStatus();
    const absl::StatusOr<MessageId> id = MessageId::Parse(*text);
    if (!id.ok()) {
      return Refuse("table ", table.name.Dotted(), ": message_id: ", id.status().message());
    }
    table.message_id = *id;
    return absl::OkStatus();
  }

  absl::Status ReadField(const reflection::Field& declared, TableModel& table) {
    FieldModel field;
    field.name = declared.name()->str();
    field.id = declared.id();
    const reflection::Type& type = *declared.type();
    // The hidden companion of a union, whose number is one less.
    if (type.base_type() == reflection::UType || type.element() == reflection::UType) {
      return absl::OkStatus();
    }
    if (declared.id() > kFieldIdMax) {
      return RefuseField(table, field.name, "has id ", declared.id(), ", over ", kFieldIdMax);
    }
    if (declared.deprecated()) return absl::OkStatus();
    REHEARSE_RETURN_IF_ERROR(CheckFieldName(table, field.name));
    field.comment = CommentOf(declared);
    field.required = declared.required();
    REHEARSE_RETURN_IF_ERROR(ReadType(declared, table, field));
    table.fields.push_back(std::move(field));
    return absl::OkStatus();
  }

  absl::Status CheckFieldName(const TableModel& table, absl::string_view name) const {
    const bool reserved = std::find(kReservedFieldNames.begin(), kReservedFieldNames.end(), name) !=
                          kReservedFieldNames.end();
    if (!reserved && !IsCppKeyword(name)) return absl::OkStatus();
    return RefuseField(table, name, "the generated C++ needs that name: choose another");
  }

  absl::Status ReadType(const reflection::Field& declared, const TableModel& table,
                        FieldModel& field) const {
    const reflection::Type& type = *declared.type();
    const bool is_vector = type.base_type() == reflection::Vector;
    const reflection::BaseType base = is_vector ? type.element() : type.base_type();
    field.bytes = sizeof(uint32_t);  // what is no scalar is an offset
    switch (base) {
      case reflection::String:
        field.kind = is_vector ? FieldKind::kStrings : FieldKind::kString;
        if (const auto protocol = AttributeOf(declared, "actor_ref")) {
          field.kind = is_vector ? FieldKind::kRefs : FieldKind::kRef;
          field.protocol = *protocol;  // as it is spelled, for now
        }
        return absl::OkStatus();
      case reflection::Obj: return ReadTableType(type, is_vector, table, field);
      case reflection::Union:
        field.kind = is_vector ? FieldKind::kUnions : FieldKind::kUnion;
        field.union_number = union_numbers_[type.index()];
        field.element_type = model_.unions[field.union_number].name.Cpp();
        return absl::OkStatus();
      default: break;
    }
    const ScalarType scalar = ScalarOf(base);
    if (scalar.bytes == 0) {
      return RefuseField(table, field.name, "has a type that messages can't hold (",
                         reflection::EnumNameBaseType(base), ")");
    }
    if (AttributeOf(declared, "actor_ref").has_value()) {
      return RefuseField(table, field.name, "is an actor_ref, and no string: an address is text");
    }
    ReadScalarType(declared, scalar.cpp, is_vector, field);
    if (!is_vector) field.bytes = scalar.bytes;
    return absl::OkStatus();
  }

  absl::Status ReadTableType(const reflection::Type& type, bool is_vector, const TableModel& table,
                             FieldModel& field) const {
    const reflection::Object& target = *schema_.objects()->Get(type.index());
    if (target.is_struct()) {
      return RefuseField(table, field.name, "is of struct ", target.name()->str(),
                         ", which messages can't hold: declare ", target.name()->str(),
                         " as a table");
    }
    field.kind = is_vector ? FieldKind::kTables : FieldKind::kTable;
    field.element_type = NameOf(*target.name()).Cpp();
    field.table = table_numbers_[type.index()];
    field.optional = !is_vector && !field.required;
    return absl::OkStatus();
  }

  // When all tables are known.
  absl::Status ReadProtocols() {
    for (TableModel& table : model_.tables) {
      for (FieldModel& field : table.fields) {
        if (field.kind != FieldKind::kRef && field.kind != FieldKind::kRefs) continue;
        absl::StatusOr<std::string> protocol =
            ProtocolInCpp(field.protocol, table.name.scope, model_);
        if (!protocol.ok()) {
          return RefuseField(table, field.name, "actor_ref: ", protocol.status().message());
        }
        field.protocol = *std::move(protocol);
        field.element_type = absl::StrCat("::rehearse::ActorRef<", field.protocol, ">");
      }
    }
    return absl::OkStatus();
  }

  void ReadScalarType(const reflection::Field& declared, absl::string_view cpp_type, bool is_vector,
                      FieldModel& field) const {
    const int enum_index = declared.type()->index();
    const bool is_enum = enum_index >= 0;
    field.element_type =
        is_enum ? NameOf(*schema_.enums()->Get(enum_index)->name()).Cpp() : std::string(cpp_type);
    if (is_vector) {
      const bool is_bytes = cpp_type == "uint8_t" && !is_enum;
      field.kind = is_bytes ? FieldKind::kBytes : FieldKind::kScalars;
      return;
    }
    field.kind = FieldKind::kScalar;
    field.optional = declared.optional();
    if (is_enum) {
      field.default_value = EnumDefault(*schema_.enums()->Get(enum_index), field.element_type,
                                        cpp_type, declared.default_integer());
    } else if (cpp_type == "float" || cpp_type == "double") {
      field.default_value = FloatLiteral(cpp_type, declared.default_real());
    } else {
      field.default_value = IntegerLiteral(cpp_type, declared.default_integer());
    }
  }

  static std::string EnumDefault(const reflection::Enum& type, absl::string_view cpp_name,
                                 absl::string_view underlying_type, int64_t value) {
    for (const auto* enumerator : *type.values()) {
      if (enumerator->value() == value) {
        return absl::StrCat(cpp_name, "::", enumerator->name()->str());
      }
    }
    return absl::StrCat("static_cast<", cpp_name, ">(", IntegerLiteral(underlying_type, value),
                        ")");
  }

  const reflection::Schema& schema_;
  SchemaModel model_;
  std::vector<int> table_numbers_;  // by the schema's object index; -1 for a struct
  std::vector<int> union_numbers_;  // by its enum index
};

}  // namespace

absl::StatusOr<SchemaModel> ReadSchema(absl::string_view bfbs, absl::string_view source) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bfbs.data()), bfbs.size());
  if (!reflection::VerifySchemaBuffer(verifier)) {
    return absl::DataLossError(absl::StrCat("read ", source, "'s binary schema: the ", bfbs.size(),
                                            " bytes are none (flatc -b --schema writes one)"));
  }
  return SchemaReader(*reflection::GetSchema(bfbs.data()), source).Read();
}

}  // namespace rehearse::net
