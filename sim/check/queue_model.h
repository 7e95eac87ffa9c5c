// A queue: what was put in first comes out first.

#ifndef REHEARSE_SIM_CHECK_QUEUE_MODEL_H_
#define REHEARSE_SIM_CHECK_QUEUE_MODEL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {

// Knows
//   enqueue  argument: the value, not empty
//   dequeue  result: the value that came out; empty if there was none
//   peek     result: the value that would come out; empty if there is none
// Any other operation, and an enqueue of the empty string, is allowed in no state. Empty at first.
//
// A state is all that is in the queue, so that a search of n operations may copy n * n bytes: give
// a history many queues rather than one long one.
class QueueModel : public SequentialModel {
 public:
  static constexpr absl::string_view kEnqueue = "enqueue";
  static constexpr absl::string_view kDequeue = "dequeue";
  static constexpr absl::string_view kPeek = "peek";

  std::string Initial() const override { return ""; }
  bool Step(const std::string& state, const Operation& operation, std::string* next) const override;
  bool OnlyReads(const Operation& operation) const override;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_QUEUE_MODEL_H_
