// A node to test actors on, in plain GoogleTest: all that happens is on the test's thread, from a
// seed, and in virtual time.
//
//   TEST(CounterTest, AddsUp) {
//     TestKit kit;
//     auto counter = kit.Spawn<Counter>();
//     counter.Tell(Inc{.amount = 40});
//     EXPECT_EQ(kit.Ask(counter, Inc{.amount = 2}).value(), 42);
//   }
//
// Nothing runs and no time passes but inside the kit's own calls: Ask, Run, RunFor, ExpectExit, and
// a Probe's Expect (probe.h).

#ifndef REHEARSE_SIM_TESTKIT_TEST_KIT_H_
#define REHEARSE_SIM_TESTKIT_TEST_KIT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/testkit/place.h"
#include "rehearse/sim/trace/event_ring.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

struct Incarnation;

struct TestKitOptions {
  // Of the schedule: which of the actors that could run does. Same seed, same run.
  uint64_t seed = 1;
  // Virtual time that Expect, Ask and ExpectExit wait where the test says nothing else.
  absl::Duration patience = absl::Seconds(3);
  // Virtual time that the body of a Run may take.
  absl::Duration run_limit = absl::Hours(1);
};

// Use it on the thread that made it. What fails here is a failure of the running GoogleTest test,
// and where nothing that follows would make sense, the test's end: the kit then throws
// testing::AssertionException, which GoogleTest takes as told already.
class TestKit {
 public:
  // In a world of its own with one node, "node".
  explicit TestKit(const TestKitOptions& options = {});
  // On a node of a world that is there already, as in a REHEARSE_TEST; the seed is the world's.
  TestKit(World& world, NodeHandle node, const TestKitOptions& options = {});
  // Ends the world of its own: actors are stopped, newest first, and run until they have ended. So
  // declare the kit after what its actors refer to.
  ~TestKit();
  TestKit(const TestKit&) = delete;
  TestKit& operator=(const TestKit&) = delete;

  // --- Actors.

  // As the node's. A Tell from the test itself needs room in the mailbox (64 by default), since
  // nobody would make any while the test waits; where there may be none, tell inside a Run.
  template <typename A, typename... Arguments>
  ActorRef<A> Spawn(Arguments&&... arguments) {
    return node().Spawn<A>(std::forward<Arguments>(arguments)...);
  }
  template <typename A, typename... Arguments>
  ActorRef<A> SpawnWith(const SpawnOptions& options, Arguments&&... arguments) {
    return node().SpawnWith<A>(options, std::forward<Arguments>(arguments)...);
  }
  template <typename Function>
  requires rehearse::internal::InboxFunction<Function>
  auto Spawn(Function&& function, const SpawnOptions& options = {}) {
    return node().Spawn(std::forward<Function>(function), options);
  }

  // Asks, and lets time pass until the answer is there: what ref.Ask returns. kDeadlineExceeded
  // after `patience`; that is an answer like others, and no failure.
  template <typename Ref, typename M>
  auto Ask(const Ref& ref, M&& message, Place place = Place::Here()) {
    return Run(
        [&] {
          return ref.Ask(std::forward<M>(message), {.mailbox_timeout = options_.patience,
                                                    .reply_timeout = options_.patience});
        },
        place);
  }

  // Calls `body` on a fiber of the node, where it may wait as an actor's handler may, and returns
  // what it returned. What it throws, the test throws. A body that takes longer than `run_limit` is
  // killed, and ends the test.
  template <typename Body>
  auto Run(Body&& body, Place place = Place::Here()) {
    using Result = std::invoke_result_t<Body&>;
    if constexpr (std::is_void_v<Result>) {
      RunBody([&] { body(); }, place);
    } else {
      std::optional<Result> result;
      RunBody([&] { result.emplace(body()); }, place);
      return *std::move(result);
    }
  }

  // Lets time pass until `actor` has ended, OnStop and all, and says why; at once if it has. One
  // that still lives after `within` ends the test.
  ExitReason ExpectExit(const AnyRef& actor, Place place = Place::Here()) {
    return ExpectExit(actor, options_.patience, place);
  }
  ExitReason ExpectExit(const AnyRef& actor, absl::Duration within, Place place = Place::Here());

  // --- Time.

  // Everything that happens within `length` does. Zero: what is due now.
  void RunFor(absl::Duration length, Place place = Place::Here());
  // Until `done`, asked after each event, or for `limit`; whether it was done.
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit,
                Place place = Place::Here());
  Instant now() const { return world_->now(); }

  // --- What it stands on.

  Node& node() { return node_.node(); }
  NodeHandle node_handle() const { return node_; }
  World& world() { return *world_; }
  const TestKitOptions& options() const { return options_; }

  // --- For what is built on it, as probes are.

  // Fails the test at `place`, with the last events behind `what`.
  void AddFailure(Place place, const std::string& what) const;
  // The same, and ends it.
  [[noreturn]] void EndTest(Place place, const std::string& what) const;

 private:
  void RunBody(absl::FunctionRef<void()> body, Place place);
  void TellIfWorldFailed(Place place);
  void EndNode();

  const TestKitOptions options_;
  EventRing last_events_{};
  std::unique_ptr<World> own_world_;  // null: somebody else's
  World* const world_;
  const NodeHandle node_;
  Incarnation* const life_;  // the first of node_
  bool told_world_failed_ = false;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TESTKIT_TEST_KIT_H_
