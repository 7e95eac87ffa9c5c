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
      if (field.table < 0) continue;
      // A vector makes do with a declaration, where it has to.
      if (field.kind == FieldKind::kTables && Reaches(field.table, index)) continue;
      if (states_[field.table] == State::kOpen) return Circle(field);
      REHEARSE_RETURN_IF_ERROR(Visit(field.table));
    }
    path_.pop_back();
    states_[index] = State::kDone;
    model_.definition_order.push_back(index);
    return absl::OkStatus();
  }

 private:
  enum class State { kNew, kOpen, kDone };

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
        if (field.table >= 0) to_visit.push_back(field.table);
      }
    }
    return false;
  }

  absl::Status Circle(const FieldModel& last) const {
    const auto begin = std::find(path_.begin(), path_.end(), last.table);
    std::string way;
    for (auto at = begin; at != path_.end(); ++at) {
      absl::StrAppend(&way, model_.tables[*at].name.Dotted(), " holds ");
    }
    absl::StrAppend(&way, model_.tables[last.table].name.Dotted());
    return absl::InvalidArgumentError(absl::StrCat(
        model_.source, ": table ", model_.tables[path_.back()].name.Dotted(), ": field ", last.name,
        ": ", way, ": a struct can't hold itself; make it a vector: ", last.name, ": [",
        model_.tables[last.table].name.name, "]"));
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
