// The smallest program that runs in both worlds: a counter on one node, a client on another.

#ifndef EXAMPLES_COUNTER_COUNTER_PROGRAM_H_
#define EXAMPLES_COUNTER_COUNTER_PROGRAM_H_

#include "absl/status/status.h"
#include "examples/counter/counter.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"

namespace examples::counter {

using CounterProtocol = rehearse::Protocol<int64_t(Inc), int64_t(Get)>;

class Counter : public rehearse::Actor {  // each overload of Handle is a message
 public:
  int64_t Handle(const Inc& inc) { return count_ += inc.amount; }
  int64_t Handle(const Get&) { return count_; }

 private:
  int64_t count_ = 0;
};

inline absl::Status Server(rehearse::Node& node) {
  return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
}

// Counts to three, whatever happens on the way; ordinary blocking code.
inline absl::Status CountToThree(rehearse::Node& node) {
  auto counter = node.Named<CounterProtocol>("counter@server");
  if (!counter.ok()) return counter.status();
  for (int64_t total = 0; total < 3;) {
    const absl::StatusOr<int64_t> answer =
        counter->Ask(Inc{.amount = 1}, {.reply_timeout = absl::Seconds(1)});
    if (answer.ok()) total = *answer;  // else: perhaps counted, perhaps not; try again
    if (absl::Status status = rehearse::Sleep(absl::Milliseconds(100)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace examples::counter

#endif  // EXAMPLES_COUNTER_COUNTER_PROGRAM_H_
