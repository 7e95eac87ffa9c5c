// How an actor begins: a cell, and a first message that builds the object in it.

#ifndef REHEARSE_ACTOR_INTERNAL_SPAWN_H_
#define REHEARSE_ACTOR_INTERNAL_SPAWN_H_

#include <concepts>
#include <memory>
#include <tuple>
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
inline constexpr ActorClass kActorClass = {
    TypeName<A>(),
    sizeof(Cell) + sizeof(A),
    BlockClassOf(sizeof(Cell) + sizeof(A)),
    kHasOnStop<A>,
    kHasOnUndelivered<A>,
    [](void* object) -> Actor& { return *static_cast<A*>(object); },
    [](void* object) { static_cast<A*>(object)->~A(); }};

// The first message, which is a Construction or a Body.
template <typename Start>
inline constexpr MessageOps kStartOps = {"start", &Start::Invoke, kDestroy<Start>};

// The object is built: it starts.
template <typename A>
void StartObject(Cell& cell) {
  cell.MarkConstructed();
  if (const absl::Status status = static_cast<A*>(cell.object())->OnStart(); !status.ok()) {
    if (ObeysStop(cell, status)) return;
    throw ToldHandlerFailed(status);
  }
  cell.MarkRunning();
}

template <typename A, typename... Arguments>
struct Construction {
  std::tuple<Arguments...> arguments;

  static void Invoke(Cell& cell, Envelope& envelope) {
    auto& construction = envelope.As<Construction>();
    std::apply([&cell](Arguments&... arguments) { new (cell.object()) A(std::move(arguments)...); },
               construction.arguments);
    StartObject<A>(cell);
  }
};

template <typename A, typename... Arguments>
EnvelopePtr MakeStart(Node& node, Arguments&&... arguments) {
  static_assert(std::derived_from<A, Actor>, "an actor's class derives from rehearse::Actor");
  static_assert(std::is_constructible_v<A, std::decay_t<Arguments>&&...>,
                "the actor has no constructor for these arguments");
  static_assert(alignof(A) <= kActorAlignmentMax, "an actor's alignment is 16 at most");
  using Start = Construction<A, std::decay_t<Arguments>...>;
  return EnvelopePtr(MakeEnvelope<Start, false>(
      BlocksOf(node), kStartOps<Start>,
      Start{std::tuple<std::decay_t<Arguments>...>(std::forward<Arguments>(arguments)...)}));
}

template <typename A, typename... Arguments>
ActorRef<A> SpawnActor(Node& node, const CellOptions& options, Arguments&&... arguments) {
  // First, for it copies the arguments, which may throw.
  EnvelopePtr start = MakeStart<A>(node, std::forward<Arguments>(arguments)...);
  Cell& cell = Cell::Create(node, kActorClass<A>, options);
  CellRef ref = CellRef::Adopted(cell);
  cell.Start(std::move(start), options.link_to);
  return ActorRef<A>(std::move(ref));
}

// The same, to be started later with MakeStart.
inline CellRef PrepareCell(Node& node, const ActorClass& actor_class, CellOptions options) {
  options.prepared = true;
  return CellRef::Adopted(Cell::Create(node, actor_class, options));
}
// --- Actors that may live more than once.

// Keeps the arguments, and builds each object of copies.
template <typename A, typename... Arguments>
class ActorRecipe final : public Recipe {
 public:
  explicit ActorRecipe(std::tuple<Arguments...> arguments) : arguments_(std::move(arguments)) {}
  void Build(Cell& cell) const override {
    std::apply(
        [&cell](const Arguments&... arguments) { new (cell.object()) A(Arguments(arguments)...); },
        arguments_);
    StartObject<A>(cell);
  }

 private:
  const std::tuple<Arguments...> arguments_;
};

// The first message of such an actor.
struct FirstLife {
  static void Invoke(Cell& cell, Envelope&) { cell.revival()->recipe->Build(cell); }
};

inline CellRef SpawnRevivable(Node& node, const ActorClass& actor_class, const CellOptions& options,
                              std::unique_ptr<const Recipe> recipe,
                              std::unique_ptr<Keeper> keeper) {
  EnvelopePtr start(MakeEnvelope<FirstLife, false>(BlocksOf(node), kStartOps<FirstLife>));
  Cell& cell = Cell::Create(node, actor_class, options);
  CellRef ref = CellRef::Adopted(cell);
  cell.SetRevival(std::move(recipe), std::move(keeper));
  cell.Start(std::move(start), options.link_to);
  return ref;
}

template <typename A, typename... Arguments>
std::unique_ptr<const Recipe> RecipeFor(Arguments&&... arguments) {
  static_assert(std::derived_from<A, Actor>, "an actor's class derives from rehearse::Actor");
  static_assert((std::is_copy_constructible_v<std::decay_t<Arguments>> && ...),
                "an actor that may be restarted is built from copies of its arguments");
  static_assert(std::is_constructible_v<A, std::decay_t<Arguments>&&...>,
                "the actor has no constructor for these arguments");
  static_assert(alignof(A) <= kActorAlignmentMax, "an actor's alignment is 16 at most");
  return std::make_unique<ActorRecipe<A, std::decay_t<Arguments>...>>(
      std::tuple<std::decay_t<Arguments>...>(std::forward<Arguments>(arguments)...));
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

template <typename Function>
inline constexpr ActorClass kFunctionClass = {
    "function", sizeof(Cell), BlockClassOf(sizeof(Cell)), false, false, nullptr, [](void*) {}};

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
  Cell& cell = Cell::Create(node, kFunctionClass<Decayed>, options);
  CellRef ref = CellRef::Adopted(cell);
  cell.Start(std::move(start), options.link_to);
  return typename InboxType::Ref(std::move(ref), InboxType::Table());
}

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_SPAWN_H_
