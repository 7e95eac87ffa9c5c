#include "rehearse/net/codec/generator/message_id_check.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

// For each table, whether another one holds it.
std::vector<bool> HeldTables(const SchemaModel& model) {
  std::vector<bool> is_held(model.tables.size());
  for (size_t holder = 0; holder < model.tables.size(); ++holder) {
    for (const FieldModel& field : model.tables[holder].fields) {
      for (const int table : model.HeldBy(field)) {
        if (static_cast<size_t>(table) != holder) is_held[table] = true;
      }
    }
  }
  return is_held;
}

absl::Status Refuse(const SchemaModel& model, const TableModel& table, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(model.source, ": table ", table.name.Dotted(), ": ", why));
}

}  // namespace

absl::Status CheckMessageIds(const SchemaModel& model) {
  const std::vector<bool> is_held = HeldTables(model);
  std::map<MessageId, const TableModel*> owners;
  for (size_t i = 0; i < model.tables.size(); ++i) {
    const TableModel& table = model.tables[i];
    if (!table.message_id.has_value()) {
      if (is_held[i]) continue;
      return Refuse(model, table,
                    absl::StrCat("has no message_id and no other table holds it: write table ",
                                 table.name.name, " (message_id: \"...\"), a uuid from uuidgen"));
    }
    const auto [owner, is_new] = owners.emplace(*table.message_id, &table);
    if (is_new) continue;
    return Refuse(model, table,
                  absl::StrCat("message_id ", table.message_id->ToString(), " belongs to ",
                               owner->second->name.Dotted(), ": make a new one with uuidgen"));
  }
  return absl::OkStatus();
}

}  // namespace rehearse::net
