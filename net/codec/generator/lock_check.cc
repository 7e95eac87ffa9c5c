#include "rehearse/net/codec/generator/lock_check.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kNoId = "-";
constexpr absl::string_view kEnum = "enum";
constexpr absl::string_view kUnion = "union";

// One table, enum or union, as it is locked or as it is.
struct Shape {
  std::string id;  // of a message; else kNoId, kEnum or kUnion
  // By number: a field's "name:type", an enumerator's name, a union's table.
  std::map<int64_t, std::string> parts;
};

using Shapes = std::map<std::string, Shape>;

// Is a message's own, not a word that says what else has the line.
bool IsId(absl::string_view id) { return id != kNoId && id != kEnum && id != kUnion; }

std::string TypeText(const SchemaModel& model, const FieldModel& field) {
  switch (field.kind) {
    // What these may be grows.
    case FieldKind::kUnion: return model.unions[field.union_number].name.Dotted();
    case FieldKind::kUnions:
      return absl::StrCat("[", model.unions[field.union_number].name.Dotted(), "]");
    case FieldKind::kRef: return "actor_ref";
    case FieldKind::kRefs: return "[actor_ref]";
    default: return absl::StrReplaceAll(field.MemberType(), {{" ", ""}, {"<::", "<"}});
  }
}

std::string FieldText(const SchemaModel& model, const FieldModel& field) {
  const std::string type = TypeText(model, field);
  std::string text = absl::StrCat(field.name, ":", absl::StripPrefix(type, "::"));
  if (!field.default_value.empty()) {
    absl::StrAppend(&text, "(", absl::StripPrefix(field.default_value, "::"), ")");
  }
  if (field.required) text += "!";
  return text;
}

Shapes ShapesOf(const SchemaModel& model) {
  Shapes shapes;
  for (const TableModel& table : model.tables) {
    Shape& shape = shapes[table.name.Dotted()];
    shape.id = table.message_id.has_value() ? table.message_id->ToString() : std::string(kNoId);
    for (const FieldModel& field : table.fields) shape.parts[field.id] = FieldText(model, field);
  }
  for (const EnumModel& declared : model.enums) {
    Shape& shape = shapes[declared.name.Dotted()];
    shape.id = std::string(kEnum);
    for (const EnumeratorModel& one : declared.enumerators) shape.parts[one.value] = one.name;
  }
  for (const UnionModel& declared : model.unions) {
    Shape& shape = shapes[declared.name.Dotted()];
    shape.id = std::string(kUnion);
    for (const UnionModel::Alternative& one : declared.alternatives) {
      shape.parts[one.code] = model.tables[one.table].name.Dotted();
    }
  }
  return shapes;
}

std::string LineOf(const std::string& name, const Shape& shape) {
  std::string line = absl::StrCat(name, " ", shape.id);
  for (const auto& [number, text] : shape.parts) absl::StrAppend(&line, " ", number, "=", text);
  return line;
}

absl::Status Refuse(absl::string_view where, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", why));
}

// Whether `text` is "name:type".
bool IsField(absl::string_view text) {
  const size_t colon = text.find(':');
  return colon != absl::string_view::npos && colon != 0 && text[colon - 1] != ':' &&
         colon + 1 < text.size() && text[colon + 1] != ':';
}

absl::Status ReadLine(absl::string_view line, absl::string_view where, Shapes& lock) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipWhitespace());
  if (words.empty() || words[0][0] == '#') return absl::OkStatus();
  if (words.size() < 2) return Refuse(where, "a line is NAME ID PART...");
  Shape shape{std::string(words[1]), {}};
  const bool has_fields = shape.id != kEnum && shape.id != kUnion;
  for (size_t i = 2; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> part =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    int64_t number = 0;
    if (!absl::SimpleAtoi(part.first, &number) || part.second.empty() ||
        (has_fields && !IsField(part.second))) {
      return Refuse(where,
                    absl::StrCat("\"", words[i], "\" is no ",
                                 has_fields ? "field: NUMBER=NAME:TYPE" : "part: NUMBER=NAME"));
    }
    shape.parts[number] = std::string(part.second);
  }
  if (!lock.emplace(words[0], std::move(shape)).second) {
    return Refuse(where, absl::StrCat(words[0], " has a line already"));
  }
  return absl::OkStatus();
}

absl::Status ReadLock(absl::string_view text, absl::string_view path, Shapes& lock) {
  std::map<std::string, std::string> owners;  // of ids
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    REHEARSE_RETURN_IF_ERROR(ReadLine(line, absl::StrCat(path, ":", ++number), lock));
  }
  for (const auto& [name, shape] : lock) {
    if (!IsId(shape.id)) continue;
    const auto [owner, is_new] = owners.emplace(shape.id, name);
    if (is_new) continue;
    return Refuse(path, absl::StrCat(owner->second, " and ", name, " have one id, ", shape.id,
                                     ": make a new one for the younger with uuidgen"));
  }
  return absl::OkStatus();
}

// What to do about a part of a line that was `before`, and is `now`.
std::string Advice(const Shape& shape, absl::string_view before, absl::string_view now) {
  if (shape.id == kUnion) return "leave the old one its number, add another at the end";
  const std::string rename = "if only the name is another, change it in the lock too";
  if (shape.id == kEnum) return absl::StrCat("numbers are not used again; ", rename);
  const absl::string_view type = before.substr(before.find(':'));
  if (now.substr(now.find(':')) == type) return rename;
  return "mark the old one deprecated, add another at the end";
}

// No enumerator has another number than it had.
absl::Status CheckMoved(const std::string& name, const Shape& shape, const Shape& locked,
                        absl::string_view where) {
  if (shape.id != kEnum) return absl::OkStatus();
  for (const auto& [number, text] : shape.parts) {
    for (const auto& [locked_number, locked_text] : locked.parts) {
      if (locked_text != text || locked_number == number) continue;
      return Refuse(where, absl::StrCat(name, ".", text, " was ", locked_number, ", and is ",
                                        number, ": a value never changes"));
    }
  }
  return absl::OkStatus();
}

// Why programs that know `locked` would not understand `shape`; or, if they would, whether `locked`
// lacks something.
absl::StatusOr<bool> Lacks(const std::string& name, const Shape& shape, const Shape& locked,
                           absl::string_view where) {
  if (shape.id != locked.id) {
    return Refuse(where, absl::StrCat(name, " had the id ", locked.id, ", and has ", shape.id,
                                      ": ids never change. Another message needs another name"));
  }
  REHEARSE_RETURN_IF_ERROR(CheckMoved(name, shape, locked, where));
  bool lacks = false;
  for (const auto& [number, text] : shape.parts) {
    const auto known = locked.parts.find(number);
    lacks |= known == locked.parts.end();
    if (known == locked.parts.end() || known->second == text) continue;
    return Refuse(where, absl::StrCat(name, ": ", number, " was ", known->second, ", and is ", text,
                                      ": ", Advice(shape, known->second, text)));
  }
  return lacks;
}

// A message that is not in the lock has an id of its own.
absl::Status CheckNew(const std::string& name, const Shape& shape, const Shapes& lock,
                      absl::string_view where) {
  for (const auto& [other, locked] : lock) {
    if (!IsId(shape.id) || locked.id != shape.id) continue;
    return Refuse(where, absl::StrCat(name, " has the id of ", other, ", ", shape.id,
                                      ": make a new one with uuidgen"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> LockLines(const SchemaModel& model) {
  std::vector<std::string> lines;
  for (const auto& [name, shape] : ShapesOf(model)) lines.push_back(LineOf(name, shape));
  return lines;
}

absl::Status CheckLock(const SchemaModel& model, absl::string_view lock_text,
                       absl::string_view path) {
  Shapes lock;
  REHEARSE_RETURN_IF_ERROR(ReadLock(lock_text, path, lock));
  std::string missing;
  for (const auto& [name, shape] : ShapesOf(model)) {
    const auto known = lock.find(name);
    bool lacks = true;
    if (known != lock.end()) {
      REHEARSE_ASSIGN_OR_RETURN(lacks, Lacks(name, shape, known->second, model.source));
    } else {
      REHEARSE_RETURN_IF_ERROR(CheckNew(name, shape, lock, model.source));
    }
    if (lacks) absl::StrAppend(&missing, "\n", LineOf(name, shape));
  }
  if (missing.empty()) return absl::OkStatus();
  return Refuse(model.source, absl::StrCat("not all of it is in ", path, ". Put there:", missing));
}

}  // namespace rehearse::net
