// What was done to directories and not synced: what a loss of power may undo.
//
// Of each directory's operations a prefix survives. POSIX would allow any subset; a prefix is what
// journals and ordered directory blocks give, and it keeps what is left consistent: a file has one
// name, and none of its own directories is below it.

#ifndef REHEARSE_SIM_STORAGE_ENTRY_JOURNAL_H_
#define REHEARSE_SIM_STORAGE_ENTRY_JOURNAL_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/storage/disk_node.h"

namespace rehearse::sim {

// One disk's.
class EntryJournal {
 public:
  // With more than this the oldest are synced, as hosts do by themselves.
  static constexpr size_t kOperationsMax = 1024;

  // A name and what it leads to before and after; null: nothing.
  struct Edit {
    DiskNodePtr directory;
    std::string name;
    DiskNodePtr before;
    DiskNodePtr after;
  };
  // One operation: all of its edits survive, or none. A `barrier` comes after all before it and
  // before all after it.
  struct Operation {
    std::vector<Edit> edits;
    bool barrier = false;
  };

  // It was done.
  void Add(Operation operation);
  // What was done in `directory` is on the disk, and what must be for that.
  void Sync(const DiskNode& directory);
  void SyncAll() { operations_.clear(); }
  // Undoes what is lost; whether anything is.
  bool LosePower(Ratio lose_entry, DecisionStream& chance);

 private:
  std::vector<Operation> operations_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_STORAGE_ENTRY_JOURNAL_H_
