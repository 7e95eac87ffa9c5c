#include "rehearse/sim/check/internal/breadth_first_search.h"

#include <algorithm>
#include <utility>

#include "rehearse/sim/check/internal/entry_list.h"

namespace rehearse::sim {
namespace {

// How much more than its place in `seen_` a configuration takes that waits in the queue.
constexpr uint64_t kCopies = 4;

// Items of a fingerprint: operations are even, states odd.
constexpr uint64_t OperationItem(uint32_t operation) { return 2 * uint64_t{operation}; }
constexpr uint64_t StateItem(uint32_t state) { return 2 * uint64_t{state} + 1; }

bool Has(const std::vector<uint32_t>& sorted, uint32_t operation) {
  return std::binary_search(sorted.begin(), sorted.end(), operation);
}

}  // namespace

BreadthFirstSearch::BreadthFirstSearch(const ObjectHistory& history, const SequentialModel& model,
                                       const JudgeLimits& limits)
    : history_(history), model_(model), limits_(limits), seen_(history.unknown_count()) {
  frontier_.emplace_back(history.unknown_count(), states_.NumberOf(model.Initial()));
}

Answer BreadthFirstSearch::Run() {
  const EntryList entries(history_.known());
  for (uint32_t entry = entries.First(); entry != EntryList::kNone; entry = entries.Next(entry)) {
    const uint32_t operation = entries.OperationOf(entry);
    if (entries.IsCall(entry)) {
      open_.push_back(operation);
    } else if (!Return(operation)) {
      return Exhausted() ? Answer::kUndecided : Answer::kNotLinearizable;
    }
  }
  return Answer::kLinearizable;
}

// Moves the frontier past the end of `due`; false if no configuration gets there.
bool BreadthFirstSearch::Return(uint32_t due) {
  std::vector<Configuration> next;
  seen_.Clear();
  for (Configuration& configuration : frontier_) {
    PlaceReads(configuration);
    Enqueue(std::move(configuration));
  }
  while (!queue_.empty() && !Exhausted()) {
    const Configuration from = std::move(queue_.begin()->second.back());
    queue_.begin()->second.pop_back();
    if (queue_.begin()->second.empty()) queue_.erase(queue_.begin());
    if (Has(from.placed, due)) {
      next.push_back(from);
    } else {
      NoteDeadEnd(from, due);
      Expand(from, due);
    }
  }
  for (Configuration& configuration : next) {
    configuration.placed.erase(
        std::find(configuration.placed.begin(), configuration.placed.end(), due));
  }
  open_.erase(std::find(open_.begin(), open_.end(), due));
  frontier_ = std::move(next);
  return !frontier_.empty() && !Exhausted();
}

void BreadthFirstSearch::Expand(const Configuration& from, uint32_t due) {
  for (uint32_t operation : open_) {
    if (!history_.OnlyReads(operation) && !Has(from.placed, operation)) Try(from, operation);
  }
  uint32_t operation = history_.BegunUnknown(history_[due].end);
  while (operation-- > history_.known_count()) {
    if (history_.OnlyReads(operation) || IsSpent(from, operation)) continue;
    const uint32_t twin = history_.EarlierTwin(operation);
    if (twin == ObjectHistory::kNoOperation || IsSpent(from, twin)) Try(from, operation);
  }
}

void BreadthFirstSearch::Try(const Configuration& from, uint32_t operation) {
  if (!Ask(operation, from.state)) return;
  const uint32_t next = states_.NumberOf(next_);
  const bool unknown = history_.IsUnknown(operation);
  if (unknown && next == from.state) return;
  // An unknown operation that changed nothing for this one was spent for nothing.
  if (from.before_unknown != kNone && Ask(operation, from.before_unknown) &&
      next_ == states_.At(next)) {
    return;
  }
  if (YieldsToTwin(from, operation, next)) return;
  Configuration to = from;
  Place(to, operation);
  to.before_unknown = unknown ? from.state : kNone;
  to.state = next;
  PlaceReads(to);
  Enqueue(std::move(to));
}

// As in the search in depth: in any order that has this one here, the two can change places.
bool BreadthFirstSearch::YieldsToTwin(const Configuration& from, uint32_t operation,
                                      uint32_t next) {
  for (uint32_t twin : open_) {
    if (twin == operation || !history_.AskTheSame(twin, operation)) continue;
    if (Has(from.placed, twin)) continue;
    if (!history_.IsUnknown(operation) && (history_[twin].result != history_[operation].result ||
                                           history_[twin].end > history_[operation].end)) {
      continue;
    }
    if (Ask(twin, from.state) && next_ == states_.At(next)) return true;
  }
  return false;
}

void BreadthFirstSearch::PlaceReads(Configuration& configuration) {
  for (uint32_t operation : open_) {
    if (!history_.OnlyReads(operation) || Has(configuration.placed, operation)) continue;
    if (!Ask(operation, configuration.state)) continue;
    Place(configuration, operation);
    configuration.before_unknown = kNone;
  }
}

void BreadthFirstSearch::Place(Configuration& configuration, uint32_t operation) {
  configuration.last[configuration.length++ % configuration.last.size()] = operation;
  if (history_.IsUnknown(operation)) {
    configuration.spent.Flip(operation - history_.known_count());
    ++configuration.spent_count;
  } else {
    std::vector<uint32_t>& placed = configuration.placed;
    placed.insert(std::lower_bound(placed.begin(), placed.end(), operation), operation);
  }
}

void BreadthFirstSearch::Enqueue(Configuration configuration) {
  Fingerprint print = Fingerprint().With(StateItem(configuration.state));
  for (uint32_t operation : configuration.placed) print = print.With(OperationItem(operation));
  if (!seen_.Insert(print, configuration.spent, &steps_)) return;
  queue_[configuration.spent_count].push_back(std::move(configuration));
}

bool BreadthFirstSearch::IsSpent(const Configuration& configuration, uint32_t unknown) const {
  return configuration.spent.Has(unknown - history_.known_count());
}

bool BreadthFirstSearch::Ask(uint32_t operation, uint32_t state) {
  if (Exhausted()) return false;
  ++steps_;
  return model_.Step(states_.At(state), history_[operation], &next_);
}

bool BreadthFirstSearch::Exhausted() const {
  return steps_ >= limits_.steps_max ||
         states_.bytes() + kCopies * seen_.bytes() >= limits_.memory_bytes_max;
}

// Of the configurations that got this far, the one with the longest order is told about.
void BreadthFirstSearch::NoteDeadEnd(const Configuration& configuration, uint32_t due) {
  const bool further = furthest_.stuck != &history_[due];
  if (!further && configuration.length <= furthest_.placed) return;
  furthest_ = {&history_[due], configuration.length, {}, states_.At(configuration.state)};
  const size_t last = std::min(configuration.length, DeadEnd::kLastPlacedMax);
  for (size_t i = configuration.length - last; i < configuration.length; ++i) {
    furthest_.last_placed.push_back(&history_[configuration.last[i % configuration.last.size()]]);
  }
}

}  // namespace rehearse::sim
