// Function actors: their loop, their asks, and how they end.

#include "rehearse/actor/inbox.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Add {
  int64_t amount = 0;
};
struct Get {};
struct Nap {
  absl::Duration length;
};
class Dozer : public Actor {
 public:
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
};

using AddInbox = Inbox<void(Add), int64_t(Get)>;

class InboxTest : public testing::Test {
 public:
  // Stops and joins are the same for each kind of actor.
  template <typename Ref>
  static ActorRef<Dozer> Life(const Ref& ref) {
    return ActorRef<Dozer>(ref.cell());
  }
  int64_t millis() { return node_.world().now().nanos() / 1000000; }

  Lines said_;
  TestNode node_;
};

TEST_F(InboxTest, IdleActorThatIsStoppedSeesTheEndAndIsStopped) {
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      while (inbox.Receive()) said_.push_back("message");
      said_.push_back("ended");
    });
    (void)Sleep(absl::Seconds(1));
    Life(actor).Stop();
    EXPECT_EQ(Life(actor).Join()->ToString(), "stopped");
  });
  EXPECT_EQ(said_, Lines{"ended"});
}

TEST_F(InboxTest, ActorStoppedBeforeItBeganSeesTheEndAtItsFirstReceive) {
  node_.Run([&] {
    auto actor = node_->Spawn(
        [&](AddInbox& inbox) { said_.push_back(inbox.Receive() ? "message" : "ended"); });
    actor.Tell(Add{1});
    Life(actor).Stop();
    EXPECT_EQ(Life(actor).Join()->ToString(), "stopped");
  });
  EXPECT_EQ(said_, Lines{"ended"});
  EXPECT_EQ(node_->dead_letters().count(), 1u);
}

TEST_F(InboxTest, BusyActorThatIsStoppedFinishesItsMessageFirst) {
  absl::StatusOr<int64_t> answered;
  absl::Status refused;
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([](Add&) {},
                       [&](Get&) -> int64_t {
                         Life(inbox.self()).Stop();
                         return 7;
                       });
      }
      said_.push_back("ended");
    });
    auto first = actor.Request(Get{});
    auto second = actor.Request(Get{});
    answered = first.Await();
    refused = second.Await().status();
    EXPECT_EQ(Life(actor).Join()->ToString(), "stopped");
  });
  EXPECT_EQ(*answered, 7);
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(refused), Effect::kNone);
  EXPECT_EQ(said_, Lines{"ended"});
}

TEST_F(InboxTest, StopInANestedWaitCancelsItAndThenEndsTheInbox) {
  absl::Status nested;
  node_.Run([&] {
    auto dozer = node_->Spawn<Dozer>();
    auto actor = node_->Spawn([&, dozer](AddInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([&](Add&) { nested = dozer.Ask(Nap{absl::Hours(1)}); },
                       [](Get&) -> int64_t { return 0; });
      }
      said_.push_back("ended");
    });
    actor.Tell(Add{});
    (void)Sleep(absl::Seconds(1));
    Life(actor).Stop();
    EXPECT_EQ(Life(actor).Join()->ToString(), "stopped");
    EXPECT_EQ(millis(), 1000);
  });
  EXPECT_EQ(nested.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(said_, Lines{"ended"});
}

TEST_F(InboxTest, ActorThatIgnoresTheEndOfItsInboxIsUnwound) {
  int ends = 0;
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      while (true) {
        if (!inbox.Receive()) ++ends;
      }
    });
    (void)Sleep(absl::Seconds(1));
    Life(actor).Stop();
    EXPECT_EQ(Life(actor).Join()->kind, ExitReason::Kind::kKilled);
  });
  EXPECT_EQ(ends, 7) << "the eighth wait after a stop unwinds";
}

TEST_F(InboxTest, KilledWhileIdleItUnwindsAndRunsNoMore) {
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      struct Saying {
        ~Saying() { said->push_back("left"); }
        Lines* said;
      } saying{&said_};
      while (inbox.Receive()) {
      }
      said_.push_back("never");
    });
    (void)Sleep(absl::Seconds(1));
    Life(actor).Kill();
    EXPECT_EQ(Life(actor).Join()->ToString(), "killed");
  });
  EXPECT_EQ(said_, Lines{"left"});
}

TEST_F(InboxTest, ThrowingFunctionPanicsAndItsAskerLearnsIt) {
  absl::Status status;
  node_.Run([&] {
    auto actor = node_->Spawn([](AddInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([](Add&) {}, [](Get&) -> int64_t { throw std::runtime_error("a bug"); });
      }
    });
    status = actor.Ask(Get{}).status();
    EXPECT_EQ(Life(actor).Join()->ToString(), "panicked: a bug");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(EffectOf(status), Effect::kMaybe);
}

TEST_F(InboxTest, AskThatIsReceivedAndDroppedIsAborted) {
  absl::Status status;
  node_.Run([&] {
    auto actor = node_->Spawn([](AddInbox& inbox) {
      while (inbox.Receive()) {
      }
    });
    status = actor.Ask(Get{}).status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
}

TEST_F(InboxTest, AskThatTheNextMessageReplacesIsAborted) {
  absl::Status first = absl::UnknownError("never answered");
  absl::StatusOr<int64_t> second;
  int received = 0;
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      std::optional<Received<void(Add), int64_t(Get)>> message;
      while ((message = inbox.Receive())) {
        if (++received == 2) message->Match([](Add&) {}, [](Get&) -> int64_t { return 2; });
      }
    });
    Task::Start(*node_, "asker", [&, actor] { first = actor.Ask(Get{}).status(); }).Unref();
    (void)Sleep(absl::Seconds(1));
    second = actor.Ask(Get{});
  });
  EXPECT_EQ(first.code(), absl::StatusCode::kAborted) << first;
  EXPECT_EQ(*second, 2);
}

TEST_F(InboxTest, AskBetweenTwoMessagesHasNoDeadlineOfThePreviousOne) {
  absl::Status between = absl::UnknownError("not asked");
  node_.Run([&] {
    auto dozer = node_->Spawn<Dozer>();
    auto actor = node_->Spawn([&, dozer](AddInbox& inbox) {
      {
        auto message = inbox.Receive();
        message->Match([](Add&) {}, [](Get&) -> int64_t { return 1; });
      }
      between = dozer.Ask(Nap{absl::Seconds(9)});
    });
    EXPECT_TRUE(actor.Ask(Get{}, {.reply_timeout = absl::Seconds(2)}).ok());
    (void)Life(actor).Join();
  });
  EXPECT_TRUE(between.ok()) << between;
}

TEST_F(InboxTest, AskMadeForAMessageEndsNoLaterThanThatMessagesDeadline) {
  absl::Status nested;
  node_.Run([&] {
    auto dozer = node_->Spawn<Dozer>();
    auto actor = node_->Spawn([&, dozer](AddInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([](Add&) {},
                       [&](Get&) -> int64_t {
                         nested = dozer.Ask(Nap{absl::Hours(1)});
                         return millis();
                       });
      }
    });
    EXPECT_FALSE(actor.Ask(Get{}, {.reply_timeout = absl::Seconds(2)}).ok());
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(nested.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(InboxTest, ExpiredAskIsNotReceived) {
  absl::Status status;
  int received = 0;
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      (void)Sleep(absl::Seconds(10));
      while (auto message = inbox.Receive()) {
        ++received;
        message->Match([](Add&) {}, [](Get&) -> int64_t { return 1; });
      }
    });
    auto pending = actor.Request(Get{}, {.reply_timeout = absl::Seconds(1)});
    actor.Tell(Add{});
    (void)Sleep(absl::Seconds(20));
    status = pending.Await().status();
  });
  EXPECT_EQ(received, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(EffectOf(status), Effect::kNone);
}

TEST_F(InboxTest, MessagesLeftWhenTheFunctionReturnsAreRefused) {
  absl::Status refused;
  node_.Run([&] {
    auto actor = node_->Spawn([](AddInbox& inbox) { (void)inbox.Receive(); });
    actor.Tell(Add{1});
    actor.Tell(Add{2});
    refused = actor.Ask(Get{}).status();
    EXPECT_EQ(Life(actor).Join()->ToString(), "normal");
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(node_->dead_letters().count(), 1u);
}

TEST_F(InboxTest, MessagesComeInOrderThroughALongQueue) {
  std::vector<int64_t> got;
  node_.Run([&] {
    auto actor = node_->Spawn([&](AddInbox& inbox) {
      while (auto message = inbox.Receive()) got.push_back(message->As<Add>()->amount);
    });
    for (int64_t i = 0; i < 1000; ++i) EXPECT_TRUE(actor.Tell(Add{i}).ok());
  });
  ASSERT_EQ(got.size(), 1000u);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], static_cast<int64_t>(i));
}

}  // namespace
}  // namespace rehearse
