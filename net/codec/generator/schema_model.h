// A message schema as the emitters want it: checked, in C++ terms, in an order that compiles.

#ifndef REHEARSE_NET_CODEC_GENERATOR_SCHEMA_MODEL_H_
#define REHEARSE_NET_CODEC_GENERATOR_SCHEMA_MODEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rehearse/actor/message_id.h"

namespace rehearse::net {

// A name as the schema spells it, taken apart: "bank.eu" and "Deposit".
struct QualifiedName {
  std::string scope{};  // empty for none
  std::string name{};

  // "bank.eu.Deposit", for people and the wire.
  std::string Dotted() const;
  // "::bank::eu::Deposit", which means the same wherever it stands.
  std::string Cpp() const;

  friend bool operator==(const QualifiedName&, const QualifiedName&) = default;
};

struct EnumeratorModel {
  std::string name{};
  int64_t value = 0;  // its 64 bits, also where the type is unsigned
  std::vector<std::string> comment{};
};

struct EnumModel {
  QualifiedName name{};
  std::string underlying_type{};  // "uint8_t"
  bool is_unsigned = false;
  std::vector<EnumeratorModel> enumerators{};
  std::vector<std::string> comment{};
};

// One of several tables, or none of those that are known: a std::variant that begins with
// std::monostate.
struct UnionModel {
  struct Alternative {
    int64_t code = 0;  // on the wire; 1 at least
    int table = -1;    // index into SchemaModel::tables
  };

  QualifiedName name{};
  std::vector<Alternative> alternatives{};
  std::vector<std::string> comment{};
};

// What a field is, and with it how it is written and read.
enum class FieldKind {
  kScalar,  // a number, a bool or an enumerator
  kString,
  kBytes,  // [ubyte]
  kTable,
  kUnion,
  kRef,      // a string that is an actor's address
  kScalars,  // vectors from here on
  kStrings,
  kTables,
  kUnions,
  kRefs,
};

struct FieldModel {
  std::string name{};
  std::vector<std::string> comment{};
  FieldKind kind = FieldKind::kScalar;
  uint16_t id = 0;
  uint16_t bytes = 0;           // inside the table
  std::string element_type{};   // C++: of what is no string, or of a vector's elements
  std::string default_value{};  // C++: of a scalar that is not optional
  bool optional = false;        // a scalar that may be absent ("= null"), or a table that may
  bool required = false;        // absent is malformed; never a scalar
  int table = -1;               // kTable, kTables: index into SchemaModel::tables
  int union_number = -1;        // kUnion, kUnions: index into SchemaModel::unions
  std::string protocol{};       // kRef, kRefs: in C++

  // The member's type: "std::vector<int32_t>".
  std::string MemberType() const;
};

struct TableModel {
  QualifiedName name{};
  std::vector<std::string> comment{};
  std::optional<MessageId> message_id{};  // a table without one is only ever part of another
  std::vector<FieldModel> fields{};       // by id; deprecated ones are left out
};

struct SchemaModel {
  std::string source{};  // the .fbs file, as the build names it
  std::vector<EnumModel> enums{};
  std::vector<UnionModel> unions{};
  std::vector<TableModel> tables{};  // by name
  // Indices of `tables`, each after what it holds. Vectors may hold what comes later, as that is
  // how tables hold each other.
  std::vector<int> definition_order{};
  // That protocols of refs mention, and that so are declared first; indices as well.
  std::vector<int> mentioned{};

  // The tables that a field holds, whatever its kind.
  std::vector<int> HeldBy(const FieldModel& field) const;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_GENERATOR_SCHEMA_MODEL_H_
