#include "examples/replicated_register/server.h"

#include "absl/strings/str_cat.h"
#include "examples/replicated_register/replica.h"
#include "rehearse/actor/supervision/supervised.h"

namespace examples::replicated_register {
namespace {

using rehearse::ActorRef;
using rehearse::Node;

// A disk that fails now and then is tried again; one that fails always, or is damaged, not for
// ever: then the replica ends, and is silent.
ActorRef<Replica> SpawnDurable(Node& node, const Options& options) {
  return rehearse::SpawnSupervised<Replica>(
      node,
      rehearse::RestartWithin({.restarts = 10, .window = absl::Minutes(1)},
                              {.first = absl::Milliseconds(100), .max = absl::Seconds(10)}),
      options);
}

}  // namespace

absl::Status RunServer(Node& node, const Options& options) {
  if (options.recovery == Recovery::kDisk) {
    return node.Register<ReplicaProtocol>("register", SpawnDurable(node, options));
  }
  if (node.incarnation() > 1 && options.bug != Bug::kForgetOnRestart) {
    node.log().Write(rehearse::Severity::kWarning,
                     absl::StrCat("start ", node.incarnation(), " of ", node.name(),
                                  ": it has forgotten its promises and stays silent"));
    return absl::OkStatus();
  }
  return node.Register<ReplicaProtocol>("register", node.Spawn<Replica>(options));
}

}  // namespace examples::replicated_register
