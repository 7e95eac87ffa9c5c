#include "rehearse/sim/check/internal/depth_first_search.h"

#include <algorithm>
#include <utility>

namespace rehearse::sim {
namespace {

// Items of a fingerprint: operations are even, states odd.
constexpr uint64_t OperationItem(uint32_t operation) { return 2 * uint64_t{operation}; }
constexpr uint64_t StateItem(uint32_t state) { return 2 * uint64_t{state} + 1; }

}  // namespace

DepthFirstSearch::DepthFirstSearch(const ObjectHistory& history, const SequentialModel& model,
                                   const JudgeLimits& limits)
    : history_(history),
      model_(model),
      limits_(limits),
      entries_(history.known()),
      state_(states_.NumberOf(model.Initial())),
      spent_(history.unknown_count()),
      seen_(history.unknown_count()) {}

Answer DepthFirstSearch::Run() {
  PlaceReads();
  Cursor cursor;
  while (!entries_.empty()) {
    if (Choose(cursor)) {
      PlaceReads();
      cursor = Cursor();
      continue;
    }
    NoteDeadEnd();
    if (Exhausted()) return Answer::kUndecided;
    if (choices_.empty()) return Answer::kNotLinearizable;
    cursor = TakeBack();
  }
  return Answer::kLinearizable;
}

bool DepthFirstSearch::Exhausted() const {
  return steps_ >= limits_.steps_max || states_.bytes() + seen_.bytes() >= limits_.memory_bytes_max;
}

// Asks the model whether the operation may come next in a state; the answer's state is in `next_`.
bool DepthFirstSearch::Ask(uint32_t operation, uint32_t state) {
  if (Exhausted()) return false;
  ++steps_;
  return model_.Step(states_.At(state), history_[operation], &next_);
}

// One pass suffices: a read that is placed changes no state, and what its lifted return uncovers
// stands further on.
void DepthFirstSearch::PlaceReads() {
  for (uint32_t entry = entries_.First(); entries_.IsCall(entry); entry = entries_.Next(entry)) {
    const uint32_t operation = entries_.OperationOf(entry);
    if (history_.OnlyReads(operation) && Ask(operation, state_)) Place(operation);
  }
}

// Makes the next choice behind `after`.
bool DepthFirstSearch::Choose(Cursor after) {
  due_ = entries_.OperationOf(FirstReturn());
  due_allowed_ = !history_.OnlyReads(due_) && Ask(due_, state_);
  for (; after.stage != Stage::kNone; after = NextStage(after.stage)) {
    const bool unknown =
        after.stage == Stage::kPreferredUnknown || after.stage == Stage::kOtherUnknown;
    if (unknown ? ChooseUnknown(after) : ChooseKnown(after)) return true;
  }
  return false;
}

DepthFirstSearch::Cursor DepthFirstSearch::NextStage(Stage stage) {
  return {static_cast<Stage>(static_cast<uint8_t>(stage) + 1), kNoOperation};
}

bool DepthFirstSearch::ChooseKnown(Cursor after) {
  uint32_t entry = after.operation == kNoOperation
                       ? entries_.First()
                       : entries_.Next(entries_.CallOf(after.operation));
  for (; entries_.IsCall(entry); entry = entries_.Next(entry)) {
    const uint32_t operation = entries_.OperationOf(entry);
    if (!history_.OnlyReads(operation) && TryPlace({after.stage, operation})) return true;
  }
  return false;
}

// The youngest first: what takes effect at all does so soon, as a rule.
bool DepthFirstSearch::ChooseUnknown(Cursor after) {
  uint32_t operation =
      after.operation == kNoOperation ? history_.BegunUnknown(history_[due_].end) : after.operation;
  while (operation-- > history_.known_count()) {
    if (IsSpent(operation) || history_.OnlyReads(operation)) continue;
    const uint32_t twin = history_.EarlierTwin(operation);
    if (twin != kNoOperation && !IsSpent(twin)) continue;
    if (TryPlace({after.stage, operation})) return true;
  }
  return false;
}

// The list holds both events of each operation in it, so there is a return.
uint32_t DepthFirstSearch::FirstReturn() const {
  uint32_t entry = entries_.First();
  while (entries_.IsCall(entry)) entry = entries_.Next(entry);
  return entry;
}

bool DepthFirstSearch::TryPlace(Cursor choice) {
  const uint32_t operation = choice.operation;
  if (!Ask(operation, state_)) return false;
  const uint32_t next = states_.NumberOf(next_);
  if (history_.IsUnknown(operation) && next == state_) return false;
  const bool preferred = due_allowed_ ? operation == due_ : operation == due_ || Ask(due_, next);
  if (preferred != (choice.stage <= Stage::kPreferredUnknown)) return false;
  if (AbsorbsUnknown(operation, next) || YieldsToTwin(operation, next)) return false;
  Mark(operation);
  const bool is_new = seen_.Insert(placed_.With(StateItem(next)), spent_, &steps_);
  Mark(operation);
  if (!is_new) return false;
  choices_.push_back({choice, order_.size(), state_});
  Place(operation);
  state_ = next;
  return true;
}

// Whether the last operation placed is an unknown one without which this one leads to the same.
bool DepthFirstSearch::AbsorbsUnknown(uint32_t operation, uint32_t next) {
  if (order_.empty() || !history_.IsUnknown(order_.back())) return false;
  return Ask(operation, choices_.back().state_before) && next_ == states_.At(next);
}

// Whether a known operation that asks for the same, and leads to the same now, is more urgent. In
// any order that has this one here, the two can change places.
bool DepthFirstSearch::YieldsToTwin(uint32_t operation, uint32_t next) {
  for (uint32_t entry = entries_.First(); entries_.IsCall(entry); entry = entries_.Next(entry)) {
    const uint32_t twin = entries_.OperationOf(entry);
    if (twin == operation || !history_.AskTheSame(twin, operation)) continue;
    if (!history_.IsUnknown(operation) && (history_[twin].result != history_[operation].result ||
                                           history_[twin].end > history_[operation].end)) {
      continue;
    }
    if (Ask(twin, state_) && next_ == states_.At(next)) return true;
  }
  return false;
}

// Notes that the operation has its place now, or has it no longer.
void DepthFirstSearch::Mark(uint32_t operation) {
  if (history_.IsUnknown(operation)) {
    spent_.Flip(operation - history_.known_count());
  } else {
    placed_ = placed_.With(OperationItem(operation));
  }
}

void DepthFirstSearch::Place(uint32_t operation) {
  if (!history_.IsUnknown(operation)) entries_.Lift(entries_.CallOf(operation));
  Mark(operation);
  order_.push_back(operation);
}

// Takes the last choice back, and the reads that followed from it; returns where it was found.
DepthFirstSearch::Cursor DepthFirstSearch::TakeBack() {
  const Choice choice = choices_.back();
  choices_.pop_back();
  while (order_.size() > choice.order_size) {
    const uint32_t operation = order_.back();
    order_.pop_back();
    Mark(operation);
    if (!history_.IsUnknown(operation)) entries_.Unlift(entries_.CallOf(operation));
  }
  state_ = choice.state_before;
  return choice.cursor;
}

void DepthFirstSearch::NoteDeadEnd() {
  const uint32_t entry = FirstReturn();
  if (std::make_pair(entry, order_.size()) <= std::make_pair(furthest_.entry, furthest_.placed)) {
    return;
  }
  const size_t last = std::min(order_.size(), DeadEnd::kLastPlacedMax);
  furthest_ = {entry, order_.size(), {order_.end() - last, order_.end()}, state_};
}

DeadEnd DepthFirstSearch::Furthest() const {
  DeadEnd dead_end;
  if (furthest_.entry == EntryList::kNone) return dead_end;
  dead_end.stuck = &history_[entries_.OperationOf(furthest_.entry)];
  dead_end.placed = furthest_.placed;
  for (uint32_t operation : furthest_.last_placed) {
    dead_end.last_placed.push_back(&history_[operation]);
  }
  dead_end.state = states_.At(furthest_.state);
  return dead_end;
}

}  // namespace rehearse::sim
