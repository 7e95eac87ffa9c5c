// Actors that block their thread, on threads of their own.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/internal/cycle_watch.h"
#include "rehearse/actor/prepared.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/supervision/supervised.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Where {};
struct Count {};
struct Fail {};
struct Doze {
  Countdown* begun;
};
struct BlockFor {
  Countdown* release;
};

class Located : public Actor {
 public:
  std::thread::id Handle(const Where&) {
    (void)Sleep(absl::Microseconds(10));
    return std::this_thread::get_id();
  }
  void Handle(const BlockFor& block) { block.release->Await(); }
  void Handle(const Fail&) { throw std::runtime_error("as asked"); }
  absl::Status Handle(const Doze& doze) {
    doze.begun->Arrive();
    return Sleep(absl::InfiniteDuration());
  }
};

class Counter : public Actor {
 public:
  int Handle(const Count&) { return ++count_; }

 private:
  int count_ = 0;
};

TEST(OwnThreadTest, ABlockedThreadHoldsUpNobody) {
  Countdown release(1);
  ThreadedNode node(1);
  const auto blocked = node->SpawnBlocking<Located>();
  auto answer = blocked.Request(BlockFor{&release});
  const auto counter = node->Spawn<Counter>();
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(*counter.Ask(Count{}), i);
  EXPECT_FALSE(answer.ready());
  release.Arrive();
  EXPECT_TRUE(answer.Await().ok());
}

TEST(OwnThreadTest, EachHasAThreadAndStaysOnIt) {
  ThreadedNode node(2);
  std::set<std::thread::id> threads;
  for (int i = 0; i < 5; ++i) {
    const auto own = node->SpawnBlocking<Located>();
    const std::thread::id thread = *own.Ask(Where{});
    EXPECT_TRUE(threads.insert(thread).second);
    for (int j = 0; j < 20; ++j) EXPECT_EQ(*own.Ask(Where{}), thread);
    const auto shared = node->Spawn<Located>();
    EXPECT_EQ(threads.count(*shared.Ask(Where{})), 0u);
  }
}

TEST(OwnThreadTest, AThreadGoesToTheNextWhenItsActorHasEnded) {
  ThreadedNode node(1);
  std::set<std::thread::id> threads;
  for (int i = 0; i < 300; ++i) {  // more than there may be at once
    const auto own = node->SpawnBlocking<Located>();
    threads.insert(*own.Ask(Where{}));
    own.Stop();
    EXPECT_TRUE(own.Join().ok());
  }
  EXPECT_EQ(threads.size(), 1u);
  // One that was prepared and never started gives it back too.
  for (int i = 0; i < 300; ++i) Prepared<Located> never(*node, {.own_thread = true});
  EXPECT_EQ(threads.count(*node->SpawnBlocking<Located>().Ask(Where{})), 1u);
}

TEST(OwnThreadTest, OneTooManyIsRefused) {
  ThreadedNode node(1);
  std::vector<ActorRef<Located>> all;
  for (int i = 0; i < OwnThreads::kMax; ++i) all.push_back(node->SpawnBlocking<Located>());
  EXPECT_THROW(node->SpawnBlocking<Located>(), std::system_error);
  EXPECT_TRUE(all.back().Ask(Where{}).ok());
  all.front().Stop();
  EXPECT_TRUE(all.front().Join().ok());
  EXPECT_TRUE(node->SpawnBlocking<Located>().Ask(Where{}).ok());
}

// On its thread it asks, tells, waits and spawns as any other.
TEST(OwnThreadTest, ItHasAllThatAnActorHas) {
  struct Go {};
  class Busy : public Actor {
   public:
    absl::Status OnStart() override {
      child_ = SpawnChild<Counter>();
      return absl::OkStatus();
    }
    absl::StatusOr<int> Handle(const Go&) {
      std::vector<Pending<int>> counts;
      for (int i = 0; i < 10; ++i) counts.push_back(child_.Request(Count{}));
      int sum = 0;
      for (Pending<int>& count : counts) sum += *count.Await();
      const absl::StatusOr<int> aside = RunBlocking([] { return 100; });
      if (!aside.ok()) return aside.status();
      (void)Sleep(absl::Milliseconds(1));
      return sum + *aside;
    }

   private:
    ActorRef<Counter> child_;
  };
  ThreadedNode node(1);
  const auto busy = node->SpawnBlocking<Busy>();
  EXPECT_EQ(*busy.Ask(Go{}), 155);
  EXPECT_EQ(*busy.Ask(Go{}), 255);
  busy.Stop();
  EXPECT_EQ(busy.Join()->kind, ExitReason::Kind::kStopped);
}

TEST(OwnThreadTest, AFunctionReceivesOnItsThread) {
  struct Add {
    int number;
  };
  ThreadedNode node(1);
  std::atomic<int> sum{0};
  const auto adder = node->SpawnBlocking([&sum](Inbox<void(Add)>& inbox) {
    while (auto message = inbox.Receive()) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      message->Match([&sum](const Add& add) { sum += add.number; });
    }
  });
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(adder.Tell(Add{i}).ok());
  EXPECT_TRUE(adder.StopGracefully().ok());
  EXPECT_TRUE(adder.Join().ok());
  EXPECT_EQ(sum, 5050);
}

TEST(OwnThreadTest, AStopOrKillReachesItWhereItWaits) {
  Countdown stopped_begun(1), killed_begun(1);
  ThreadedNode node(1);
  const auto stopped = node->SpawnBlocking<Located>();
  auto doze = stopped.Request(Doze{&stopped_begun});
  stopped_begun.Await();
  stopped.Stop();
  EXPECT_TRUE(absl::IsCancelled(doze.Await()));
  EXPECT_EQ(stopped.Join()->kind, ExitReason::Kind::kStopped);
  const auto killed = node->SpawnBlocking<Located>();
  killed.Tell(Doze{&killed_begun});
  killed_begun.Await();
  killed.Kill();
  EXPECT_EQ(killed.Join()->kind, ExitReason::Kind::kKilled);
}

TEST(OwnThreadTest, AStopComesWhenTheThreadIsBack) {
  Countdown release(1);
  ThreadedNode node(1);
  const auto blocked = node->SpawnBlocking<Located>();
  blocked.Tell(BlockFor{&release});
  blocked.Stop();
  EXPECT_TRUE(blocked.alive());
  release.Arrive();
  EXPECT_EQ(blocked.Join()->kind, ExitReason::Kind::kStopped);
}

// Times count from when they are given, however long the thread was away before.
TEST(OwnThreadTest, ItsDeadlinesBeginWhereItIs) {
  struct Go {};
  class Slow : public Actor {
   public:
    explicit Slow(ActorRef<Counter> counter) : counter_(std::move(counter)) {}
    absl::StatusOr<int> Handle(const Go&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(700));
      return counter_.Ask(Count{}, {.reply_timeout = absl::Milliseconds(600)});
    }

   private:
    const ActorRef<Counter> counter_;
  };
  ThreadedNode node(1);
  const auto slow = node->SpawnBlocking<Slow>(node->Spawn<Counter>());
  EXPECT_EQ(*slow.Ask(Go{}), 1);
}

TEST(OwnThreadTest, ARestartedOneKeepsItsThread) {
  ThreadedNode node(1);
  const auto kept =
      SpawnSupervisedWith<Located>(*node, {.own_thread = true}, RestartWithin({.restarts = 10}));
  const std::thread::id thread = *kept.Ask(Where{});
  for (int i = 0; i < 5; ++i) {
    kept.Tell(Fail{});
    EXPECT_EQ(*kept.Ask(Where{}), thread);
  }
}

TEST(OwnThreadTest, ARingWithOneOfThemIsFound) {
  struct Ask {};
  struct Meet {
    ActorRef<Protocol<int(Ask)>> other;
  };
  class Ringed : public Actor {
   public:
    void Handle(const Meet& meet) { other_ = meet.other; }
    absl::StatusOr<int> Handle(const Ask&) { return other_.Ask(Ask{}); }

   private:
    ActorRef<Protocol<int(Ask)>> other_;
  };
  Countdown release(1);
  ThreadedNode node(1);
  // Another one, which does not come back for a look.
  const auto away = node->SpawnBlocking<Located>();
  away.Tell(BlockFor{&release});
  const auto a = node->SpawnBlocking<Ringed>();
  const auto b = node->Spawn<Ringed>();
  a.Tell(Meet{b});
  b.Tell(Meet{a});
  auto asked = a.Request(Ask{});
  const auto watch = internal::CycleWatch::Create(*node);
  while (!asked.ready()) {
    watch->Look();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto answer = asked.Take();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(answer.status().message(), "Ringed#")) << answer.status();
  release.Arrive();
}

// Each sends to all, from threads of its own and shared ones: nothing is lost or doubled.
TEST(OwnThreadTest, AllTalkToAll) {
  struct Hello {};
  struct Begin {
    std::vector<Recipient<Hello>> all;
  };
  class Talker : public Actor {
   public:
    void Handle(const Begin& begin) {
      for (int i = 0; i < 200; ++i) {
        for (const Recipient<Hello>& each : begin.all) {
          EXPECT_TRUE(each.Tell(Hello{}).ok());
        }
      }
    }
    void Handle(const Hello&) { ++heard_; }
    int Handle(const Count&) { return heard_; }

   private:
    int heard_ = 0;
  };
  for (const int workers : {1, 2}) {
    ThreadedNode node(workers);
    std::vector<ActorRef<Talker>> talkers;
    Begin begin;
    for (int i = 0; i < 6; ++i) {
      talkers.push_back(node->SpawnWith<Talker>({.mailbox_capacity = 0, .own_thread = i % 2 == 0}));
      begin.all.push_back(talkers.back());
    }
    for (const auto& talker : talkers) talker.Tell(begin);
    for (const auto& talker : talkers) {
      int heard = 0;
      while (heard < 1200) heard = *talker.Ask(Count{});
      EXPECT_EQ(heard, 1200);
    }
  }
}

// Without threads, as in the simulator, it is an actor like another.
TEST(OwnThreadTest, InTheSimulatorItRunsAsTheOthersDo) {
  TestNode node;
  node.Run([&] {
    const auto own = node->SpawnBlocking<Counter>();
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(*own.Ask(Count{}), i);
    EXPECT_EQ(*own.Ask(Count{}), 4);
  });
}

}  // namespace
}  // namespace rehearse
