#include "rehearse/actor/supervision/supervised.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/incoming.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Fail {};
struct Add {
  int amount = 0;
};
struct Total {};

class Worker : public Actor {
 public:
  explicit Worker(Lines* said) : said_(said) { said_->push_back("begins"); }
  void OnStop(const ExitReason& reason) override {
    said_->push_back(absl::StrCat("stops: ", ExitKindName(reason.kind)));
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Add& add) { total_ += add.amount; }
  int Handle(const Total&) { return total_; }

 private:
  Lines* const said_;
  int total_ = 0;
};

TEST(SupervisedTest, TheObjectDecides) {
  TestNode node;
  Lines said;
  node.Run([&] {
    const auto decide = [&said, lives = 0](const ExitReason& reason) mutable {
      said.push_back(absl::StrCat("asked: ", reason.what));
      return ++lives < 3 ? Verdict::Restart(absl::Seconds(1)) : Verdict::Stop();
    };
    const auto worker = SpawnSupervised<Worker>(*node, decide, &said);
    worker.Tell(Add{1});
    worker.Tell(Fail{});
    worker.Tell(Add{2});
    const Instant from = node->clock().Now();
    EXPECT_EQ(*worker.Ask(Total{}), 2);
    EXPECT_EQ(node->clock().Now() - from, absl::Seconds(1));
    worker.Tell(Fail{});
    worker.Tell(Fail{});
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kPanicked);
  });
  EXPECT_EQ(said, (Lines{"begins", "stops: panicked", "asked: a bug", "begins", "stops: panicked",
                         "asked: a bug", "begins", "stops: panicked", "asked: a bug"}));
}

TEST(SupervisedTest, RestartWithinStopsWhenItsBudgetIsSpent) {
  TestNode node;
  Lines said;
  node.Run([&] {
    const auto worker = SpawnSupervised<Worker>(
        *node, RestartWithin({.restarts = 2, .window = absl::Minutes(1)}), &said);
    for (int i = 0; i < 2; ++i) worker.Tell(Fail{});
    EXPECT_TRUE(worker.Ask(Total{}).ok());
    EXPECT_EQ(worker.incarnation(), 3u);
    worker.Tell(Fail{});
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kPanicked);
  });
}

TEST(SupervisedTest, AStopIsTheEnd) {
  TestNode node;
  Lines said;
  node.Run([&] {
    const auto worker = SpawnSupervised<Worker>(
        *node, [](const ExitReason&) { return Verdict::Restart(absl::Hours(1)); }, &said);
    worker.Stop();
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kStopped);
    const auto other = SpawnSupervised<Worker>(
        *node, [](const ExitReason&) { return Verdict::Restart(absl::Hours(1)); }, &said);
    other.Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    other.Stop();
    EXPECT_TRUE(other.Join(absl::Seconds(1)).ok());
  });
}

TEST(SupervisedTest, AnObjectThatThrowsEndsItsActor) {
  TestNode node;
  Lines said;
  node.Run([&] {
    const auto worker = SpawnSupervised<Worker>(
        *node, [](const ExitReason&) -> Verdict { throw std::runtime_error("undecided"); }, &said);
    worker.Tell(Fail{});
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kPanicked);
    EXPECT_EQ(node.log().back(),
              absl::StrCat(worker.ToString(), ": its supervisor threw undecided"));
  });
}

// Tells what it was built from.
class Told : public Actor {
 public:
  Told(std::string word, int number) : word_(absl::StrCat(word, " ", number)) {}
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  std::string Handle(const Total&) { return word_; }

 private:
  const std::string word_;
};

TEST(SupervisedTest, ARestartMayBeWithOtherArguments) {
  TestNode node;
  node.Run([&] {
    const auto decide = [lives = 1](const ExitReason&) mutable -> VerdictFor<Told> {
      if (++lives == 4) return Verdict::Stop();
      return RestartWith<Told>("life", lives).After(absl::Seconds(lives));
    };
    const auto told = SpawnSupervised<Told>(*node, decide, "first", 1);
    EXPECT_EQ(*told.Ask(Total{}), "first 1");
    const Instant from = node->clock().Now();
    told.Tell(Fail{});
    EXPECT_EQ(*told.Ask(Total{}), "life 2");
    EXPECT_EQ(node->clock().Now() - from, absl::Seconds(2));
    told.Tell(Fail{});
    EXPECT_EQ(*told.Ask(Total{}), "life 3");
    EXPECT_EQ(node->clock().Now() - from, absl::Seconds(5));
    told.Tell(Fail{});
    EXPECT_EQ(told.Join()->kind, ExitReason::Kind::kPanicked);
  });
}

TEST(SupervisedTest, APlainRestartKeepsTheArgumentsThatWereGivenLast) {
  TestNode node;
  node.Run([&] {
    const auto decide = [asked = 0](const ExitReason&) mutable -> VerdictFor<Told> {
      if (++asked == 2) return RestartWith<Told>("second", asked);
      return Verdict::Restart();
    };
    const auto told = SpawnSupervised<Told>(*node, decide, "first", 1);
    for (const char* const word : {"first 1", "first 1", "second 2", "second 2"}) {
      EXPECT_EQ(*told.Ask(Total{}), word);
      told.Tell(Fail{});
    }
  });
}

// A function that has a number in it.
auto Numbered(int number) {
  return [number](Inbox<void(Fail), int(Total)>& inbox) {
    while (auto message = inbox.Receive()) {
      message->Match([](Fail&) { throw std::runtime_error("a bug"); },
                     [number](Total&, Reply<int> reply) { std::move(reply).Send(number); });
    }
  };
}

TEST(SupervisedTest, AFunctionActorMayBeRestartedWithAnotherFunction) {
  TestNode node;
  node.Run([&] {
    using Function = decltype(Numbered(0));
    const auto decide = [lives = 1](const ExitReason& reason) mutable -> VerdictFor<Function> {
      if (!reason.bad()) return Verdict::Stop();
      return RestartWith<Function>(Numbered(++lives));
    };
    const auto actor = SpawnSupervised(*node, decide, Numbered(1));
    for (int life = 1; life <= 3; ++life) {
      EXPECT_EQ(*actor.Ask(Total{}), life);
      actor.Tell(Fail{});
    }
    EXPECT_EQ(*actor.Ask(Total{}), 4);
  });
}

struct Begin {};

// Wants nothing but Begin and Fail before it has begun, which it tells itself in its second life.
class Beginner : public Actor {
 public:
  Beginner(Lines* said, int life) : said_(said), life_(life) {}
  absl::Status OnStart() override {
    if (life_ > 1) Self(this).Tell(Begin{});
    return absl::OkStatus();
  }
  Admission OnMessage(Incoming& message) override {
    const bool is_add = message.As<Beginner, Add>() != nullptr;
    if (is_add) said_->push_back(begun_ ? "handles" : "stashes");
    return is_add && !begun_ ? Admission::kStash : Admission::kHandle;
  }
  void Handle(const Begin&) { begun_ = true; }
  void Handle(const Add&) {}
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }

 private:
  Lines* const said_;
  const int life_;
  bool begun_ = false;
};

TEST(SupervisedTest, WhatANewLifeTellsItselfComesBeforeWhatTheLastOneHadStashed) {
  TestNode node;
  Lines said;
  node.Run([&] {
    const auto decide = [&said](const ExitReason&) -> VerdictFor<Beginner> {
      return RestartWith<Beginner>(&said, 2);
    };
    const auto beginner = SpawnSupervised<Beginner>(*node, decide, &said, 1);
    beginner.Tell(Add{1});
    beginner.Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    beginner.Stop();
  });
  EXPECT_EQ(said, (Lines{"stashes", "handles"}));
}

}  // namespace
}  // namespace rehearse
