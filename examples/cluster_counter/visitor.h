// Who finds the counter by its name, counts on it, and is told when it dies.

#ifndef EXAMPLES_CLUSTER_COUNTER_VISITOR_H_
#define EXAMPLES_CLUSTER_COUNTER_VISITOR_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/cluster_counter/counter.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"

namespace examples::cluster_counter {

// Is told what happens to a visitor. Called on the visitor's fiber.
class Witness {
 public:
  virtual ~Witness() = default;

  virtual void Met(const std::string& counter) = 0;   // its address: one life of it
  virtual void Asks(const std::string& counter) = 0;  // is about to
  virtual void Counted(const std::string& counter, int64_t count) = 0;
  virtual void Unanswered(const absl::Status& status) = 0;  // neither found nor, perhaps, counted
  virtual void Died(const std::string& counter, const rehearse::ExitReason& reason) = 0;
};

struct Tick {};

// Counts once a tick. A name stands for whoever has it when a message arrives; so the visitor asks
// the counter that it finds for its address, and stays with that one until it hears of its death:
// what it has counted is never spread over two lives.
class Visitor : public rehearse::Actor {
 public:
  // `name`: "counter@server". The witness outlives the visitor.
  Visitor(std::string name, absl::Duration tick, Witness& witness)
      : name_(std::move(name)), tick_(tick), witness_(witness) {}

  absl::Status OnStart() override {
    rehearse::SendEvery(rehearse::Self(this), tick_, Tick{}, {.first = absl::ZeroDuration()});
    return absl::OkStatus();
  }

  void Handle(const Tick&) {
    const absl::Status status = counter_ ? Count() : Meet();
    if (!status.ok()) witness_.Unanswered(status);
  }

  // The counter has died, or its node has: told once, and then the next tick looks for its heir.
  void Handle(const rehearse::Down& down) {
    counter_ = {};
    witness_.Died(address_, down.reason);
  }

 private:
  static constexpr rehearse::AskOptions kPatience = {.reply_timeout = absl::Seconds(3)};

  absl::Status Meet() {
    const auto found = node().Named<CounterProtocol>(name_);
    if (!found.ok()) return found.status();
    const absl::StatusOr<std::string> address = found->Ask(Where{}, kPatience);
    if (!address.ok()) return address.status();
    const auto counter = rehearse::RefAt<CounterProtocol>(node(), *address);
    if (!counter.ok()) return counter.status();
    address_ = *address;
    counter_ = *counter;
    witness_.Met(address_);
    rehearse::Monitor(rehearse::Self(this), counter_);
    return absl::OkStatus();
  }

  absl::Status Count() {
    witness_.Asks(address_);
    const absl::StatusOr<int64_t> count = counter_.Ask(Inc{}, kPatience);
    if (count.ok()) witness_.Counted(address_, *count);
    return count.status();
  }

  const std::string name_;
  const absl::Duration tick_;
  Witness& witness_;
  std::string address_;                          // of the last that it met
  rehearse::ActorRef<CounterProtocol> counter_;  // nobody: it is to be found
};

}  // namespace examples::cluster_counter

#endif  // EXAMPLES_CLUSTER_COUNTER_VISITOR_H_
