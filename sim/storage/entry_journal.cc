#include "rehearse/sim/storage/entry_journal.h"

#include <algorithm>

namespace rehearse::sim {
namespace {

using Edit = EntryJournal::Edit;
using Operation = EntryJournal::Operation;
// A few; only looked up, so that their addresses order nothing.
using Directories = std::vector<const DiskNode*>;

bool Touches(const Operation& operation, const Directories& directories) {
  return std::any_of(operation.edits.begin(), operation.edits.end(), [&](const Edit& edit) {
    return std::count(directories.begin(), directories.end(), edit.directory.get()) > 0;
  });
}

void AddTo(Directories& directories, const Operation& operation) {
  for (const Edit& edit : operation.edits) {
    if (std::count(directories.begin(), directories.end(), edit.directory.get()) > 0) continue;
    directories.push_back(edit.directory.get());
  }
}

void Lead(const Edit& edit, const DiskNodePtr& to) {
  if (to == nullptr) {
    edit.directory->entries.erase(edit.name);
  } else {
    edit.directory->entries[edit.name] = to;
  }
}

void Undo(const Operation& operation) {
  for (auto edit = operation.edits.rbegin(); edit != operation.edits.rend(); ++edit) {
    Lead(*edit, edit->before);
  }
}

void Redo(const Operation& operation) {
  for (const Edit& edit : operation.edits) Lead(edit, edit.after);
}

}  // namespace

void EntryJournal::Add(Operation operation) {
  if (operations_.size() == kOperationsMax) operations_.erase(operations_.begin());
  operations_.push_back(std::move(operation));
}

void EntryJournal::Sync(const DiskNode& directory) {
  // Backwards, so that what an operation needs is known when its turn comes.
  Directories reached = {&directory};
  bool any = false;
  bool all = false;
  std::vector<Operation> left;
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) {
    if (all || Touches(*at, reached) || (at->barrier && any)) {
      any = true;
      all = all || at->barrier;
      AddTo(reached, *at);
    } else {
      left.push_back(std::move(*at));
    }
  }
  std::reverse(left.begin(), left.end());
  operations_ = std::move(left);
}

bool EntryJournal::LosePower(Ratio lose_entry, DecisionStream& chance) {
  for (auto at = operations_.rbegin(); at != operations_.rend(); ++at) Undo(*at);
  Directories cut;
  bool lost_any = false;
  bool lost_barrier = false;
  for (const Operation& operation : operations_) {
    const bool held_up = lost_barrier || Touches(operation, cut) || (operation.barrier && lost_any);
    if (held_up || chance.Chance(lose_entry)) {
      lost_any = true;
      lost_barrier = lost_barrier || operation.barrier;
      AddTo(cut, operation);
    } else {
      Redo(operation);
    }
  }
  operations_.clear();
  return lost_any;
}

}  // namespace rehearse::sim
