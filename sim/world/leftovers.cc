#include "rehearse/sim/world/leftovers.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_ref.h"

namespace rehearse::sim {

using rehearse::internal::Cell;
using rehearse::internal::CellRef;
using rehearse::internal::WeakCell;

void Leftovers::Watch(rehearse::internal::Family& family) {
  for (const CellRef& cell : MembersOf(family)) {
    watched_.emplace_back(cell);
    if (auto* const children = cell->children_if_any()) Watch(*children);
  }
}

std::string Leftovers::Find() const {
  for (const WeakCell& each : watched_) {
    const Cell& cell = *each.get();
    // One that can't be killed has ended, and is on its stack all the same.
    if (cell.phase() != Cell::Phase::kEnded || cell.busy()) {
      return absl::StrCat("leaked actor: ", cell.Describe(), " has not ended, and its node has");
    }
    if (const uint32_t refs = cell.strong_count(); refs > 0) {
      return absl::StrCat("leaked ref: ", refs, refs == 1 ? " ref to " : " refs to ",
                          cell.Describe(), " left, and its node has ended");
    }
  }
  return "";
}

}  // namespace rehearse::sim
