#include "rehearse/actor/internal/family.h"

#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/internal/cell_ref.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {
namespace {

CellRef NewestOf(Family& family) {
  const std::lock_guard<SpinLock> lock(family.lock);
  return CellRef::Shared(family.newest);
}

// Whether it has ended in time.
bool End(Cell& cell, Node& node, Ending ending) {
  const auto ends_in_time = [&] {
    return cell.WaitForEnd(node.DeadlineIn(node.options().stop_timeout)) == WakeReason::kNotified;
  };
  cell.Retire();
  if (ending == Ending::kStop) {
    cell.Stop();
    if (ends_in_time()) return true;
  }
  cell.Kill();
  return ends_in_time();
}

}  // namespace

std::vector<CellRef> MembersOf(Family& family) {
  std::vector<CellRef> members;
  const std::lock_guard<SpinLock> lock(family.lock);
  for (Cell* cell = family.newest; cell != nullptr; cell = cell->older()) {
    members.push_back(CellRef::Shared(cell));
  }
  return members;
}

absl::Status EndFamily(Family& family, Node& node, Ending ending) {
  std::string survivors;
  while (const CellRef newest = NewestOf(family)) {
    if (End(*newest, node, ending)) continue;
    absl::StrAppend(&survivors, survivors.empty() ? "" : ", ", newest->Describe());
    newest->Disown();
  }
  if (survivors.empty()) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("still alive after stop and kill: ", survivors));
}

}  // namespace rehearse::internal
