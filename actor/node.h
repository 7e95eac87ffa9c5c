// One node: what its program can reach, and what it stands on.
//
// A program neither knows nor asks which world its node is in: for real, one process with one node;
// in the simulator, many nodes in one thread.

#ifndef REHEARSE_ACTOR_NODE_H_
#define REHEARSE_ACTOR_NODE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/dead_letters.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/env/history.h"
#include "rehearse/actor/env/log.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/exports.h"
#include "rehearse/actor/internal/reply_table.h"
#include "rehearse/actor/internal/spawn.h"
#include "rehearse/actor/internal/stand_ins.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/overflow.h"
#include "rehearse/actor/provisions.h"
#include "rehearse/actor/reply_watch.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/priority.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse {

class SideThreads;

// What one node runs. OK: it serves on until it is told to stop. An error ends the node, and fails
// the process or the seed.
using Program = std::function<absl::Status(Node&)>;

struct NodeOptions {
  NodeId id = {};
  std::string name = "node";       // unique in its cluster
  uint64_t incarnation = 1;        // grows with each start under this name
  std::vector<std::string> args;   // for the program
  uint64_t seed = 0;               // of node.random()
  uint16_t mailbox_capacity = 64;  // of actors that don't say; 1..65535, or 0 for unbounded
  absl::Duration stop_timeout = absl::Seconds(5);  // for an actor's end, OnStop included
};

struct SpawnOptions {
  // For people: in traces, logs and errors. Other actors of the name are no mistake.
  std::string name = {};
  // Messages the mailbox holds: 1..65535; 0 for no bound. Negative: the node's default.
  int32_t mailbox_capacity = -1;
  // What happens when it is full.
  Overflow overflow = Overflow::kWait;
  // Its share of the turns, among actors that are ready on one worker. In the simulator who is next
  // is drawn from the seed all the same.
  Priority priority = Priority::kNormal;
  // Not negative: it runs on that worker alone (modulo the node's number of them), also when others
  // are idle. For caches that stay warm.
  int worker = -1;
  // It has a thread to itself, which it may block: see Node::SpawnBlocking.
  bool own_thread = false;
  // The reply_timeout of asks of this actor that have none.
  absl::Duration reply_timeout = absl::InfiniteDuration();
  // Ends the actor, with exit reason kNormal, when no ref to it is left on this node and all that
  // was sent to it is handled. Refs count wherever they are: in messages, in timers, behind a
  // registered name, and in the actor itself, which then never ends so. Refs on other nodes don't.
  bool stop_when_unreferenced = false;
  // Linked to this one before it starts; see link.h.
  AnyRef link_to = {};
};

// An actor that was found by its name.
template <typename P>
struct Found {
  ActorRef<P> ref;
  uint64_t token = 0;  // see Location
  std::string node;
};

class Node final : public Domain {
 public:
  // Everything passed in outlives the node.
  Node(NodeOptions options, Scheduler& scheduler, Clock& clock, Log& log);
  // All actors must have ended, unless the node is fenced.
  ~Node() override;

  // --- For programs, on the node's fibers unless said otherwise.

  // Starts an A with `arguments` (decay-copied; the constructor runs on the actor's own fiber). It
  // lives until it stops, or the node ends; see SpawnChild for shorter lives. Any thread.
  template <typename A, typename... Arguments>
  [[gnu::always_inline]] ActorRef<A> Spawn(Arguments&&... arguments) {
    return internal::SpawnActor<A>(*this, plain_cell_, static_cast<Arguments&&>(arguments)...);
  }
  template <typename A, typename... Arguments>
  ActorRef<A> SpawnWith(const SpawnOptions& options, Arguments&&... arguments) {
    return internal::SpawnActor<A>(*this, CellOptionsOf(options, nullptr),
                                   std::forward<Arguments>(arguments)...);
  }
  // Starts a function actor: `function` is called with its Inbox.
  template <typename Function>
  requires internal::InboxFunction<Function>
  auto Spawn(Function&& function, const SpawnOptions& options = {}) {
    return internal::SpawnFunction(*this, CellOptionsOf(options, nullptr),
                                   std::forward<Function>(function));
  }

  // As Spawn, of an actor that calls what blocks its thread for as long as it likes: a library that
  // waits by itself, a long computation. It runs on a thread of its own, with all that an actor
  // has; when it ends, the thread goes to the next such actor. RunBlocking is for single calls.
  //   std::system_error  (thrown) 192 have one, or the host starts no more threads.
  // A stop or kill comes through where it waits by our means, and not where it blocks the thread.
  // A timer that it set comes late if its thread is blocked. In the simulator it has no thread, and
  // what blocks there had better be simulated.
  template <typename A, typename... Arguments>
  ActorRef<A> SpawnBlocking(Arguments&&... arguments) {
    return SpawnWith<A>(SpawnOptions{.own_thread = true}, std::forward<Arguments>(arguments)...);
  }
  template <typename Function>
  requires internal::InboxFunction<Function>
  auto SpawnBlocking(Function&& function, SpawnOptions options = {}) {
    options.own_thread = true;
    return Spawn(std::forward<Function>(function), options);
  }

  // --- Names; see names.h. These functions park where the node's names do.

  // Makes `ref` known to the cluster as `name`, its alone, with the messages of P. The actor's end,
  // and the node's, free the name. `token`, if given, gets the fencing token.
  //   kAlreadyExists    the name is taken.
  //   kInvalidArgument  it can't be a name, or the ref names no actor of this node.
  //   as Names::Register
  template <typename P, typename Ref>
  absl::Status Register(absl::string_view name, const Ref& ref, uint64_t* token = nullptr) {
    return RegisterExport(name, internal::ExportOf<P>(ActorRef<P>(ref)), token);
  }
  absl::Status Unregister(absl::string_view name);

  // The same for a name that any number of actors, here and elsewhere, may have. It is no reference
  // to the actor; and it is for lookups, NAME@NODE does not find it.
  //   kFailedPrecondition  this node has no Names: nobody would find it.
  //   as Names::RegisterShared
  template <typename P, typename Ref>
  absl::Status RegisterShared(absl::string_view name, const Ref& ref) {
    return RegisterSharedExport(name, internal::ExportOf<P>(ActorRef<P>(ref)));
  }
  absl::Status UnregisterShared(absl::string_view name, const AnyRef& ref);

  // The actor that has `name` now, or one of those that share it: in this life of its node, so that
  // the ref never comes to mean another.
  //   kNotFound            nobody has the name.
  //   kFailedPrecondition  who has it takes other messages than P's; both are named.
  //   kInvalidArgument     it can't be a name.
  //   as Names::Lookup
  template <typename P>
  absl::StatusOr<Found<P>> Lookup(absl::string_view name) {
    static_assert(internal::kRemotable<P>, REHEARSE_NO_CODEC);
    if constexpr (internal::kRemotable<P>) {
      absl::StatusOr<Location> location = Locate(name);
      if (!location.ok()) return location.status();
      return FoundAt<P>(name, *std::move(location));
    } else {
      return Found<P>();
    }
  }
  // All that have it with the messages of P, in the order of their locations; may be none.
  template <typename P>
  absl::StatusOr<std::vector<Found<P>>> LookupAll(absl::string_view name) {
    static_assert(internal::kRemotable<P>, REHEARSE_NO_CODEC);
    std::vector<Found<P>> all;
    if constexpr (internal::kRemotable<P>) {
      absl::StatusOr<std::vector<Location>> locations = LocateAll(name);
      if (!locations.ok()) return locations.status();
      for (Location& location : *locations) {
        absl::StatusOr<Found<P>> found = FoundAt<P>(name, std::move(location));
        if (found.ok()) all.push_back(*std::move(found));
      }
    }
    return all;
  }

  // The actor that `name` stands for ("register@server-1": the actor of that name on that node;
  // without a node, on the one where the names say it is): whoever has it there when a message
  // arrives, in whichever life.
  //   kNotFound         nobody has the name. For a name elsewhere this shows when it is used.
  //   kInvalidArgument  it can't be a name.
  template <typename P>
  absl::StatusOr<ActorRef<P>> Named(absl::string_view name) {
    static_assert(internal::kRemotable<P>, REHEARSE_NO_CODEC);
    absl::StatusOr<internal::ResolvedName> resolved = Resolve(name);
    if (!resolved.ok()) return resolved.status();
    return internal::RefOf<P>(*resolved);
  }

  // The actor at `location`, which names gave.
  //   kNotFound            it is of this node, and has ended. Of another's this shows when it is
  //                        used.
  //   kFailedPrecondition  as Lookup
  template <typename P>
  absl::StatusOr<Found<P>> FoundAt(absl::string_view name, Location location) {
    absl::StatusOr<internal::ResolvedName> resolved =
        ResolveLocation(name, location, internal::RemoteMethods<P>::kMethods, P::kSize);
    if (!resolved.ok()) return resolved.status();
    absl::StatusOr<ActorRef<P>> ref = internal::RefOf<P>(*resolved);
    if (!ref.ok()) return ref.status();
    return Found<P>{*std::move(ref), location.token, std::move(location.node)};
  }

  // Asks the node to end: its program and actors are stopped, newest first. Any thread.
  void Shutdown();
  bool shutting_down() const { return shutting_down_.load(std::memory_order_acquire); }

  const std::string& name() const { return options_.name; }
  uint64_t incarnation() const { return options_.incarnation; }
  const std::vector<std::string>& args() const { return options_.args; }
  const Clock& clock() const { return clock_; }
  Log& log() const { return log_; }
  // A stream of chance of this node's own, named `label`.
  Random random(absl::string_view label) const { return Random(options_.seed).Split(label); }
  DeadLetters& dead_letters() { return dead_letters_; }
  // Where operations are told to a judge; nobody listens in production.
  History& history() const { return *history_; }

  // The T that this node was provided with; null if there is none. Each T comes with a function
  // that says it better, as net::SocketsOf. Any thread.
  template <typename T>
  T* Find() const {
    return provisions_.Find<T>();
  }

  // --- For what builds and carries nodes.

  // Before the program runs. `provided` outlives all that runs here.
  template <typename T>
  void Provide(T& provided) {
    provisions_.Provide<T>(provided);
  }

  void set_router(Router* router) { router_ = router; }
  void set_names(Names* names) { names_ = names; }
  // Where RunBlocking's calls go; null: on the fiber itself.
  void set_side_threads(SideThreads* threads) { side_threads_ = threads; }
  SideThreads* side_threads() const { return side_threads_; }
  void set_history(History* history) { history_ = history; }
  // Null in production.
  void set_reply_watch(ReplyWatch* watch) { reply_watch_ = watch; }
  ReplyWatch* reply_watch() const { return reply_watch_; }
  // Called at Shutdown, on the caller's thread.
  void set_on_shutdown(std::function<void()> hook) { on_shutdown_ = std::move(hook); }
  // Told of each exception that leaves a handler; true keeps the usual course from happening.
  void set_on_exception(std::function<bool(const std::exception_ptr&)> hook) {
    on_exception_ = std::move(hook);
  }

  // Stops all actors, newest first, and waits until they have ended; those that outlive
  // `stop_timeout` are killed. On a fiber of the node. Names who still lives.
  absl::Status StopActors();

  // The node has ended: nobody is found here any more, and no name holds an actor.
  void DropExports() { exports_.Clear(); }

  // The exported actor that another node calls `actor`: a name, or "#7"; with the messages among
  // which is `message`. An empty cell if there is none.
  internal::Export FindExport(absl::string_view actor, const MessageId& message) const;
  // The same for who only watches: ended or not, if that is still known.
  internal::WeakCell FindExported(absl::string_view actor) const;
  // Other nodes may call the actor by its number, with the messages of `protocol`; without them,
  // only watch it.
  void ExportNumber(internal::Cell& actor, const internal::Export& protocol = {}) {
    exports_.AddNumber(actor, protocol);
  }
  // What stands here for an actor of another node; `incarnation` of the node, 0 for any.
  internal::CellRef StandInFor(absl::string_view node, absl::string_view actor,
                               uint64_t incarnation) {
    return stand_ins_.Find(*this, node, actor, incarnation);
  }

  Router* router() const { return router_; }
  Names* names() const { return names_; }
  const NodeOptions& options() const { return options_; }
  internal::ReplyTable& replies() { return replies_; }
  internal::Family& family() { return family_; }
  ActorId NextActorId() { return {next_actor_.fetch_add(1, std::memory_order_relaxed)}; }
  uint64_t NextMonitor() { return next_monitor_.fetch_add(1, std::memory_order_relaxed); }
  // Gives an answer to whoever waits for it, here or elsewhere.
  [[gnu::always_inline]] void Answer(ReplyId reply_to, EnvelopePtr&& reply) {
    if (reply_to.elsewhere()) [[unlikely]] {
      AnswerElsewhere(reply_to, std::move(reply));
    } else if (internal::IsWaiterReply(reply_to)
                   ? !internal::DeliverWaiterReply(scheduler(), reply_to, std::move(reply))
                   : !replies_.Fill(reply_to, std::move(reply))) [[unlikely]] {
      AnswerUnwanted(reply_to);
    }
  }
  // Whether somebody waits for it still, here or elsewhere. Any thread.
  bool AnswerIsWanted(ReplyId reply_to);
  // Nobody waits for this answer.
  [[gnu::cold, gnu::noinline]] void AnswerUnwanted(ReplyId reply_to) const;
  // `length` from now, in the worker's timebase.
  Instant DeadlineIn(absl::Duration length) const;
  // `parent` is null for the node's own actors.
  internal::CellOptions CellOptionsOf(const SpawnOptions& options, internal::Cell* parent) const;
  // The same for a child that says nothing.
  internal::CellOptions PlainChildOf(internal::Cell& parent) const {
    internal::CellOptions options = plain_cell_;
    options.parent = &parent;
    return options;
  }

  bool OnException(const std::exception_ptr& thrown) override;
  void Complain(absl::string_view line) override { log_.Write(Severity::kError, line); }

 private:
  void AnswerElsewhere(ReplyId reply_to, EnvelopePtr reply);
  absl::Status RegisterExport(absl::string_view name, internal::Export exported, uint64_t* token);
  absl::Status RegisterSharedExport(absl::string_view name, const internal::Export& exported);
  absl::StatusOr<Location> Locate(absl::string_view name);
  absl::StatusOr<std::vector<Location>> LocateAll(absl::string_view name);
  absl::StatusOr<internal::ResolvedName> Resolve(absl::string_view name);
  absl::StatusOr<internal::ResolvedName> ResolveLocation(absl::string_view name,
                                                         const Location& location,
                                                         const internal::RemoteMethod* methods,
                                                         size_t method_count);

  const NodeOptions options_;
  const internal::CellOptions plain_cell_;  // of its own actors that say nothing
  Clock& clock_;
  Log& log_;
  History* history_;
  Router* router_ = nullptr;
  Names* names_ = nullptr;
  ReplyWatch* reply_watch_ = nullptr;
  SideThreads* side_threads_ = nullptr;
  Provisions provisions_;
  std::function<void()> on_shutdown_;
  std::function<bool(const std::exception_ptr&)> on_exception_;
  DeadLetters dead_letters_;
  internal::ReplyTable replies_;
  internal::Family family_;
  internal::Exports exports_;
  internal::StandIns stand_ins_;
  std::atomic<uint64_t> next_actor_{1};
  std::atomic<uint64_t> next_monitor_{1};
  std::atomic<bool> shutting_down_{false};
};

// The node on whose fiber the caller runs. Not on a plain thread.
Node& CurrentNode();

// As Node::Spawn, of a child of the actor whose code calls: it ends before its parent does, newest
// child first, before the parent's OnStop. In a constructor, a handler or a hook; a program has no
// children, its actors are the node's.
template <typename A, typename... Arguments>
ActorRef<A> SpawnChildWith(const SpawnOptions& options, Arguments&&... arguments) {
  Node& node = CurrentNode();
  return internal::SpawnActor<A>(node, node.CellOptionsOf(options, &internal::ParentToBe()),
                                 std::forward<Arguments>(arguments)...);
}
template <typename A, typename... Arguments>
ActorRef<A> SpawnChild(Arguments&&... arguments) {
  Node& node = CurrentNode();
  return internal::SpawnActor<A>(node, node.PlainChildOf(internal::ParentToBe()),
                                 std::forward<Arguments>(arguments)...);
}
template <typename Function>
requires internal::InboxFunction<Function>
auto SpawnChild(Function&& function, const SpawnOptions& options = {}) {
  Node& node = CurrentNode();
  return internal::SpawnFunction(node, node.CellOptionsOf(options, &internal::ParentToBe()),
                                 std::forward<Function>(function));
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_NODE_H_
