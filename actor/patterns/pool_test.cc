#include "rehearse/actor/patterns/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Who {
  std::string key;
};
struct Nap {
  absl::Duration length;
};
struct Fail {};
struct FailLater {};
struct Refuse {};
struct Later {
  int64_t number;
};
struct Parcel {
  std::unique_ptr<int> content;
};

struct Seen {
  int born = 0;
  int naps = 0;
};

class Clerk : public Actor {
 public:
  explicit Clerk(Seen* seen) : seen_(seen) { ++seen_->born; }

  uint64_t Handle(const Who&) { return Self(this).id().value; }
  absl::Status Handle(const Nap& nap) {
    ++seen_->naps;
    return Sleep(nap.length);
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const FailLater&) {
    if (Sleep(absl::Seconds(1)).ok()) throw std::runtime_error("a bug");
  }
  absl::Status Handle(const Refuse&) { return absl::InvalidArgumentError("not in this form"); }
  void Handle(Later later, Reply<int64_t> reply) { std::move(reply).Send(later.number + 1); }
  absl::StatusOr<int> Handle(Parcel parcel) { return *parcel.content; }

 private:
  Seen* const seen_;
};

using Clerks = Pool<Clerk, Who, Nap, Fail, FailLater, Refuse, Later>;
using ClerkProtocol = Protocol<uint64_t(Who), int64_t(Later)>;

class PoolTest : public testing::Test {
 public:
  ActorRef<Clerks> Spawn(Clerks::Options options) {
    return node_->Spawn<Clerks>(std::move(options), &seen_);
  }
  Seen seen_;
  TestNode node_;
};

TEST_F(PoolTest, RoundRobinTakesEachWorkerInTurn) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 3, .choice = PoolChoice::kRoundRobin});
    std::vector<uint64_t> order;
    for (int i = 0; i < 6; ++i) order.push_back(*pool.Ask(Who{}));
    EXPECT_EQ(std::set<uint64_t>(order.begin(), order.begin() + 3).size(), 3u);
    EXPECT_TRUE(std::equal(order.begin(), order.begin() + 3, order.begin() + 3));
  });
  EXPECT_EQ(seen_.born, 3);
}

TEST_F(PoolTest, LeastLoadedAvoidsTheBusy) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    pool.Tell(Nap{absl::Seconds(1)});
    const uint64_t idle = *pool.Ask(Who{});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(*pool.Ask(Who{}), idle);
    EXPECT_EQ(*pool.Ask(GetPoolLoads{}), (std::vector<uint32_t>{1, 0}));
    (void)Sleep(absl::Seconds(2));
    EXPECT_EQ(*pool.Ask(GetPoolLoads{}), (std::vector<uint32_t>{0, 0}));
  });
}

TEST_F(PoolTest, KeyKeepsItsPlaceWhenTheWorkerIsReplaced) {
  node_.Run([&] {
    Clerks::Options options{.workers = 4, .choice = PoolChoice::kByKey};
    options.KeyBy<Who>([](const Who& who) { return who.key; });
    auto pool = Spawn(options);
    std::map<std::string, uint64_t> before;
    for (int i = 0; i < 40; ++i) before[absl::StrCat(i)] = *pool.Ask(Who{absl::StrCat(i)});
    EXPECT_EQ(pool.Ask(Fail{}).code(), absl::StatusCode::kAborted);
    std::set<uint64_t> moved;
    std::set<uint64_t> places;
    for (const auto& [key, worker] : before) {
      places.insert(worker);
      const uint64_t now = *pool.Ask(Who{key});
      if (now == worker) continue;
      EXPECT_GT(now, 5u);  // the new one, in the place of the one that failed
      moved.insert(worker);
    }
    EXPECT_EQ(places.size(), 4u);
    EXPECT_EQ(moved.size(), 1u);
  });
}

TEST_F(PoolTest, PlaceOfKeyMovesOnlyKeysOfTheNewPlace) {
  int moved = 0;
  for (uint64_t key = 0; key < 1000; ++key) {
    const size_t before = PlaceOfKey(Mix64(key), 9);
    const size_t after = PlaceOfKey(Mix64(key), 10);
    if (after == before) continue;
    EXPECT_EQ(after, 9u);
    ++moved;
  }
  EXPECT_GT(moved, 50);
  EXPECT_LT(moved, 150);
}

TEST_F(PoolTest, AnswersAsAWorkerWould) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    EXPECT_EQ(*pool.Ask(Later{41}), 42);
    const absl::Status refused = pool.Ask(Refuse{});
    EXPECT_EQ(refused, absl::InvalidArgumentError("not in this form"));
    EXPECT_FALSE(IsFrameworkError(refused));
    const ActorRef<ClerkProtocol> by_protocol = pool;
    EXPECT_EQ(*by_protocol.Ask(Later{1}), 2);
  });
  EXPECT_EQ(seen_.born, 2);
}

TEST_F(PoolTest, PassesMessagesThatCannotBeCopied) {
  node_.Run([&] {
    using Parcels = Pool<Clerk, Parcel>;
    auto pool = node_->Spawn<Parcels>(Parcels::Options{.workers = 2}, &seen_);
    EXPECT_EQ(*pool.Ask(Parcel{std::make_unique<int>(7)}), 7);
  });
}

TEST_F(PoolTest, PanicReachesTheAskerAndTheWorkerIsReplaced) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    const absl::Status failed = pool.Ask(Fail{});
    EXPECT_EQ(failed.code(), absl::StatusCode::kAborted);
    EXPECT_EQ(EffectOf(failed), Effect::kMaybe);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.Ask(Who{}).ok());
    EXPECT_TRUE(pool.alive());
  });
  EXPECT_EQ(seen_.born, 3);
}

TEST_F(PoolTest, WorkerThatEndsIsReplacedBeforeItIsMissed) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    (void)pool.Ask(Fail{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(seen_.born, 3);
  });
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

// As an actor that is told: an error that nobody waits for is a panic.
TEST_F(PoolTest, ToldHandlersErrorEndsTheWorker) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 1});
    pool.Tell(Refuse{});
    EXPECT_TRUE(pool.Ask(Who{}).ok() || pool.Ask(Who{}).ok());
  });
  EXPECT_EQ(seen_.born, 2);
}

TEST_F(PoolTest, WhatWaitsForAWorkerThatEndsMayBeTriedAgain) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 1});
    pool.Tell(Nap{absl::Seconds(1)});
    pool.Tell(Fail{});
    auto waiting = pool.Request(Who{});
    const absl::Status status = waiting.Await().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(EffectOf(status), Effect::kNone);
    EXPECT_TRUE(pool.Ask(Who{}).ok());
  });
}

TEST_F(PoolTest, WhatThePoolWaitsWithGoesToTheNewWorker) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 1, .queue_max = 1});
    auto failing = pool.Request(FailLater{});
    (void)Sleep(absl::Milliseconds(1));
    auto queued = pool.Request(Who{});
    auto waiting = pool.Request(Who{});
    EXPECT_EQ(failing.Await().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(queued.Await().status().code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(waiting.Await().ok());
  });
  EXPECT_EQ(seen_.born, 2);
}

TEST_F(PoolTest, RefusesWhatExceedsItsQueuesAndSaysSo) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2, .when_full = WhenPoolFull::kRefuse, .queue_max = 1});
    std::vector<Pending<void>> naps;
    for (int i = 0; i < 8; ++i) {
      naps.push_back(pool.Request(Nap{absl::Seconds(1)}));
      (void)Sleep(absl::Milliseconds(1));  // those in hand leave the queue
    }
    int refused = 0;
    for (const absl::Status& status : AwaitAll(naps)) {
      if (status.ok()) continue;
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
      EXPECT_EQ(EffectOf(status), Effect::kNone);
      ++refused;
    }
    EXPECT_EQ(seen_.naps + refused, 8);
    EXPECT_GT(refused, 0);
    const uint64_t letters = node_->dead_letters().count();
    for (int i = 0; i < 9; ++i) pool.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Seconds(9));
    EXPECT_EQ(node_->dead_letters().count() - letters + seen_.naps + refused, 17u);
    EXPECT_GT(node_->dead_letters().count(), letters);
  });
}

TEST_F(PoolTest, FullPoolMakesItsSendersWaitAndLosesNothing) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2, .queue_max = 1});
    std::vector<Pending<void>> naps;
    for (int i = 0; i < 20; ++i) naps.push_back(pool.Request(Nap{absl::Seconds(1)}));
    for (const absl::Status& status : AwaitAll(naps)) EXPECT_TRUE(status.ok());
  });
  EXPECT_EQ(seen_.naps, 20);
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

TEST_F(PoolTest, BroadcastReachesEachWorker) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 3});
    EXPECT_EQ(*pool.Ask(PoolBroadcast<Nap>{Nap{}}), 3u);
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(seen_.naps, 3);
    (void)pool.Ask(PoolBroadcast<Fail>{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(*pool.Ask(PoolBroadcast<Nap>{Nap{}}), 3u);
  });
  EXPECT_EQ(seen_.born, 6);
}

TEST_F(PoolTest, DrainFinishesWhatWasSentAndThenEnds) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    for (int i = 0; i < 10; ++i) pool.Tell(Nap{absl::Seconds(1)});
    EXPECT_TRUE(pool.Ask(DrainPool{}).ok());
    EXPECT_EQ(seen_.naps, 10);
    reason = pool.Join();
    EXPECT_FALSE(pool.Ask(Who{}).ok());
  });
  EXPECT_EQ(reason->kind, ExitReason::Kind::kStopped);
}

TEST_F(PoolTest, DrainGivesUpAtItsDeadline) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2, .queue_max = 1});
    for (int i = 0; i < 4; ++i) pool.Tell(Nap{absl::Seconds(10)});
    EXPECT_EQ(pool.Ask(DrainPool{absl::Seconds(1)}).code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_TRUE(pool.Join(absl::Seconds(1)).ok());
  });
}

TEST_F(PoolTest, StopsWithItsWorkers) {
  node_.Run([&] {
    auto pool = Spawn({.workers = 2});
    auto nap = pool.Request(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    pool.Stop();
    EXPECT_TRUE(pool.Join(absl::Seconds(1)).ok());
    EXPECT_FALSE(nap.Await().ok());
  });
}

TEST_F(PoolTest, PanicsOverItsBudgetOfReplacements) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto pool = Spawn({.workers = 1, .replacements_max = 3});
    for (int i = 0; i < 3; ++i) {
      pool.Tell(Fail{});
      (void)Sleep(absl::Seconds(1));
    }
    (void)Sleep(absl::Seconds(20));  // out of the window: the budget is whole again
    for (int i = 0; i < 3; ++i) {
      pool.Tell(Fail{});
      (void)Sleep(absl::Seconds(1));
    }
    EXPECT_TRUE(pool.alive());
    pool.Tell(Fail{});
    reason = pool.Join();
  });
  EXPECT_EQ(reason->kind, ExitReason::Kind::kPanicked);
  EXPECT_NE(reason->what.find("3 workers replaced within 10s"), std::string::npos) << reason->what;
}

TEST_F(PoolTest, FactoryMakesWorkersThatDiffer) {
  std::vector<size_t> places;
  node_.Run([&] {
    auto pool = node_->Spawn<Clerks>(Clerks::Options{.workers = 3},
                                     Clerks::Factory([&](const SpawnOptions& spawn, size_t place) {
                                       places.push_back(place);
                                       return SpawnChildWith<PoolWorker<Clerk>>(spawn, &seen_);
                                     }));
    EXPECT_TRUE(pool.Ask(Who{}).ok());
    auto none = node_->Spawn<Clerks>(Clerks::Options{.workers = 0}, &seen_);
    EXPECT_EQ(none.Join()->kind, ExitReason::Kind::kPanicked);
  });
  EXPECT_EQ(places, (std::vector<size_t>{0, 1, 2}));
}

}  // namespace
}  // namespace rehearse
