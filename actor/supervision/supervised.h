// Supervision by a value: an actor that has an object of its own to ask what to do when it ends.
//
//   SpawnSupervised<Worker>(node, rehearse::RestartWithin({.restarts = 3}), "argument");
//
// The object is any callable Verdict(const ExitReason&). It is moved into the actor, and called on
// the actor's own fiber when one of its lives is over, OnStop and all; it may wait. Restarts are as
// under a Supervisor: in place, from copies of the arguments, with the mailbox kept. (Heph,
// Supervisor.)
//
// One that returns a VerdictFor<Worker> may give the next life other arguments:
//
//   [tries = 0](const ExitReason&) mutable -> rehearse::VerdictFor<Worker> {
//     if (++tries == 3) return rehearse::Verdict::Stop();
//     return rehearse::RestartWith<Worker>(absl::StrCat("try ", tries)).After(absl::Seconds(1));
//   }

#ifndef REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_
#define REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/inbox.h"
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

namespace internal {

// A verdict, and what the next life is built by; null: by what the last one was.
struct Decision {
  Verdict verdict;
  std::unique_ptr<const Recipe> recipe;
};
using DecideAnyhow = absl::AnyInvocable<Decision(const ExitReason&)>;

template <typename A, typename D>
DecideAnyhow DecideFor(D&& decide);

}  // namespace internal

// What becomes of an A alone: a class of actors, or the type of a function actor's function.
template <typename A>
class VerdictFor : private internal::Decision {
 public:
  // As the plain one: a restart is from the arguments of the life that is over.
  VerdictFor(Verdict verdict) : Decision{verdict, nullptr} {}  // NOLINT: it is one

  // A restart comes so much later.
  VerdictFor After(absl::Duration pause) && {
    if (verdict.restart()) verdict = Verdict::Restart(pause);
    return std::move(*this);
  }

 private:
  template <typename B, typename... Arguments>
  friend VerdictFor<B> RestartWith(Arguments&&... arguments);
  template <typename B, typename D>
  friend internal::DecideAnyhow internal::DecideFor(D&& decide);

  explicit VerdictFor(std::unique_ptr<const internal::Recipe> recipe)
      : Decision{Verdict::Restart(), std::move(recipe)} {}
};

// An A lives again, built from copies of `arguments`, and so do its later lives until others are
// given. A function actor's function is built from them, and called with a copy of it.
template <typename A, typename... Arguments>
VerdictFor<A> RestartWith(Arguments&&... arguments) {
  constexpr bool kBuilds = std::is_constructible_v<A, std::decay_t<Arguments>&&...>;
  static_assert(kBuilds, "RestartWith: the actor has no constructor for these arguments");
  if constexpr (!kBuilds) {
    return Verdict::Stop();
  } else if constexpr (internal::InboxFunction<A>) {
    return VerdictFor<A>(std::make_unique<const internal::FunctionRecipe<A>>(
        A(std::forward<Arguments>(arguments)...)));
  } else {
    return VerdictFor<A>(internal::RecipeFor<A>(std::forward<Arguments>(arguments)...));
  }
}

using Decide = absl::AnyInvocable<Verdict(const ExitReason&)>;

// Restarts after bad ends, until the budget is spent.
Decide RestartWithin(const RestartLimit& limit, const BackOff& back_off = {});

namespace internal {

std::unique_ptr<Keeper> KeptBy(DecideAnyhow decide);

template <typename A, typename D>
DecideAnyhow DecideFor(D&& decide) {
  constexpr bool kDecides =
      std::is_invocable_r_v<VerdictFor<A>, std::decay_t<D>&, const ExitReason&>;
  static_assert(kDecides,
                "SpawnSupervised: want a callable that returns a Verdict, or a VerdictFor "
                "this actor");
  if constexpr (!kDecides) {
    return nullptr;
  } else {
    return [decide = std::decay_t<D>(std::forward<D>(decide))](const ExitReason& reason) mutable {
      VerdictFor<A> verdict = decide(reason);
      return static_cast<Decision&&>(verdict);
    };
  }
}

}  // namespace internal

// Starts an A with `arguments`, an actor of the node's. Any thread. A panic of `decide` is a
// verdict to stop. Once the actor is stopped it is not asked any more.
template <typename A, typename D, typename... Arguments>
ActorRef<A> SpawnSupervisedWith(Node& node, const SpawnOptions& options, D&& decide,
                                Arguments&&... arguments) {
  return ActorRef<A>(
      internal::SpawnRevivable(node, internal::kActorClass<A>, node.CellOptionsOf(options, nullptr),
                               internal::RecipeFor<A>(std::forward<Arguments>(arguments)...),
                               internal::KeptBy(internal::DecideFor<A>(std::forward<D>(decide)))));
}
template <typename A, typename D, typename... Arguments>
ActorRef<A> SpawnSupervised(Node& node, D&& decide, Arguments&&... arguments) {
  return SpawnSupervisedWith<A>(node, SpawnOptions(), std::forward<D>(decide),
                                std::forward<Arguments>(arguments)...);
}

// The same for a function actor, which is called anew with a copy of the function.
template <typename D, typename Function>
requires internal::InboxFunction<Function>
auto SpawnSupervised(Node& node, D&& decide, Function&& function) {
  using Decayed = std::decay_t<Function>;
  using InboxType = typename internal::InboxOf<Decayed>::Type;
  return typename InboxType::Ref(
      internal::SpawnRevivable(
          node, internal::kFunctionClass, node.CellOptionsOf(SpawnOptions(), nullptr),
          std::make_unique<internal::FunctionRecipe<Decayed>>(std::forward<Function>(function)),
          internal::KeptBy(internal::DecideFor<Decayed>(std::forward<D>(decide)))),
      InboxType::Table());
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_SUPERVISED_H_
