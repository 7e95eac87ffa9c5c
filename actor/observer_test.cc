// What an observer is told of a node's actors.

#include "rehearse/actor/env/observer.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/supervision/supervised.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

// Seconds, where the tests' time goes by seconds.
std::string Seconds(Instant at) { return absl::StrCat(at.nanos() / 1000000000, "s"); }

// Writes down all that it is told, but for the framework's own messages.
class Witness final : public Observer {
 public:
  void NodeBegan(NodeId, absl::string_view, Instant) override {}
  void Began(const ObservedActor& actor, uint32_t life, Instant at) override {
    Add(actor, absl::StrCat("begins life ", life, " at ", Seconds(at)));
  }
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
               Instant ended) override {
    if (message.own) return;
    // Stamps run ahead of a clock that stands.
    const int64_t waited = (message.stamp.NanosUntil(began) + 500) / 1000000000;
    Add(actor, absl::StrCat(Name(message.name), " from ", message.sender.ToString(), " waited ",
                            message.stamp ? absl::StrCat(waited, "s") : "?", ", took ",
                            (ended - began) / absl::Seconds(1), "s"));
  }
  void Panicked(const ObservedActor& actor, Instant) override { Add(actor, "panics"); }
  void Ended(const ObservedActor& actor, Instant at) override {
    Add(actor, absl::StrCat("ends at ", Seconds(at)));
  }
  bool SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t,
                     Instant) override {
    Add(sender, absl::StrCat("sends ", Name(name), " away"));
    return false;
  }

  Lines lines;

 private:
  // Without its namespaces.
  static std::string Name(absl::string_view name) {
    return std::string(name.substr(name.rfind(':') + 1));
  }
  void Add(const ObservedActor& actor, const std::string& what) {
    lines.push_back(absl::StrCat(Name(actor.class_name), actor.id.ToString(), " ", what));
  }
};

struct Nap {
  int seconds = 0;
};
struct Break {};
struct Quit {};

class Sleeper : public Actor {
 public:
  absl::Status Handle(const Nap& nap) { return Sleep(absl::Seconds(nap.seconds)); }
  void Handle(const Break&) { throw std::runtime_error("broken"); }
  void Handle(const Quit&) { Stop(); }
};

class ObserverTest : public testing::Test {
 public:
  ObserverTest() { node_.world().worker().observer = &witness_; }

  Witness witness_;  // outlives the node
  TestNode node_;
};

TEST_F(ObserverTest, IsToldHowLongEachMessageWaitedAndTook) {
  node_.Run([&] {
    auto sleeper = node_->Spawn<Sleeper>();
    sleeper.Tell(Nap{2});
    EXPECT_TRUE(sleeper.Ask(Nap{3}).ok());
    sleeper.Tell(Quit{});
  });
  EXPECT_EQ(witness_.lines,
            (Lines{"Sleeper#1 begins life 1 at 0s", "Sleeper#1 Nap from #0 waited 0s, took 2s",
                   "Sleeper#1 Nap from #0 waited 2s, took 3s",
                   "Sleeper#1 Quit from #0 waited 0s, took 0s", "Sleeper#1 ends at 5s"}));
}

TEST_F(ObserverTest, IsToldOfPanicsAndRestarts) {
  node_.Run([&] {
    auto sleeper = SpawnSupervised<Sleeper>(
        *node_, [](const ExitReason&) { return Verdict::Restart(absl::Seconds(3)); });
    EXPECT_FALSE(sleeper.Ask(Break{}).ok());
    EXPECT_TRUE(sleeper.Ask(Nap{1}).ok());
  });
  EXPECT_EQ(witness_.lines,
            (Lines{"Sleeper#1 begins life 1 at 0s", "Sleeper#1 panics",
                   "Sleeper#1 Break from #0 waited 0s, took 0s", "Sleeper#1 begins life 2 at 3s",
                   "Sleeper#1 Nap from #0 waited 3s, took 1s"}));
}

struct Twice {
  int number = 0;
};

TEST_F(ObserverTest, SeesWhatAFunctionActorReceives) {
  node_.Run([&] {
    auto doubler = node_->Spawn([](Inbox<int(Twice)>& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([](Twice& twice) {
          (void)Sleep(absl::Seconds(1));
          return 2 * twice.number;
        });
      }
    });
    EXPECT_EQ(*doubler.Ask(Twice{1}), 2);
    EXPECT_EQ(*doubler.Ask(Twice{2}), 4);
  });
  EXPECT_EQ(witness_.lines,
            (Lines{"function#1 begins life 1 at 0s", "function#1 Twice from #0 waited 0s, took 1s",
                   "function#1 Twice from #0 waited 0s, took 1s"}));
}

TEST_F(ObserverTest, KnowsWhoSentAndWhatATimerBrings) {
  class Caller : public Actor {
   public:
    explicit Caller(ActorRef<Sleeper> sleeper) : sleeper_(std::move(sleeper)) {}
    absl::Status Handle(const Nap& nap) { return sleeper_.Ask(Nap{nap.seconds}); }

   private:
    const ActorRef<Sleeper> sleeper_;
  };
  node_.Run([&] {
    auto caller = node_->Spawn<Caller>(node_->Spawn<Sleeper>());
    const MessageTimer timer = SendAfter(caller, absl::Seconds(4), Nap{1});
    (void)Sleep(absl::Seconds(10));
  });
  ASSERT_EQ(witness_.lines.size(), 4u);
  EXPECT_EQ(witness_.lines[2], "Sleeper#1 Nap from #2 waited 0s, took 1s");
  EXPECT_EQ(witness_.lines[3], "Caller#2 Nap from #0 waited 0s, took 1s");
}

TEST_F(ObserverTest, StampsAreNeverTheSame) {
  Worker& worker = node_.world().worker();
  const SendStamp first = worker.Stamp();
  const SendStamp second = worker.Stamp();
  EXPECT_TRUE(first);
  EXPECT_EQ(second.value, first.value + 1);
}

TEST_F(ObserverTest, SeveralAreToldInOrder) {
  Witness second;
  Observers both;
  both.Add(witness_);
  both.Add(second);
  node_.world().worker().observer = &both;
  node_.Run([&] { node_->Spawn<Sleeper>().Tell(Quit{}); });
  EXPECT_EQ(witness_.lines.size(), 3u);
  EXPECT_EQ(second.lines, witness_.lines);
  node_.world().worker().observer = nullptr;
}

}  // namespace
}  // namespace rehearse
