// A counter that other nodes find by its name.

#ifndef EXAMPLES_CLUSTER_COUNTER_COUNTER_H_
#define EXAMPLES_CLUSTER_COUNTER_COUNTER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "examples/cluster_counter/counting.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/node.h"

namespace examples::cluster_counter {

using CounterProtocol = rehearse::Protocol<int64_t(Inc), std::string(Where)>;

class Counter : public rehearse::Actor {
 public:
  int64_t Handle(const Inc& inc) { return count_ += inc.amount; }
  std::string Handle(const Where&) {
    return rehearse::AddressOf<CounterProtocol>(rehearse::Self(this));
  }

 private:
  int64_t count_ = 0;  // a restarted node counts from zero
};

// The node's program: from now on "counter@<this node>" is found by others.
inline absl::Status Serve(rehearse::Node& node) {
  return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
}

}  // namespace examples::cluster_counter

#endif  // EXAMPLES_CLUSTER_COUNTER_COUNTER_H_
