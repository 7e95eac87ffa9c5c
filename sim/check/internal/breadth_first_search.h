// Searches for an order of one object's operations by keeping all orders in step.
//
// At each return, every configuration takes as few steps as place the operation that returns; what
// can't is dropped (Lowe 2017, section 5: just-in-time linearization). That visits every reachable
// configuration of a return before any of the next, where a search in depth follows one order to
// its end. It is slower on most histories that are linearizable. But configurations that spent
// few unknown operations come first and cover the others, so that histories which are wrong, with
// unknown outcomes in them, are ruled out in time that grows with their length and not with the
// number of subsets of the unknown operations.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_BREADTH_FIRST_SEARCH_H_
#define REHEARSE_SIM_CHECK_INTERNAL_BREADTH_FIRST_SEARCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rehearse/sim/check/internal/configuration_set.h"
#include "rehearse/sim/check/internal/object_history.h"
#include "rehearse/sim/check/internal/state_table.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// One search, run once. What it is given outlives it.
class BreadthFirstSearch {
 public:
  BreadthFirstSearch(const ObjectHistory& history, const SequentialModel& model,
                     const JudgeLimits& limits);

  // Never asks the model more than `limits.steps_max` questions.
  Answer Run();

  // After Run. Cut before the end of `stuck`, the history is linearizable.
  const DeadEnd& Furthest() const { return furthest_; }

  uint64_t steps() const { return steps_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Some order's outcome: all that matters for how it can go on, and its end for the explanation.
  struct Configuration {
    Configuration(uint32_t unknown_count, uint32_t initial)
        : spent(unknown_count), state(initial) {}

    std::vector<uint32_t> placed;  // those of the open operations, sorted
    BitSet spent;                  // unknown operations
    uint32_t spent_count = 0;
    uint32_t state;
    uint32_t before_unknown = kNone;  // the state before its last operation, if that was unknown
    size_t length = 0;
    std::array<uint32_t, DeadEnd::kLastPlacedMax> last = {};  // operation i is at i % size
  };

  bool Return(uint32_t due);
  void Expand(const Configuration& from, uint32_t due);
  void Try(const Configuration& from, uint32_t operation);
  void PlaceReads(Configuration& configuration);
  void Place(Configuration& configuration, uint32_t operation);
  void Enqueue(Configuration configuration);
  bool YieldsToTwin(const Configuration& from, uint32_t operation, uint32_t next);
  bool IsSpent(const Configuration& configuration, uint32_t unknown) const;
  bool Ask(uint32_t operation, uint32_t state);
  bool Exhausted() const;
  void NoteDeadEnd(const Configuration& configuration, uint32_t due);

  const ObjectHistory& history_;
  const SequentialModel& model_;
  const JudgeLimits limits_;
  StateTable states_;
  std::string next_;            // where the model puts its answer
  std::vector<uint32_t> open_;  // known operations that have begun and not returned, by begin
  std::vector<Configuration> frontier_;
  std::map<uint32_t, std::vector<Configuration>> queue_;  // at this return, by spent_count
  ConfigurationSet seen_;                                 // at this return
  DeadEnd furthest_;
  uint64_t steps_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_BREADTH_FIRST_SEARCH_H_
