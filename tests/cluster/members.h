// The members of a judged cluster: what they do is the same in the simulator and for real.
//
// Each node has a sink, a mortal, a watcher and some sources. Sources send packets to all sinks, in
// each way that there is; now and then a mortal panics and another takes its place; the watcher is
// told of the death of each node's mortal, and watches the next.

#ifndef REHEARSE_TESTS_CLUSTER_MEMBERS_H_
#define REHEARSE_TESTS_CLUSTER_MEMBERS_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/tests/cluster/event.h"

namespace rehearse::cluster {

// Is told what happens on a node, on its fibers. Outlives its members.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void Note(const Node& node, const Event& event) = 0;
};

// What the test asks of all members; it may ask for the next phase at any time.
enum class Phase : uint8_t {
  kBusy,
  kRests,  // nobody begins anything any more
  kDies,   // all mortals are to panic, and nobody takes their place
};

struct MembersOptions {
  uint64_t nodes = 5;
  int sources = 2;  // on each
};

// "node-1" is the first.
std::string NodeName(uint64_t number);

// The program of one of them: it goes on until it is told to stop. Both outlive it.
absl::Status RunMember(Node& node, const MembersOptions& options, Witness& witness,
                       const std::atomic<Phase>& phase);

}  // namespace rehearse::cluster

#endif  // REHEARSE_TESTS_CLUSTER_MEMBERS_H_
