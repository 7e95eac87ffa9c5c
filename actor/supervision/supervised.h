// Supervision by a value: an actor that has an object of its own to ask what to do when it ends.
//
//   SpawnSupervised<Worker>(node, rehearse::RestartWithin({.restarts = 3}), "argument");
//
// The object is any callable Verdict(const ExitReason&). It is moved into the actor, and called on
// the actor's own fiber when one of its lives is over, OnStop and all; it may wait. Restarts are as
// under a Supervisor: in place, from copies of the arguments, with the mailbox kept. (Heph,
// Supervisor.)

#ifndef REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_
#define REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/internal/spawn.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/back_off.h"
#include "rehearse/actor/supervision/restart_budget.h"

namespace rehearse {

class Verdict {
 public:
  static Verdict Stop() { return Verdict(false, absl::ZeroDuration()); }
  static Verdict Restart(absl::Duration after = absl::ZeroDuration()) {
    return Verdict(true, after);
  }

  bool restart() const { return restart_; }
  absl::Duration after() const { return after_; }

 private:
  Verdict(bool restart, absl::Duration after) : restart_(restart), after_(after) {}

  bool restart_;
  absl::Duration after_;
};

using Decide = absl::AnyInvocable<Verdict(const ExitReason&)>;

// Restarts after bad ends, until the budget is spent.
Decide RestartWithin(const RestartLimit& limit, const BackOff& back_off = {});

namespace internal {
std::unique_ptr<Keeper> KeptBy(Decide decide);
}  // namespace internal

// Starts an A with `arguments`, an actor of the node's. Any thread. A panic of `decide` is a
// verdict to stop. Once the actor is stopped it is not asked any more.
template <typename A, typename... Arguments>
ActorRef<A> SpawnSupervisedWith(Node& node, const SpawnOptions& options, Decide decide,
                                Arguments&&... arguments) {
  return ActorRef<A>(
      internal::SpawnRevivable(node, internal::kActorClass<A>, node.CellOptionsOf(options, nullptr),
                               internal::RecipeFor<A>(std::forward<Arguments>(arguments)...),
                               internal::KeptBy(std::move(decide))));
}
template <typename A, typename... Arguments>
ActorRef<A> SpawnSupervised(Node& node, Decide decide, Arguments&&... arguments) {
  return SpawnSupervisedWith<A>(node, SpawnOptions(), std::move(decide),
                                std::forward<Arguments>(arguments)...);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_
