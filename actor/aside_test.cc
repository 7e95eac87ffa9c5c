// Messages that are not handled as they come: stashed for later, dropped for newer ones, or the
// last before an end in order.

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/incoming.h"
#include "rehearse/actor/prepared.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Say {
  std::string what;
};
struct Echo {
  int number = 0;
};
struct Open {};
struct Nap {};

// Lets nothing but Open in until it is open.
class Gate : public Actor {
 public:
  explicit Gate(Lines* said) : said_(said) {}

  Admission OnMessage(Incoming& message) override {
    if (open_ || message.As<Gate, Open>() != nullptr || message.As<Gate, Nap>() != nullptr) {
      return Admission::kHandle;
    }
    return Admission::kStash;
  }
  void OnUndelivered(Incoming& message) override {
    const Say* const say = message.As<Gate, Say>();
    said_->push_back(absl::StrCat("undelivered ", say == nullptr ? "?" : say->what));
  }

  void Handle(const Say& say) { said_->push_back(say.what); }
  int Handle(const Echo& echo) {
    said_->push_back(absl::StrCat("echo ", echo.number));
    return echo.number;
  }
  void Handle(const Open&) {
    open_ = true;
    UnstashAll();
  }
  absl::Status Handle(const Nap&) { return Sleep(absl::Seconds(10)); }

 private:
  Lines* const said_;
  bool open_ = false;
};

class AsideTest : public testing::Test {
 public:
  Lines said_;
  TestNode node_;
};

TEST_F(AsideTest, WhatIsStashedComesBackInOrderBeforeWhatWaits) {
  node_.Run([&] {
    const auto gate = node_->Spawn<Gate>(&said_);
    gate.Tell(Say{"one"});
    auto echo = gate.Request(Echo{2});
    gate.Tell(Say{"three"});
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(said_.empty());
    EXPECT_FALSE(echo.ready());
    gate.Tell(Open{});
    gate.Tell(Say{"four"});
    EXPECT_EQ(*echo.Await(), 2);
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(said_, (Lines{"one", "echo 2", "three", "four"}));
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

TEST_F(AsideTest, AnAskThatExpiresInTheStashIsNotHandled) {
  node_.Run([&] {
    const auto gate = node_->Spawn<Gate>(&said_);
    const auto echo = gate.Ask(Echo{1}, {.reply_timeout = absl::Seconds(1)});
    EXPECT_EQ(echo.status().code(), absl::StatusCode::kDeadlineExceeded);
    (void)Sleep(absl::Seconds(1));
    gate.Tell(Open{});
    EXPECT_EQ(*gate.Ask(Echo{2}), 2);
  });
  EXPECT_EQ(said_, Lines{"echo 2"});
}

TEST_F(AsideTest, AStashHoldsAsManyAsTheMailboxAndRefusesOneMore) {
  node_.Run([&] {
    const auto gate = node_->SpawnWith<Gate>({.mailbox_capacity = 2}, &said_);
    gate.Tell(Say{"one"});
    gate.Tell(Say{"two"});
    (void)Sleep(absl::Seconds(1));
    const auto refused = gate.Ask(Echo{3});
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(EffectOf(refused.status()), Effect::kNone);
    gate.Tell(Say{"three"});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(node_->dead_letters().count(), 1u);
    gate.Tell(Open{});
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(said_, (Lines{"one", "two"}));
}

TEST_F(AsideTest, WhatIsStashedAtTheEndIsUndelivered) {
  node_.Run([&] {
    const auto gate = node_->Spawn<Gate>(&said_);
    gate.Tell(Say{"one"});
    auto echo = gate.Request(Echo{2});
    (void)Sleep(absl::Seconds(1));
    gate.Stop();
    EXPECT_EQ(echo.Await().status().code(), absl::StatusCode::kNotFound);
    (void)gate.Join();
  });
  EXPECT_EQ(said_, Lines{"undelivered one"});
  EXPECT_EQ(node_->dead_letters().count(), 1u);
}

// --- Overflow::kDropOldest.

class Newest : public Actor {
 public:
  explicit Newest(Lines* said) : said_(said) {}
  void Handle(const Say& say) {
    if (say.what == "throw") throw std::runtime_error("a bug");
    said_->push_back(say.what);
  }
  int Handle(const Echo& echo) {
    if (echo.number < 0) throw std::runtime_error("a bug");
    return echo.number;
  }
  absl::Status Handle(const Nap&) { return Sleep(absl::Seconds(10)); }
  AfterPanic OnPanic(const std::string&) override { return AfterPanic::kContinue; }

 private:
  Lines* const said_;
};

constexpr int32_t kRoom = 3;

TEST_F(AsideTest, TheOldestMakesRoomForTheNewest) {
  node_.Run([&] {
    const auto newest = node_->SpawnWith<Newest>(
        {.mailbox_capacity = kRoom, .overflow = Overflow::kDropOldest}, &said_);
    newest.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(newest.Tell(Say{absl::StrCat(i)}).ok());
    EXPECT_EQ(node_->dead_letters().count(), 2u);
    (void)Sleep(absl::Seconds(20));
  });
  EXPECT_EQ(said_, (Lines{"2", "3", "4"}));
}

TEST_F(AsideTest, AnAskThatMakesRoomIsToldSo) {
  node_.Run([&] {
    const auto newest = node_->SpawnWith<Newest>(
        {.mailbox_capacity = 1, .overflow = Overflow::kDropOldest}, &said_);
    newest.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    auto first = newest.Request(Echo{1});
    auto second = newest.Request(Echo{2});
    const auto dropped = first.Await();
    EXPECT_EQ(dropped.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(EffectOf(dropped.status()), Effect::kNone);
    EXPECT_EQ(*second.Await(), 2);
    EXPECT_EQ(newest.Ask(Echo{-1}).status().code(), absl::StatusCode::kAborted);
    newest.Tell(Say{"throw"});
    EXPECT_EQ(*newest.Ask(Echo{3}), 3);
  });
}

TEST_F(AsideTest, WhatSlidesIsRefusedAtTheEnd) {
  node_.Run([&] {
    const auto newest = node_->SpawnWith<Newest>(
        {.mailbox_capacity = kRoom, .overflow = Overflow::kDropOldest}, &said_);
    newest.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    newest.Tell(Say{"left"});
    auto echo = newest.Request(Echo{1});
    newest.Stop();
    EXPECT_EQ(echo.Await().status().code(), absl::StatusCode::kNotFound);
    (void)newest.Join();
    EXPECT_EQ(newest.Tell(Say{"late"}).code(), absl::StatusCode::kNotFound);
  });
  EXPECT_TRUE(said_.empty());
  EXPECT_EQ(node_->dead_letters().count(), 2u);
}

TEST_F(AsideTest, WhatSlidesToAnActorThatNeverStartsIsRefused) {
  node_.Run([&] {
    std::optional<Prepared<Newest>> prepared(
        std::in_place, *node_,
        SpawnOptions{.mailbox_capacity = kRoom, .overflow = Overflow::kDropOldest});
    auto echo = prepared->ref().Request(Echo{1});
    prepared.reset();
    EXPECT_EQ(echo.Await().status().code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(AsideTest, AFunctionActorsMailboxSlidesToo) {
  std::vector<int> seen;
  node_.Run([&] {
    const auto slow = node_->Spawn(
        [&seen](Inbox<void(Echo)>& inbox) {
          while (auto message = inbox.Receive()) {
            message->Match([&](Echo& echo) { seen.push_back(echo.number); });
            (void)Sleep(absl::Seconds(10));
          }
        },
        {.mailbox_capacity = 2, .overflow = Overflow::kDropOldest});
    slow.Tell(Echo{0});
    (void)Sleep(absl::Seconds(1));
    for (int i = 1; i < 6; ++i) slow.Tell(Echo{i});
    (void)Sleep(absl::Seconds(60));
    slow.Stop();
  });
  EXPECT_EQ(seen, (std::vector<int>{0, 4, 5}));
}

// --- An end in order, and a tell that does not wait for ever.

TEST_F(AsideTest, AGracefulStopComesAfterWhatWasSentBefore) {
  node_.Run([&] {
    const auto newest = node_->Spawn<Newest>(&said_);
    newest.Tell(Say{"one"});
    newest.Tell(Say{"two"});
    EXPECT_TRUE(newest.StopGracefully().ok());
    newest.Tell(Say{"three"});
    EXPECT_EQ(newest.Join()->kind, ExitReason::Kind::kStopped);
    EXPECT_EQ(newest.StopGracefully().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(AnyRef().StopGracefully().code(), absl::StatusCode::kNotFound);
  });
  EXPECT_EQ(said_, (Lines{"one", "two"}));
  EXPECT_EQ(node_->dead_letters().count(), 2u);
}

TEST_F(AsideTest, AFunctionActorIsStoppedInOrderToo) {
  int handled = 0;
  node_.Run([&] {
    const auto counter = node_->Spawn([&handled](Inbox<void(Echo)>& inbox) {
      while (auto message = inbox.Receive()) ++handled;
      EXPECT_TRUE(inbox.over());
    });
    counter.Tell(Echo{});
    counter.StopGracefully();
    counter.Tell(Echo{});
    EXPECT_EQ(counter.Join()->kind, ExitReason::Kind::kStopped);
  });
  EXPECT_EQ(handled, 1);
}

TEST_F(AsideTest, ATellMayWaitForRoomOnlySoLong) {
  node_.Run([&] {
    const auto newest = node_->SpawnWith<Newest>({.mailbox_capacity = 1}, &said_);
    newest.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    newest.Tell(Say{"fits"});
    const Instant before = CurrentNode().DeadlineIn(absl::ZeroDuration());
    Say late{"late"};
    EXPECT_EQ(newest.TellWithin(absl::Seconds(2), std::move(late)).code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(late.what, "late");
    EXPECT_EQ(CurrentNode().DeadlineIn(absl::ZeroDuration()) - before, absl::Seconds(2));
    EXPECT_TRUE(newest.TellWithin(absl::Seconds(60), Say{"in time"}).ok());
    (void)Sleep(absl::Seconds(20));
  });
  EXPECT_EQ(said_, (Lines{"fits", "in time"}));
}

// --- Receiving with a limit.

TEST_F(AsideTest, AReceiveMayEndWithoutAMessage) {
  Lines told;
  node_.Run([&] {
    const auto patient = node_->Spawn([&told](Inbox<void(Echo)>& inbox) {
      if (!inbox.TryReceive()) told.push_back("nothing yet");
      if (!inbox.Receive(absl::Seconds(1)))
        told.push_back(inbox.over() ? "over" : "nothing for a second");
      if (auto message = inbox.Receive(absl::Seconds(10))) told.push_back("a message");
      (void)Sleep(absl::Seconds(1));
      if (auto message = inbox.TryReceive()) told.push_back("and another");
      if (!inbox.Receive(absl::Hours(1)) && inbox.over()) told.push_back("over");
    });
    (void)Sleep(absl::Seconds(5));
    patient.Tell(Echo{});
    patient.Tell(Echo{});
    (void)Sleep(absl::Seconds(5));
    patient.Stop();
    (void)patient.Join();
  });
  EXPECT_EQ(told,
            (Lines{"nothing yet", "nothing for a second", "a message", "and another", "over"}));
}

TEST_F(AsideTest, ALoopOfTriesHoldsNobodyUp) {
  bool other_ran = false;
  node_.Run([&] {
    const auto busy = node_->Spawn([&](Inbox<void(Echo)>& inbox) {
      while (!inbox.TryReceive() && !inbox.over()) {
      }
    });
    node_->Spawn([&](Inbox<void(Echo)>&) { other_ran = true; });
    busy.Tell(Echo{});
    EXPECT_TRUE(busy.Join().ok());
  });
  EXPECT_TRUE(other_ran);
}

}  // namespace
}  // namespace rehearse
