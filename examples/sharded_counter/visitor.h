// Who counts on counters by their keys, and hands over what lives on its node before it ends.

#ifndef EXAMPLES_SHARDED_COUNTER_VISITOR_H_
#define EXAMPLES_SHARDED_COUNTER_VISITOR_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/sharded_counter/counters.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"

namespace examples::sharded_counter {

struct Tick {};

// Counts once a tick on each of its keys.
class Visitor : public rehearse::Actor {
 public:
  using Told = std::function<void(const std::string& key, const absl::StatusOr<Counted>&)>;

  Visitor(Counters counters, std::vector<std::string> keys, absl::Duration tick, Told told)
      : counters_(std::move(counters)),
        keys_(std::move(keys)),
        tick_(tick),
        told_(std::move(told)) {}

  absl::Status OnStart() override {
    rehearse::SignalsOf(node()).Subscribe(rehearse::Signal::kTerminate, rehearse::Self(this));
    ticks_ = rehearse::SendEvery(rehearse::Self(this), tick_, Tick());
    return absl::OkStatus();
  }

  void Handle(const Tick&) {
    for (const std::string& key : keys_) {
      told_(key, counters_.Ask(key, Inc(), {.reply_timeout = absl::Seconds(5)}));
    }
  }

  // The node is to end: first the counters here go to others.
  void Handle(const rehearse::Signal&) {
    ticks_.Cancel();
    (void)counters_.Leave(absl::Seconds(10));
    node().Shutdown();
  }

 private:
  const Counters counters_;
  const std::vector<std::string> keys_;
  const absl::Duration tick_;
  const Told told_;
  rehearse::MessageTimer ticks_;
};

}  // namespace examples::sharded_counter

#endif  // EXAMPLES_SHARDED_COUNTER_VISITOR_H_
