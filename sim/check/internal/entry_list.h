// A history's events in order, from which operations are taken out and put back in constant time.
//
// The list of Wing and Gong (JPDC 1993) as Lowe uses it (Testing for Linearizability, 2017): an
// operation that has got its place is lifted, both events at once, so that the calls before the
// first return are always exactly the operations that may come next.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_ENTRY_LIST_H_
#define REHEARSE_SIM_CHECK_INTERNAL_ENTRY_LIST_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

// Entries are numbers that grow with their positions in the history. A call and a return at one
// position count as overlapping: the call comes first.
class EntryList {
 public:
  // No entry: what stands before the first and after the last.
  static constexpr uint32_t kNone = 0;

  // Operation i of the list is `operations[i]`.
  explicit EntryList(absl::Span<const Operation* const> operations);

  bool empty() const { return entries_[kNone].next == kNone; }
  uint32_t First() const { return entries_[kNone].next; }
  uint32_t Next(uint32_t entry) const { return entries_[entry].next; }
  uint32_t CallOf(uint32_t operation) const { return calls_[operation]; }

  // False for kNone.
  bool IsCall(uint32_t entry) const { return entries_[entry].match != kNone; }
  uint32_t OperationOf(uint32_t entry) const { return entries_[entry].operation; }

  // Takes the operation of this call out. The call's Next is the next entry that is still in.
  void Lift(uint32_t call);

  // Puts it back. Lifts are undone in reverse order, and in no other.
  void Unlift(uint32_t call);

 private:
  struct Entry {
    uint32_t previous = kNone;
    uint32_t next = kNone;
    uint32_t match = kNone;  // the return of a call; kNone for a return
    uint32_t operation = 0;
  };

  void Unlink(const Entry& entry);
  void Relink(uint32_t index);

  std::vector<Entry> entries_;   // the first is the ring's own end
  std::vector<uint32_t> calls_;  // by operation
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_ENTRY_LIST_H_
