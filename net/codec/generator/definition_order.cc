#include "rehearse/net/codec/generator/definition_order.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

// A depth-first walk from holders to what they hold.
class Walk {
 public:
  explicit Walk(SchemaModel& model) : model_(model), states_(model.tables.size()) {}

  absl::Status Visit(int index) {
    if (states_[index] == State::kDone) return absl::OkStatus();
    states_[index] = State::kOpen;
    path_.push_back(index);
    for (const FieldModel& field : model_.tables[index].fields) {
      for (const int table : model_.HeldBy(field)) {
        REHEARSE_RETURN_IF_ERROR(VisitHeld(index, field, table));
      }
    }
    path_.pop_back();
    states_[index] = State::kDone;
    model_.definition_order.push_back(index);
    return absl::OkStatus();
  }

 private:
  enum class State { kNew, kOpen, kDone };

  absl::Status VisitHeld(int holder, const FieldModel& field, int table) {
    // A vector makes do with a declaration, where it has to.
    const bool is_vector = field.kind == FieldKind::kTables || field.kind == FieldKind::kUnions;
    if (is_vector && Reaches(table, holder)) return absl::OkStatus();
    if (states_[table] == State::kOpen) return Circle(field, table);
    return Visit(table);
  }

  // Whether `from` holds `to`, in whatever way and through whomever.
  bool Reaches(int from, int to) const {
    std::vector<bool> is_seen(model_.tables.size());
    std::vector<int> to_visit = {from};
    while (!to_visit.empty()) {
      const int index = to_visit.back();
      to_visit.pop_back();
      if (index == to) return true;
      if (is_seen[index]) continue;
      is_seen[index] = true;
      for (const FieldModel& field : model_.tables[index].fields) {
        for (const int table : model_.HeldBy(field)) to_visit.push_back(table);
      }
    }
    return false;
  }

  absl::Status Circle(const FieldModel& last, int table) const {
    const auto begin = std::find(path_.begin(), path_.end(), table);
    std::string way;
    for (auto at = begin; at != path_.end(); ++at) {
      absl::StrAppend(&way, model_.tables[*at].name.Dotted(), " holds ");
    }
    absl::StrAppend(&way, model_.tables[table].name.Dotted());
    return absl::InvalidArgumentError(absl::StrCat(
        model_.source, ": table ", model_.tables[path_.back()].name.Dotted(), ": field ", last.name,
        ": ", way, ": a struct can't hold itself; make it a vector: ", last.name, ": [",
        last.kind == FieldKind::kUnion ? model_.unions[last.union_number].name.name
                                       : model_.tables[table].name.name,
        "]"));
  }

  SchemaModel& model_;
  std::vector<State> states_;
  std::vector<int> path_;
};

}  // namespace

absl::Status OrderDefinitions(SchemaModel& model) {
  model.definition_order.clear();
  Walk walk(model);
  for (size_t i = 0; i < model.tables.size(); ++i) {
    REHEARSE_RETURN_IF_ERROR(walk.Visit(static_cast<int>(i)));
  }
  return absl::OkStatus();
}

}  // namespace rehearse::net
