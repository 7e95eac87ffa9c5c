#include "examples/replicated_register/server.h"

#include "absl/strings/str_cat.h"
#include "examples/replicated_register/recovery.h"
#include "examples/replicated_register/replica.h"
#include "rehearse/actor/env/status_macros.h"
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

absl::StatusOr<ActorRef<Replica>> SpawnFor(Node& node, const Options& options) {
  if (options.recovery == Recovery::kDisk) return SpawnDurable(node, options);
  if (options.recovery == Recovery::kNone || node.incarnation() == 1) {
    return node.Spawn<Replica>(options);
  }
  REHEARSE_ASSIGN_OR_RETURN(const Recovered recovered, RecoverFromOthers(node, options));
  return node.Spawn<Replica>(options, recovered);
}

}  // namespace

absl::Status RunServer(Node& node, const Options& options) {
  const bool forgetful = options.recovery == Recovery::kNone && node.incarnation() > 1;
  if (forgetful && options.bug != Bug::kForgetOnRestart) {
    node.log().Write(rehearse::Severity::kWarning,
                     absl::StrCat("start ", node.incarnation(), " of ", node.name(),
                                  ": it has forgotten its promises and stays silent"));
    return absl::OkStatus();
  }
  REHEARSE_ASSIGN_OR_RETURN(const ActorRef<Replica> replica, SpawnFor(node, options));
  return node.Register<ReplicaProtocol>("register", replica);
}

}  // namespace examples::replicated_register
