// What becomes of messages for actors by key that are full, too many, ill made, or slow to stop.
//
// Two nodes are homes; the program of a third does what each test is about.

#include <cstdint>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/cluster/shards.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using membership_test::Numbered;
using sim::NodeHandle;
using sim::World;

using ThingProtocol = Protocol<int64_t(Note), void(Numbered)>;
using Things = net::Shards<std::string, ThingProtocol>;
using Body = std::function<void(Node& node, const Things& things)>;

constexpr uint64_t kPanic = 13;
constexpr uint64_t kNeverEnds = 99;
constexpr AskOptions kBriefly = {.reply_timeout = absl::Seconds(2)};

struct Seen {
  std::set<std::string> nodes;    // where things were made
  std::vector<uint64_t> numbers;  // in the order in which they came
  int made = 0;
  int ended = 0;
  absl::Duration step = absl::Milliseconds(100);  // that a number takes
  bool done = false;
};

class Thing : public Actor {
 public:
  explicit Thing(Seen& seen) : seen_(seen) {
    seen_.nodes.insert(node().name());
    ++seen_.made;
  }
  // How often it was told so far.
  absl::StatusOr<int64_t> Handle(const Note& note) {
    if (note.number == kPanic) throw std::runtime_error("thirteen");
    while (note.number == kNeverEnds) (void)Sleep(absl::Hours(1));
    return ++count_;
  }
  void Handle(const Numbered& numbered) {
    (void)Sleep(seen_.step);
    seen_.numbers.push_back(numbered.number);
  }
  void OnStop(const ExitReason&) override { ++seen_.ended; }

 private:
  Seen& seen_;
  int64_t count_ = 0;
};

absl::StatusOr<Things> Start(Node& node, World& world, const net::ShardsOptions& options) {
  auto& seen = world.Shared<Seen>();
  JoinWithNames(node, world);
  return net::StartShards<std::string, ThingProtocol>(
      node, "things",
      [&seen](const net::Sharded<std::string>& thing) {
        if (thing.key == "ill") throw std::runtime_error("it can't be made");
        return SpawnChildWith<Thing>({.mailbox_capacity = 4}, std::ref(seen));
      },
      options);
}

// Two homes, and `body` on a third node with options of its own, when all have met.
void Play(World& world, const net::ShardsOptions& options, const net::ShardsOptions& of_third,
          Body body) {
  world.AddNodes("node", 2,
                 [&world, options](Node& node) { return Start(node, world, options).status(); });
  world.AddNode("third", [&world, of_third, body = std::move(body)](Node& node) {
    const absl::StatusOr<Things> things = Start(node, world, of_third);
    if (!things.ok()) return things.status();
    absl::Status status = Sleep(absl::Seconds(15));
    if (!status.ok()) return status;
    body(node, *things);
    world.Shared<Seen>().done = true;
    return absl::OkStatus();
  });
  const Seen& seen = world.Shared<Seen>();
  REHEARSE_EXPECT(world.RunUntil([&seen] { return seen.done; }, absl::Minutes(2)));
}

REHEARSE_TEST(ShardsEdges, WhoDoesNotServeReachesAllAndIsHomeToNone) {
  Play(world, {.shards = 32}, {.shards = 32, .serves = false}, [](Node&, const Things& things) {
    for (int key = 0; key < 12; ++key) {
      REHEARSE_EXPECT(things.Ask(absl::StrCat(key), Note(), kBriefly).ok());
    }
  });
  REHEARSE_EXPECT(world.Shared<Seen>().nodes == (std::set<std::string>{"node-1", "node-2"}));
}

REHEARSE_TEST(ShardsEdges, WhoCountsOtherShardsIsRefusedInWords) {
  Play(world, {.shards = 8}, {.shards = 16, .serves = false}, [](Node&, const Things& things) {
    const auto answer = things.Ask("a", Note(), kBriefly);
    REHEARSE_EXPECT(absl::IsFailedPrecondition(answer.status()));
    REHEARSE_EXPECT(EffectOf(answer.status()) == Effect::kNone);
    REHEARSE_EXPECT(answer.status().message().find("8 shards") != std::string::npos);
  });
  REHEARSE_EXPECT_EQ(world.Shared<Seen>().made, 0);
}

REHEARSE_TEST(ShardsEdges, WhoPanicsIsMadeAgain) {
  Play(world, {.shards = 2}, {.shards = 2}, [](Node&, const Things& things) {
    REHEARSE_EXPECT_EQ(things.Ask("a", Note(), kBriefly).value_or(0), 1);
    REHEARSE_EXPECT_EQ(things.Ask("a", Note(), kBriefly).value_or(0), 2);
    REHEARSE_EXPECT(absl::IsAborted(things.Ask("a", Note{.number = kPanic}, kBriefly).status()));
    REHEARSE_EXPECT_EQ(things.Ask("a", Note(), kBriefly).value_or(0), 1);
  });
}

REHEARSE_TEST(ShardsEdges, AFactoryThatThrowsCostsItsMessageAndNothingElse) {
  Play(world, {.shards = 1}, {.shards = 1}, [](Node&, const Things& things) {
    REHEARSE_EXPECT_EQ(things.Ask("a", Note(), kBriefly).value_or(0), 1);
    REHEARSE_EXPECT(absl::IsAborted(things.Ask("ill", Note(), kBriefly).status()));
    REHEARSE_EXPECT_EQ(things.Ask("a", Note(), kBriefly).value_or(0), 2);
  });
}

REHEARSE_TEST(ShardsEdges, WhatFindsAFullMailboxWaitsInItsOrder) {
  Play(world, {.shards = 2}, {.shards = 2}, [](Node&, const Things& things) {
    for (uint64_t number = 1; number <= 40; ++number) {
      REHEARSE_EXPECT(things.Tell("a", Numbered{.number = number}).ok());
    }
    REHEARSE_EXPECT_EQ(things.Ask("a", Note()).value_or(0), 1);
  });
  std::vector<uint64_t> in_order;
  for (uint64_t number = 1; number <= 40; ++number) in_order.push_back(number);
  REHEARSE_EXPECT(world.Shared<Seen>().numbers == in_order);
}

REHEARSE_TEST(ShardsEdges, WhatIsMoreThanMayWaitIsLostAndWhoAsksIsTold) {
  world.Shared<Seen>().step = absl::Milliseconds(500);
  Play(world, {.shards = 1, .held_max = 8}, {.shards = 1, .held_max = 8},
       [](Node&, const Things& things) {
         for (uint64_t number = 1; number <= 40; ++number) {
           (void)things.Tell("a", Numbered{.number = number});
         }
         const auto answer = things.Ask("a", Note(), {.reply_timeout = absl::Milliseconds(200)});
         REHEARSE_EXPECT(!answer.ok());
         REHEARSE_EXPECT(things.Ask("a", Note(), {.reply_timeout = absl::Seconds(9)}).ok());
       });
  REHEARSE_EXPECT_LE(world.Shared<Seen>().numbers.size(), 14u);
  REHEARSE_EXPECT_GE(world.Shared<Seen>().numbers.size(), 8u);
}

REHEARSE_TEST(ShardsEdges, MoreActorsThanThereMayBeAreRefused) {
  Play(world, {.shards = 1, .actors_max = 2}, {.shards = 1, .actors_max = 2},
       [](Node&, const Things& things) {
         REHEARSE_EXPECT(things.Ask("a", Note(), kBriefly).ok());
         REHEARSE_EXPECT(things.Ask("b", Note(), kBriefly).ok());
         REHEARSE_EXPECT(absl::IsResourceExhausted(things.Ask("c", Note(), kBriefly).status()));
         REHEARSE_EXPECT(things.Ask("a", Note(), kBriefly).ok());
       });
}

// It is killed, and the shard moves all the same.
REHEARSE_TEST(ShardsEdges, WhoDoesNotStopHoldsAShardUpNoLongerThanItMay) {
  Play(world, {.shards = 16, .stop_timeout = absl::Seconds(1)},
       {.shards = 16, .stop_timeout = absl::Seconds(1)},
       [&world](Node& node, const Things& things) {
         for (int key = 0; key < 12; ++key) {
           REHEARSE_EXPECT(things.Tell(absl::StrCat(key), Note{.number = kNeverEnds}).ok());
         }
         REHEARSE_EXPECT(things.Leave(absl::Seconds(20)).ok());
         REHEARSE_EXPECT(world.Shared<Seen>().ended > 0);
         for (int key = 0; key < 12; ++key) {
           REHEARSE_EXPECT(things.NodeOf(absl::StrCat(key)) != node.name());
         }
       });
}

REHEARSE_TEST(ShardsEdges, WhatCanNotBeIsRefused) {
  auto& seen = world.Shared<Seen>();
  world.AddNode("node-1", [&seen](Node& node) {
    const auto start = [&node](size_t shards) {
      return net::StartShards<std::string, ThingProtocol>(
                 node, "things", [](const net::Sharded<std::string>&) { return ActorRef<Thing>(); },
                 {.shards = shards})
          .status();
    };
    REHEARSE_EXPECT(absl::IsInvalidArgument(start(0)));
    REHEARSE_EXPECT(absl::IsInvalidArgument(start(201)));
    REHEARSE_EXPECT(start(200).ok());
    seen.done = true;
    return absl::OkStatus();
  });
  REHEARSE_EXPECT(world.RunUntil([&seen] { return seen.done; }, absl::Seconds(1)));
}

}  // namespace
}  // namespace rehearse
