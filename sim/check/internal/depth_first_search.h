// Searches for an order of one object's operations that its model allows.
//
// Depth first over the operations that may come next, as Wing and Gong do, never entering a
// configuration (which operations have their place, and the state) twice, as Lowe does.
// Differences from the papers:
//   - Of a configuration, the state and the known operations are remembered as a 128-bit hash:
//     some 60 bytes whatever the history's length, where a bit set of 100,000 operations would take
//     12,500. The price is a chance of about n^2 / 2^128 to drop an order unseen.
//   - An operation that only reads is placed as soon as the state allows it, and that choice is
//     never taken back: from any later place in an order it can be moved here.
//   - Choices are lazy. Whatever is due, that is, ends first, comes next if the state allows it;
//     otherwise what makes it possible; anything else only if these lead nowhere.
//   - Operations of unknown outcome stand outside the list and are tried after the known ones. They
//     need no place, and most of them have none: none gets one if the state stays as it is, or if
//     what comes next leads to the same state without it. Of those that ask for the same, the one
//     that began first goes first. And a configuration is left that has spent more of them than an
//     earlier one, which was the same otherwise.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_DEPTH_FIRST_SEARCH_H_
#define REHEARSE_SIM_CHECK_INTERNAL_DEPTH_FIRST_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rehearse/sim/check/internal/configuration_set.h"
#include "rehearse/sim/check/internal/entry_list.h"
#include "rehearse/sim/check/internal/object_history.h"
#include "rehearse/sim/check/internal/state_table.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// One search, run once. What it is given outlives it.
class DepthFirstSearch {
 public:
  DepthFirstSearch(const ObjectHistory& history, const SequentialModel& model,
                   const JudgeLimits& limits);

  // Never asks the model more than `limits.steps_max` questions.
  Answer Run();

  // After Run. Cut before the end of `stuck`, the history is linearizable.
  DeadEnd Furthest() const;

  uint64_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kNoOperation = ObjectHistory::kNoOperation;

  // What is tried, in this order. Preferred is what is due or makes it possible.
  enum class Stage : uint8_t { kPreferred, kPreferredUnknown, kOther, kOtherUnknown, kNone };

  // A place in the order in which operations are tried: just behind `operation` of that stage.
  struct Cursor {
    Stage stage = Stage::kPreferred;
    uint32_t operation = kNoOperation;  // none: at the stage's beginning
  };

  // A choice that may be taken back: `order_[order_size]`, found at `cursor`.
  struct Choice {
    Cursor cursor;
    size_t order_size;
    uint32_t state_before;
  };

  struct Reached {
    uint32_t entry = EntryList::kNone;  // the first return
    size_t placed = 0;
    std::vector<uint32_t> last_placed;
    uint32_t state = 0;
  };

  bool IsSpent(uint32_t operation) const { return spent_.Has(operation - history_.known_count()); }
  bool Exhausted() const;
  uint32_t FirstReturn() const;
  bool Ask(uint32_t operation, uint32_t state);
  void PlaceReads();
  bool Choose(Cursor after);
  static Cursor NextStage(Stage stage);
  bool ChooseKnown(Cursor after);
  bool ChooseUnknown(Cursor after);
  bool TryPlace(Cursor choice);
  bool AbsorbsUnknown(uint32_t operation, uint32_t next);
  bool YieldsToTwin(uint32_t operation, uint32_t next);
  void Mark(uint32_t operation);
  void Place(uint32_t operation);
  Cursor TakeBack();
  void NoteDeadEnd();

  const ObjectHistory& history_;
  const SequentialModel& model_;
  const JudgeLimits limits_;
  EntryList entries_;  // known operations that have no place yet
  StateTable states_;
  uint32_t state_;
  uint32_t due_ = 0;         // of the known operations without a place, the first to end
  bool due_allowed_ = true;  // whether it may come next
  std::string next_;         // where the model puts its answer
  Fingerprint placed_;       // known operations that have their place
  BitSet spent_;             // unknown ones that have, counted from the first of them
  ConfigurationSet seen_;
  std::vector<uint32_t> order_;
  std::vector<Choice> choices_;
  Reached furthest_;
  uint64_t steps_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_DEPTH_FIRST_SEARCH_H_
