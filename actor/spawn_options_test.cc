// How an actor is spawned: with a name, a priority, on one worker, or run by its caller.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/prepared.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Go {};
struct Where {};

class Plain : public Actor {
 public:
  void Handle(const Go&) {}
};

TEST(SpawnOptionsTest, ANameIsToldBesideTheClass) {
  TestNode node;
  node.Run([&] {
    const auto named = node->SpawnWith<Plain>({.name = "teller"});
    EXPECT_TRUE(absl::StartsWith(named.ToString(), "teller (")) << named.ToString();
    EXPECT_TRUE(absl::StrContains(named.ToString(), "Plain#")) << named.ToString();
    EXPECT_FALSE(absl::StrContains(node->Spawn<Plain>().ToString(), "teller"));
  });
}

constexpr size_t kTurns = 20000;

// Tells itself on and on, until all have had so many turns together.
class Busy : public Actor {
 public:
  explicit Busy(std::vector<char>* turns, char mark) : turns_(turns), mark_(mark) {}
  void Handle(const Go&) {
    if (turns_->size() == kTurns) return;
    turns_->push_back(mark_);
    Self(this).TryTell(Go{});
  }

 private:
  std::vector<char>* const turns_;
  const char mark_;
};

TEST(SpawnOptionsTest, AnUrgentActorGetsMoreTurnsAndNobodyStarves) {
  std::vector<char> turns;
  TestNode node({}, {.quantum = 1});
  node.Run([&] {
    const auto low = node->SpawnWith<Busy>({.priority = Priority::kLow}, &turns, 'l');
    const auto normal = node->SpawnWith<Busy>({}, &turns, 'n');
    const auto high = node->SpawnWith<Busy>({.priority = Priority::kHigh}, &turns, 'h');
    for (const ActorRef<Busy>& busy : {low, normal, high}) busy.Tell(Go{});
  });
  ASSERT_EQ(turns.size(), kTurns);
  const auto share = [&turns](char mark) {
    return static_cast<double>(std::count(turns.begin(), turns.end(), mark)) /
           static_cast<double>(turns.size());
  };
  EXPECT_GT(share('h'), 0.6);
  EXPECT_GT(share('n'), 0.1);
  EXPECT_GT(share('l'), 0.03);
  EXPECT_GT(share('h'), 2 * share('n'));
  EXPECT_GT(share('n'), share('l'));
}

class Located : public Actor {
 public:
  std::string Handle(const Where&) {
    std::string here = Text();
    (void)Sleep(absl::Microseconds(10));
    return here == Text() ? here : "it moved";
  }

 private:
  static std::string Text() { return std::to_string(CurrentWorker()->index()); }
};

TEST(SpawnOptionsTest, AFixedActorRunsOnItsWorkerAlone) {
  ThreadedNode node(4);
  for (int worker = 0; worker < 8; ++worker) {
    const auto located = node->SpawnWith<Located>({.worker = worker});
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(*located.Ask(Where{}), std::to_string(worker % 4));
    }
  }
}

TEST(SpawnOptionsTest, FixedActorsOfManySendersLoseNothing) {
  ThreadedNode node(4);
  std::atomic<int> handled{0};
  class Counter : public Actor {
   public:
    explicit Counter(std::atomic<int>* handled) : handled_(handled) {}
    void Handle(const Go&) {
      EXPECT_EQ(CurrentWorker()->index(), 3);
      ++*handled_;
    }
    int Handle(const Where&) { return *handled_; }

   private:
    std::atomic<int>* const handled_;
  };
  const auto counter = node->SpawnWith<Counter>({.worker = 3}, &handled);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 2000; ++j) EXPECT_TRUE(counter.Tell(Go{}).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*counter.Ask(Where{}), 6000);
}

TEST(SpawnOptionsTest, APreparedActorMayBeRunByItsCaller) {
  TestNode node;
  node.Run([&] {
    class Short : public Actor {
     public:
      void Handle(const Go&) { Stop(); }
    };
    Prepared<Short> prepared(*node);
    prepared.ref().Tell(Go{});
    const auto reason = prepared.Run();
    ASSERT_TRUE(reason.ok());
    EXPECT_EQ(reason->kind, ExitReason::Kind::kStopped);
  });
}

TEST(SpawnOptionsTest, ACallerThatIsStoppedStopsWhatItRuns) {
  TestNode node;
  ActorRef<Plain> inner;
  node.Run([&] {
    const auto caller = node->Spawn([&](Inbox<void(Go)>&) {
      Prepared<Plain> prepared(CurrentNode());
      inner = prepared.ref();
      EXPECT_EQ(prepared.Run().status().code(), absl::StatusCode::kCancelled);
    });
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(inner.alive());
    caller.Stop();
    (void)Sleep(absl::Seconds(1));
    EXPECT_FALSE(inner.alive());
  });
}

}  // namespace
}  // namespace rehearse
