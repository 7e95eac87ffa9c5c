#include "rehearse/sim/check/internal/entry_list.h"

#include <algorithm>
#include <tuple>

namespace rehearse::sim {
namespace {

struct Event {
  uint64_t position;
  bool is_return;
  uint32_t operation;

  auto Order() const { return std::tie(position, is_return, operation); }
};

std::vector<Event> SortedEvents(absl::Span<const Operation* const> operations) {
  std::vector<Event> events;
  events.reserve(2 * operations.size());
  for (uint32_t i = 0; i < operations.size(); ++i) {
    events.push_back({operations[i]->begin, false, i});
    events.push_back({operations[i]->end, true, i});
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.Order() < b.Order(); });
  return events;
}

}  // namespace

EntryList::EntryList(absl::Span<const Operation* const> operations)
    : entries_(2 * operations.size() + 1), calls_(operations.size()) {
  uint32_t index = 0;
  for (const Event& event : SortedEvents(operations)) {
    Entry& entry = entries_[++index];
    entry.previous = index - 1;
    entry.operation = event.operation;
    entries_[index - 1].next = index;
    if (event.is_return) {
      entries_[calls_[event.operation]].match = index;
    } else {
      calls_[event.operation] = index;
    }
  }
  entries_[kNone].previous = index;
}

void EntryList::Lift(uint32_t call) {
  Unlink(entries_[entries_[call].match]);
  Unlink(entries_[call]);
}

void EntryList::Unlift(uint32_t call) {
  Relink(call);
  Relink(entries_[call].match);
}

void EntryList::Unlink(const Entry& entry) {
  entries_[entry.previous].next = entry.next;
  entries_[entry.next].previous = entry.previous;
}

// A lifted entry keeps its neighbours' numbers: since lifts are undone in reverse, they are its
// neighbours again.
void EntryList::Relink(uint32_t index) {
  const Entry& entry = entries_[index];
  entries_[entry.previous].next = index;
  entries_[entry.next].previous = index;
}

}  // namespace rehearse::sim
