#include "rehearse/sim/fault/sim_rare_paths.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {

bool SimRarePaths::Takes(const char* file, int line) {
  if (!on_) return false;
  const std::string where = absl::StrCat(file, ":", line);
  auto found = places_.find(where);
  if (found == places_.end()) {
    DecisionStream stream = decisions_.Open(absl::StrCat("buggify ", where));
    const bool active = stream.Chance(kActive);
    found = places_.emplace(where, Place{std::move(stream), active}).first;
  }
  Place& place = found->second;
  if (!place.active || !place.stream.Chance(kFires)) return false;
  on_taken_(where);
  return true;
}

int64_t SimRarePaths::ValueOf(absl::string_view name, int64_t usual,
                              absl::Span<const int64_t> others) {
  if (const auto kept = knobs_.find(name); kept != knobs_.end()) return kept->second;
  if (!on_ || others.empty()) return usual;
  DecisionStream stream = decisions_.Open(absl::StrCat("knob ", name));
  const int64_t value = stream.Chance(kTurned) ? others[stream.Choose(others.size())] : usual;
  knobs_.emplace(name, value);
  return value;
}

}  // namespace rehearse::sim
