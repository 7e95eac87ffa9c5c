// A history kept in memory, for the judges of the run that made it.

#ifndef REHEARSE_SIM_CHECK_RECORDED_HISTORY_H_
#define REHEARSE_SIM_CHECK_RECORDED_HISTORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/history.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {

// The History of every node of one simulated world.
//
// Nodes disagree about the time, so each begin and each end also gets the next place in one total
// order. The world is one thread: the order of the calls is the order in which things happened. A
// client that stood still between learning its result and calling End only widens its operation,
// which excuses more but accuses nobody wrongly.
//
// Grows with the run: some 200 bytes an operation, and the values that are longer than a word or
// two. Call it on the world's thread.
class RecordedHistory : public History {
 public:
  // `now` tells the world's virtual time, not a node's.
  explicit RecordedHistory(std::function<Instant()> now);

  // Numbers the operations from 1, in the order of their begins.
  uint64_t Begin(uint64_t process, absl::string_view object, absl::string_view operation,
                 absl::string_view argument) override;

  // Throws std::logic_error (a panic of the handler that called it) for a number that Begin never
  // gave, or that has ended already: the first result stays.
  void End(uint64_t operation, Outcome outcome, absl::string_view result) override;

  // In the order of their begins, which is the order of their ids. Valid until the next call.
  const std::vector<Operation>& operations() const { return operations_; }

  // How many have this outcome; those that have not ended count as kUnknown.
  size_t Count(Outcome outcome) const { return counts_[static_cast<size_t>(outcome)]; }

  // One line an operation, in the order of their begins.
  std::string ToString() const;

 private:
  std::function<Instant()> now_;
  std::vector<Operation> operations_;
  std::array<size_t, 3> counts_ = {};  // by outcome
  uint64_t next_position_ = 1;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_RECORDED_HISTORY_H_
