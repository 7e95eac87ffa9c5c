// One object's operations, put in order for a search.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_OBJECT_HISTORY_H_
#define REHEARSE_SIM_CHECK_INTERNAL_OBJECT_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// A search knows operations by their numbers here: first those of known outcome, then those of
// unknown outcome, each in the order of their begins. Those that failed are left out.
class ObjectHistory {
 public:
  static constexpr uint32_t kNoOperation = UINT32_MAX;

  // The operations and the model outlive it.
  ObjectHistory(absl::Span<const Operation* const> operations, const SequentialModel& model);

  uint32_t size() const { return static_cast<uint32_t>(operations_.size()); }
  uint32_t known_count() const { return known_count_; }
  uint32_t unknown_count() const { return size() - known_count_; }
  bool IsUnknown(uint32_t operation) const { return operation >= known_count_; }
  const Operation& operator[](uint32_t operation) const { return *operations_[operation]; }
  absl::Span<const Operation* const> known() const {
    return absl::MakeConstSpan(operations_).first(known_count_);
  }

  // As the model says.
  bool OnlyReads(uint32_t operation) const { return only_reads_[operation]; }

  // Whether two operations ask for the same: equal names and arguments.
  bool AskTheSame(uint32_t a, uint32_t b) const { return requests_[a] == requests_[b]; }

  // The last unknown operation that asks for the same as this one, and began before it. In any
  // order of which only the later one is part, the earlier can stand for it.
  uint32_t EarlierTwin(uint32_t unknown) const { return earlier_twins_[unknown]; }

  // The end of those unknown operations that began up to `position`.
  uint32_t BegunUnknown(uint64_t position) const;

 private:
  void SortRequests();

  std::vector<const Operation*> operations_;
  uint32_t known_count_;
  std::vector<bool> only_reads_;
  std::vector<uint32_t> requests_;  // the first operation that asks for the same
  std::vector<uint32_t> earlier_twins_;
};

// The furthest that a search came without reaching the goal.
struct DeadEnd {
  // How much of the order's end is kept.
  static constexpr size_t kLastPlacedMax = 6;

  const Operation* stuck = nullptr;           // no order got past its end; null: there was none
  size_t placed = 0;                          // operations in the furthest order
  std::vector<const Operation*> last_placed;  // the end of that order
  std::string state;                          // what it leads to
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_OBJECT_HISTORY_H_
