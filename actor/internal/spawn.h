// How an actor begins: a cell, and a first message that builds the object in it.

#ifndef REHEARSE_ACTOR_INTERNAL_SPAWN_H_
#define REHEARSE_ACTOR_INTERNAL_SPAWN_H_

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/invoke.h"
#include "rehearse/actor/internal/revival.h"

namespace rehearse::internal {

// Whether A overrides the hook; a private override counts.
template <typename A>
inline constexpr bool kHasOnStop = !requires {
  requires std::same_as<decltype(&A::OnStop), void (Actor::*)(const ExitReason&)>;
};

template <typename A>
inline constexpr bool kHasOnUndelivered = !requires {
  requires std::same_as<decltype(&A::OnUndelivered), void (Actor::*)(Incoming&)>;
};

template <typename A>
Actor& AsActor(void* object) {
  return *static_cast<A*>(object);
}

template <typename A>
inline constexpr ActorClass kActorClass = {
    TypeName<A>(), sizeof(Cell) + sizeof(A), BlockClassOf(sizeof(Cell) + sizeof(A)),
    kHasOnStop<A>, kHasOnUndelivered<A>,     &AsActor<A>};

// The first message, which is a Construction or a Body.
template <typename Start>
inline constexpr MessageOps kStartOps = {"start", &Start::Invoke, kDestroy<Start>};

// The object is built: it starts.
void StartObject(Cell& cell, Actor& actor);

// Builds an A of nothing, as most are.
using BuildPlainly = Actor& (*)(void* object);
template <typename A>
Actor& BuildAs(void* object) {
  return *new (object) A();
}
EnvelopePtr MakePlainStart(Node& node, BuildPlainly build);

// Builds an object by a function that has the arguments.
template <typename Build>
struct Construction {
  Build build;

  static void Invoke(Cell& cell, Envelope& envelope) {
    StartObject(cell, envelope.As<Construction>().build(cell.object()));
  }
};

template <typename A, typename... Arguments>
EnvelopePtr MakeStart(Node& node, Arguments&&... arguments) {
  static_assert(std::is_base_of_v<Actor, A>, "an actor's class derives from rehearse::Actor");
  static_assert(std::is_constructible_v<A, std::decay_t<Arguments>&&...>,
                "the actor has no constructor for these arguments");
  static_assert(alignof(A) <= kActorAlignmentMax, "an actor's alignment is 16 at most");
  if constexpr (sizeof...(Arguments) == 0) {
    return MakePlainStart(node, &BuildAs<A>);
  } else {
    auto build = [... kept = std::decay_t<Arguments>(std::forward<Arguments>(arguments))](
                     void* object) mutable -> Actor& {
      return *new (object) A(std::move(kept)...);
    };
    using Start = Construction<decltype(build)>;
    return EnvelopePtr(
        MakeEnvelope<Start, false>(BlocksOf(node), kStartOps<Start>, Start{std::move(build)}));
  }
}

// Starts an actor of that class by its first message, `start`.
CellRef StartCell(Node& node, const ActorClass& actor_class, const CellOptions& options,
                  EnvelopePtr start);
// Its first reference is the caller's.
Cell& StartCellPlainly(Node& node, const ActorClass& actor_class, const CellOptions& options,
                       BuildPlainly build);

template <typename A, typename... Arguments>
[[gnu::always_inline]] inline ActorRef<A> SpawnActor(Node& node, const CellOptions& options,
                                                     Arguments&&... arguments) {
  if constexpr (sizeof...(Arguments) == 0) {
    static_assert(std::is_base_of_v<Actor, A>, "an actor's class derives from rehearse::Actor");
    static_assert(std::is_default_constructible_v<A>,
                  "the actor has no constructor for these arguments");
    static_assert(alignof(A) <= kActorAlignmentMax, "an actor's alignment is 16 at most");
    return ActorRef<A>(StartCellPlainly(node, kActorClass<A>, options, &BuildAs<A>));
  } else {
    return ActorRef<A>(StartCell(node, kActorClass<A>, options,
                                 MakeStart<A>(node, static_cast<Arguments&&>(arguments)...)));
  }
}

// The same, to be started later with MakeStart.
inline CellRef PrepareCell(Node& node, const ActorClass& actor_class, CellOptions options) {
  options.prepared = true;
  return CellRef::Adopted(Cell::Create(node, actor_class, options));
}

// --- Actors that may live more than once.

// Builds each object by a function that has the arguments.
template <typename Function>
class ActorRecipe final : public Recipe {
 public:
  explicit ActorRecipe(Function build) : build_(std::move(build)) {}
  void Build(Cell& cell) const override { StartObject(cell, build_(cell.object())); }

 private:
  const Function build_;
};

CellRef SpawnRevivable(Node& node, const ActorClass& actor_class, const CellOptions& options,
                       std::unique_ptr<const Recipe> recipe, std::unique_ptr<Keeper> keeper);

template <typename A, typename... Arguments>
std::unique_ptr<const Recipe> RecipeFor(Arguments&&... arguments) {
  static_assert(std::is_base_of_v<Actor, A>, "an actor's class derives from rehearse::Actor");
  static_assert((std::is_copy_constructible_v<std::decay_t<Arguments>> && ...),
                "an actor that may be restarted is built from copies of its arguments");
  static_assert(std::is_constructible_v<A, std::decay_t<Arguments>&&...>,
                "the actor has no constructor for these arguments");
  static_assert(alignof(A) <= kActorAlignmentMax, "an actor's alignment is 16 at most");
  auto build = [... kept = std::decay_t<Arguments>(std::forward<Arguments>(arguments))](
                   void* object) -> Actor& {
    return *new (object) A(std::decay_t<Arguments>(kept)...);
  };
  return std::make_unique<ActorRecipe<decltype(build)>>(std::move(build));
}

// --- Function actors.

template <typename Function>
struct InboxOf {};
template <typename Function>
requires requires { &Function::operator(); }
struct InboxOf<Function> : InboxOf<decltype(&Function::operator())> {};
template <typename... Signatures>
struct InboxOf<void (*)(Inbox<Signatures...>&)> {
  using Type = Inbox<Signatures...>;
};
template <typename... Signatures>
struct InboxOf<void(Inbox<Signatures...>&)> : InboxOf<void (*)(Inbox<Signatures...>&)> {};
template <typename C, typename... Signatures>
struct InboxOf<void (C::*)(Inbox<Signatures...>&)> : InboxOf<void (*)(Inbox<Signatures...>&)> {};
template <typename C, typename... Signatures>
struct InboxOf<void (C::*)(Inbox<Signatures...>&) const>
    : InboxOf<void (*)(Inbox<Signatures...>&)> {};

template <typename Function>
concept InboxFunction = requires {
  typename InboxOf<std::decay_t<Function>>::Type;
};

inline constexpr ActorClass kFunctionClass = {"function", sizeof(Cell), BlockClassOf(sizeof(Cell)),
                                              false,      false,        nullptr};

template <typename Function>
void CallBody(Cell& cell, Function&& function) {
  typename InboxOf<std::decay_t<Function>>::Type inbox(cell);
  cell.MarkRunning();
  function(inbox);
  if (!cell.stop_requested()) cell.RequestExit({ExitReason::Kind::kNormal, ""});
}

template <typename Function>
struct Body {
  Function function;

  static void Invoke(Cell& cell, Envelope& envelope) {
    CallBody(cell, envelope.As<Body>().function);
  }
};

template <typename Function>
class FunctionRecipe final : public Recipe {
 public:
  explicit FunctionRecipe(Function function) : function_(std::move(function)) {}
  void Build(Cell& cell) const override { CallBody(cell, Function(function_)); }

 private:
  const Function function_;
};

template <typename Function>
auto SpawnFunction(Node& node, const CellOptions& options, Function&& function) {
  using Decayed = std::decay_t<Function>;
  using InboxType = typename InboxOf<Decayed>::Type;
  using Start = Body<Decayed>;
  EnvelopePtr start(MakeEnvelope<Start, false>(BlocksOf(node), kStartOps<Start>,
                                               Start{std::forward<Function>(function)}));
  CellRef ref = StartCell(node, kFunctionClass, options, std::move(start));
  return typename InboxType::Ref(std::move(ref), InboxType::Table());
}

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_SPAWN_H_
