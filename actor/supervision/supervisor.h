// An actor that keeps others alive.
//
//   class Shop : public rehearse::Supervisor {
//    public:
//     Shop() : Supervisor({.strategy = rehearse::Strategy::kRestForOne}) {}
//     absl::Status OnStart() override {
//       const auto store = Supervise<Store>({}, "/var/lib/shop");
//       Supervise<Till>({.restart = rehearse::Restart::kTransient}, store);
//       return absl::OkStatus();
//     }
//   };
//
// A child that ends is built anew, in place: from copies of the same arguments, with the same ref
// and names, its mailbox and all that waits in it. What it was handling is lost. The old OnStop
// ends before the new constructor begins. Links, monitors and Join see only the last end.
//
// Children start in the order of the calls, each when the one before has started, and end in the
// reverse order. A group is restarted so too: down in reverse order, each within its stop_timeout,
// then up in order. When restarts become too many, the supervisor gives up: it ends with kPanicked,
// its children before it, and its own supervisor decides. (Erlang/OTP, supervisor(3).)

#ifndef REHEARSE_ACTOR_SUPERVISION_SUPERVISOR_H_
#define REHEARSE_ACTOR_SUPERVISION_SUPERVISOR_H_

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/internal/spawn.h"
#include "rehearse/actor/supervision/back_off.h"
#include "rehearse/actor/supervision/child_options.h"
#include "rehearse/actor/supervision/restart_budget.h"

namespace rehearse {

// Who is restarted with a child that has failed.
enum class Strategy : uint8_t {
  kOneForOne,   // nobody
  kOneForAll,   // all its siblings
  kRestForOne,  // those that started after it
};

struct SupervisorOptions {
  Strategy strategy = Strategy::kOneForOne;
  RestartLimit limit = {};  // of all children together; the restart of a group is one
  BackOff back_off = {};    // by the failures in a row of the child that has failed
};

namespace internal {
struct Adoption;
struct ChildNews;
class ChildKeeper;
}  // namespace internal

// Derive from it, or spawn it as it is and give it children by SuperviseBy.
class Supervisor : public Actor {
 public:
  explicit Supervisor(const SupervisorOptions& options = {});
  ~Supervisor() override;

  // Starts a child, and waits until it runs or has failed to. In this actor's own code, from the
  // constructor on.
  template <typename A, typename... Arguments>
  ActorRef<A> Supervise(const ChildOptions& options, Arguments&&... arguments) {
    return ActorRef<A>(StartChild(internal::kActorClass<A>, options,
                                  internal::RecipeFor<A>(std::forward<Arguments>(arguments)...)));
  }
  // The same for a function actor, which is called anew with a copy of the function.
  template <typename Function>
  requires internal::InboxFunction<Function>
  auto Supervise(const ChildOptions& options, Function&& function) {
    using Decayed = std::decay_t<Function>;
    using InboxType = typename internal::InboxOf<Decayed>::Type;
    return typename InboxType::Ref(StartChild(internal::kFunctionClass, options,
                                              std::make_unique<internal::FunctionRecipe<Decayed>>(
                                                  std::forward<Function>(function))),
                                   InboxType::Table());
  }

  // A child has ended, and will not live again: by its `restart`, or because it was stopped while
  // it was down.
  virtual void OnChildEnded([[maybe_unused]] ActorId child,
                            [[maybe_unused]] const ExitReason& reason) {}

 private:
  friend struct internal::Adoption;
  friend struct internal::ChildNews;
  using Cells = std::vector<internal::CellRef>;

  internal::CellRef StartChild(const internal::ActorClass& actor_class, const ChildOptions& options,
                               std::unique_ptr<const internal::Recipe> recipe);
  void Hear(internal::ChildNews& news);
  void BringBack(internal::CellRef failed);
  bool SpendFor(internal::Cell& failed);
  absl::Duration DelayFor(internal::Cell& failed);
  internal::CellRef RestartGroupOf(internal::Cell& failed);
  Cells GroupOf(const internal::Cell& failed);
  void TakeDown(internal::Cell& child);
  bool BringUp(internal::Cell& child);

  const Strategy strategy_;
  const BackOff back_off_;
  RestartBudget budget_;
  Random random_;
};

namespace internal {

// Asks a supervisor for a child.
struct Adoption {
  const ActorClass* actor_class;
  ChildOptions options;
  std::unique_ptr<const Recipe> recipe;

  static void Invoke(Cell& cell, Envelope& envelope);
};
inline constexpr MessageOps kAdoptionOps = {"supervise", &Adoption::Invoke, kDestroy<Adoption>,
                                            kPut<Adoption>, sizeof(Adoption)};

}  // namespace internal

// Starts an A as a child of `supervisor`, whose class derives from Supervisor, and waits until it
// runs or has failed to. Any thread. The errors are those of an ask.
template <typename A, typename S, typename... Arguments>
absl::StatusOr<ActorRef<A>> SuperviseBy(const ActorRef<S>& supervisor, const ChildOptions& options,
                                        Arguments&&... arguments) {
  static_assert(std::is_base_of_v<Supervisor, S>, "a supervisor derives from rehearse::Supervisor");
  absl::StatusOr<internal::CellRef> child = internal::AskOf<internal::CellRef, internal::Adoption>(
      supervisor.cell(), internal::kAdoptionOps,
      internal::Adoption{&internal::kActorClass<A>, options,
                         internal::RecipeFor<A>(std::forward<Arguments>(arguments)...)},
      AskOptions());
  if (!child.ok()) return child.status();
  return ActorRef<A>(*std::move(child));
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_SUPERVISOR_H_
