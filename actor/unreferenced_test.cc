// Actors that live for as long as somebody refers to them.

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

const SpawnOptions kUnreferenced = {.stop_when_unreferenced = true};

struct Say {
  std::string what;
};
struct Nap {};
struct Keep;

using SpeakerProtocol = Protocol<void(Say), void(Nap), void(Keep)>;

struct Keep {
  ActorRef<SpeakerProtocol> ref;
};

class Speaker : public Actor {
 public:
  explicit Speaker(Lines* said) : said_(said) {}
  void OnStop(const ExitReason& reason) override { said_->push_back(reason.ToString()); }

  void Handle(const Say& say) { said_->push_back(say.what); }
  absl::Status Handle(const Nap&) { return Sleep(absl::Seconds(1)); }
  void Handle(const Keep& keep) { kept_ = keep.ref; }

 private:
  Lines* const said_;
  ActorRef<SpeakerProtocol> kept_;
};

class UnreferencedTest : public testing::Test {
 public:
  ActorRef<Speaker> Spawn(const SpawnOptions& options = kUnreferenced) {
    return node_->SpawnWith<Speaker>(options, &said_);
  }

  Lines said_;
  TestNode node_;
};

TEST_F(UnreferencedTest, HandlesWhatItWasSentAndEndsNormally) {
  node_.Run([&] {
    const ActorRef<Speaker> speaker = Spawn();
    speaker.Tell(Say{"one"});
    speaker.Tell(Say{"two"});
  });
  EXPECT_EQ(said_, (Lines{"one", "two", "normal"}));
}

TEST_F(UnreferencedTest, EndsThoughNobodyEverSentAnything) {
  node_.Run([&] { Spawn(); });
  EXPECT_EQ(said_, (Lines{"normal"}));
}

TEST_F(UnreferencedTest, LivesByDefault) {
  node_.Run([&] { Spawn({}); });
  EXPECT_EQ(said_, Lines{});
}

TEST_F(UnreferencedTest, EndsWithTheLastCopyOfItsRefs) {
  std::optional<ActorRef<Speaker>> first;
  std::optional<ActorRef<SpeakerProtocol>> second;
  node_.Run([&] {
    first = Spawn();
    second = *first;
  });
  node_.Run([&] { first.reset(); });
  EXPECT_EQ(said_, Lines{});
  node_.Run([&] { second->Tell(Say{"still here"}); });
  EXPECT_EQ(said_, (Lines{"still here"}));
  node_.Run([&] { second.reset(); });
  EXPECT_EQ(said_, (Lines{"still here", "normal"}));
}

TEST_F(UnreferencedTest, EndsAfterTheHandlerInWhichItWasForgotten) {
  node_.Run([&] {
    auto speaker = Spawn();
    speaker.Tell(Nap{});
    (void)Sleep(absl::Milliseconds(1));
    speaker.Tell(Say{"awake"});
    speaker = {};
    (void)Sleep(absl::Milliseconds(500));
    EXPECT_EQ(said_, Lines{});
  });
  EXPECT_EQ(said_, (Lines{"awake", "normal"}));
}

TEST_F(UnreferencedTest, AnswersAnAskThatOutlivesTheRef) {
  node_.Run([&] {
    auto pending = Spawn().Request(Nap{});
    EXPECT_TRUE(pending.Await().ok());
  });
  EXPECT_EQ(said_, (Lines{"normal"}));
}

TEST_F(UnreferencedTest, RefsInMessagesAndActorsCount) {
  ActorRef<Speaker> keeper;
  node_.Run([&] {
    keeper = Spawn({});
    keeper.Tell(Keep{Spawn()});
  });
  EXPECT_EQ(said_, Lines{});
  node_.Run([&] { keeper.Tell(Keep{}); });
  EXPECT_EQ(said_, (Lines{"normal"}));
}

TEST_F(UnreferencedTest, ActorThatKeepsItsOwnRefNeverEndsSo) {
  node_.Run([&] {
    const ActorRef<Speaker> speaker = Spawn();
    speaker.Tell(Keep{speaker});
  });
  EXPECT_EQ(said_, Lines{});
}

TEST_F(UnreferencedTest, TimerKeepsItUntilItHasFired) {
  MessageTimer timer;
  node_.Run([&] {
    timer = SendAfter(Spawn(), absl::Seconds(1), Say{"late"});
    (void)Sleep(absl::Milliseconds(999));
    EXPECT_EQ(said_, Lines{});
    (void)Sleep(absl::Milliseconds(2));
  });
  EXPECT_EQ(said_, (Lines{"late", "normal"}));  // though its handle is kept
}

TEST_F(UnreferencedTest, CancelledTimerKeepsItNoMore) {
  MessageTimer timer;
  node_.Run([&] {
    timer = SendAfter(Spawn(), absl::Hours(1), Say{"late"});
    timer.Cancel();
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(said_, (Lines{"normal"}));
  });
}

TEST_F(UnreferencedTest, ArgumentThatThrowsLeavesNothingBehind) {
  struct Uncopyable {
    Uncopyable() = default;
    Uncopyable(const Uncopyable&) { throw std::runtime_error("no copy"); }
  };
  class Taker : public Actor {
   public:
    explicit Taker(const Uncopyable&) {}
  };
  node_.Run([&] {
    const Uncopyable argument;
    EXPECT_THROW(node_->SpawnWith<Taker>(kUnreferenced, argument), std::runtime_error);
  });
  EXPECT_TRUE(node_->StopActors().ok());
}

// What it does wrong must not starve the others.
TEST_F(UnreferencedTest, FunctionActorThatReceivesOnAndOnLetsOthersRun) {
  int empty = 0;
  node_.Run([&] {
    node_->Spawn(
        [&empty](Inbox<void(Say)>& inbox) {
          while (empty < 1000) {
            if (!inbox.Receive().has_value()) ++empty;
          }
        },
        kUnreferenced);
    EXPECT_TRUE(Spawn({}).Ask(Say{"my turn"}).ok());
    EXPECT_LT(empty, 1000);
  });
  EXPECT_EQ(empty, 1000);
}

TEST_F(UnreferencedTest, FunctionActorReceivesNothingMoreAndReturns) {
  Lines said;
  node_.Run([&] {
    node_
        ->Spawn(
            [&said](Inbox<void(Say)>& inbox) {
              while (auto message = inbox.Receive()) {
                message->Match([&](Say& say) { said.push_back(say.what); });
              }
              said.push_back("returned");
            },
            kUnreferenced)
        .Tell(Say{"one"});
  });
  EXPECT_EQ(said, (Lines{"one", "returned"}));
}

TEST_F(UnreferencedTest, ChildEndsBeforeItsParentDoes) {
  class Parent : public Actor {
   public:
    explicit Parent(Lines* said) : said_(said) {}
    void Handle(const Say& say) { SpawnChildWith<Speaker>(kUnreferenced, said_).Tell(say); }

   private:
    Lines* const said_;
  };
  node_.Run([&] { node_->Spawn<Parent>(&said_).Tell(Say{"child"}); });
  EXPECT_EQ(said_, (Lines{"child", "normal"}));
}

// Refs may outlive the node, and the scheduler too.
TEST(UnreferencedEndTest, LastRefMayGoWhenAllIsOver) {
  Lines said;
  ActorRef<Speaker> ref;
  {
    TestNode node;
    node.Run([&] { ref = node->SpawnWith<Speaker>(kUnreferenced, &said); });
  }
  EXPECT_EQ(said, (Lines{"stopped"}));
  ref = {};
}

// Two threads drop and copy the last refs while the workers handle what they sent.
TEST(UnreferencedThreadsTest, EachOfManyEndsOnceAndLosesNothing) {
  struct Count {};
  class Counter : public Actor {
   public:
    explicit Counter(std::atomic<int>* handled, std::atomic<int>* ended)
        : handled_(handled), ended_(ended) {}
    void OnStop(const ExitReason&) override { ended_->fetch_add(1); }
    void Handle(const Count&) { handled_->fetch_add(1); }

   private:
    std::atomic<int>* const handled_;
    std::atomic<int>* const ended_;
  };
  constexpr int kActors = 2000;
  std::atomic<int> handled{0};
  std::atomic<int> ended{0};
  {
    ThreadedNode node(2);
    for (int i = 0; i < kActors; ++i) {
      ActorRef<Counter> ref = node->SpawnWith<Counter>(kUnreferenced, &handled, &ended);
      std::thread other([copy = ref] { copy.Tell(Count{}); });
      ref.Tell(Count{});
      ref = {};
      other.join();
    }
    while (ended.load() < kActors) std::this_thread::yield();
  }
  EXPECT_EQ(handled, 2 * kActors);
  EXPECT_EQ(ended, kActors);
}

}  // namespace
}  // namespace rehearse
