#include "rehearse/net/codec/generator/lock_check.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kNoId = "-";

// One table, as it is locked or as it is.
struct Shape {
  std::string id;                          // of a message; else kNoId
  std::map<uint32_t, std::string> fields;  // type and more, by number
};

std::string FieldText(const FieldModel& field) {
  std::string text = field.MemberType();
  if (!field.default_value.empty()) absl::StrAppend(&text, "(", field.default_value, ")");
  if (field.required) text += "!";
  return text;
}

Shape ShapeOf(const TableModel& table) {
  Shape shape;
  shape.id = table.message_id.has_value() ? table.message_id->ToString() : std::string(kNoId);
  for (const FieldModel& field : table.fields) shape.fields[field.id] = FieldText(field);
  return shape;
}

using Lock = std::map<std::string, Shape>;

absl::Status Refuse(absl::string_view where, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", why));
}

absl::Status ReadLine(absl::string_view line, absl::string_view where, Lock& lock) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipWhitespace());
  if (words.empty() || words[0][0] == '#') return absl::OkStatus();
  if (words.size() < 2) return Refuse(where, "a line is TABLE ID FIELD...");
  Shape shape{std::string(words[1]), {}};
  for (size_t i = 2; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    uint32_t number = 0;
    if (!absl::SimpleAtoi(field.first, &number) || field.second.empty()) {
      return Refuse(where, absl::StrCat("\"", words[i], "\" is no field: NUMBER=TYPE"));
    }
    shape.fields[number] = std::string(field.second);
  }
  if (!lock.emplace(words[0], std::move(shape)).second) {
    return Refuse(where, absl::StrCat(words[0], " has a line already"));
  }
  return absl::OkStatus();
}

absl::Status ReadLock(absl::string_view text, absl::string_view path, Lock& lock) {
  std::map<std::string, std::string> owners;  // of ids
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    REHEARSE_RETURN_IF_ERROR(ReadLine(line, absl::StrCat(path, ":", ++number), lock));
  }
  for (const auto& [name, shape] : lock) {
    const auto [owner, is_new] = owners.emplace(shape.id, name);
    if (is_new || shape.id == kNoId) continue;
    return Refuse(path, absl::StrCat(owner->second, " and ", name, " have one id, ", shape.id,
                                     ": make a new one for the younger with uuidgen"));
  }
  return absl::OkStatus();
}

// Why programs that know `locked` would not understand `table`; or, if they would, whether `locked`
// lacks something.
absl::StatusOr<bool> Lacks(const TableModel& table, const Shape& locked, absl::string_view where) {
  const Shape shape = ShapeOf(table);
  const std::string name = table.name.Dotted();
  if (shape.id != locked.id) {
    return Refuse(where, absl::StrCat(name, " had the id ", locked.id, ", and has ", shape.id,
                                      ": ids never change. Another message needs another name"));
  }
  for (const auto& [number, text] : shape.fields) {
    const auto known = locked.fields.find(number);
    if (known == locked.fields.end() || known->second == text) continue;
    return Refuse(where,
                  absl::StrCat(name, ": field ", number, " was ", known->second, ", and is ", text,
                               ": mark the old one deprecated, add another at the end"));
  }
  return shape.fields.size() != 0 && !locked.fields.contains(shape.fields.rbegin()->first);
}

}  // namespace

std::string LockLine(const TableModel& table) {
  const Shape shape = ShapeOf(table);
  std::string line = absl::StrCat(table.name.Dotted(), " ", shape.id);
  for (const auto& [number, text] : shape.fields) absl::StrAppend(&line, " ", number, "=", text);
  return line;
}

absl::Status CheckLock(const SchemaModel& model, absl::string_view lock_text,
                       absl::string_view path) {
  Lock lock;
  REHEARSE_RETURN_IF_ERROR(ReadLock(lock_text, path, lock));
  std::string missing;
  for (const TableModel& table : model.tables) {
    const auto known = lock.find(table.name.Dotted());
    bool lacks = true;
    if (known != lock.end()) {
      REHEARSE_ASSIGN_OR_RETURN(lacks, Lacks(table, known->second, model.source));
    } else if (table.message_id.has_value()) {
      for (const auto& [name, shape] : lock) {
        if (shape.id != table.message_id->ToString()) continue;
        return Refuse(model.source, absl::StrCat(table.name.Dotted(), " has the id of ", name, ", ",
                                                 shape.id, ": make a new one with uuidgen"));
      }
    }
    if (lacks) absl::StrAppend(&missing, "\n", LockLine(table));
  }
  if (missing.empty()) return absl::OkStatus();
  return Refuse(model.source, absl::StrCat("not all of it is in ", path, ". Put there:", missing));
}

}  // namespace rehearse::net
