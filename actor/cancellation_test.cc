// Asks that are given up: what the actor that handles them learns.

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Linger {};
struct Pass {};
struct Retry {};
struct Spread {};
struct Promise {};
struct Fill {};
struct Nothing {};

// Has no room, and takes its time.
class Busy : public Actor {
 public:
  absl::Status Handle(const Linger&) { return Sleep(absl::Hours(1)); }
  void Handle(const Nothing&) { (void)Sleep(absl::Hours(1)); }
};

// Notes how each of its waits ended.
class Clerk : public Actor {
 public:
  Clerk(std::vector<absl::StatusCode>& waits, ActorRef<Busy> busy) : waits_(waits), busy_(busy) {}
  void Handle(const Linger&) {
    Note(Sleep(absl::Hours(1)));
    Note(Sleep(absl::Seconds(1)));
  }
  void Handle(const Pass&) {
    Note(busy_.Ask(Linger()));
    Note(busy_.Ask(Linger()));
  }
  void Handle(const Spread&) {
    std::vector<Pending<void>> pendings;
    pendings.push_back(busy_.Request(Linger()));
    pendings.push_back(busy_.Request(Linger()));
    Note(AwaitAny(pendings).status());
  }
  void Handle(const Fill&) {
    for (int i = 0; i < 4; ++i) Note(busy_.Tell(Nothing()));
  }
  void Handle(const Promise&, Reply<void> reply) {
    reply_.emplace_back(std::move(reply));
    Note(Sleep(absl::Seconds(9)));
  }

 private:
  void Note(const absl::Status& status) { waits_.push_back(status.code()); }

  std::vector<absl::StatusCode>& waits_;
  const ActorRef<Busy> busy_;
  std::vector<Reply<void>> reply_;
};

class CancellationTest : public testing::Test {
 protected:
  using Codes = std::vector<absl::StatusCode>;
  ActorRef<Clerk> Hire() {
    return node_->Spawn<Clerk>(std::ref(waits_), node_->SpawnWith<Busy>({.mailbox_capacity = 1}));
  }
  // Asks, and gives up after two seconds.
  template <typename M>
  void AskAndGiveUp(M message) {
    node_.Run([&] {
      const ActorRef<Clerk> clerk = Hire();
      const auto answer = clerk.Ask(message, {.reply_timeout = absl::Seconds(2)});
      EXPECT_EQ(answer.code(), absl::StatusCode::kDeadlineExceeded);
      EXPECT_TRUE(Sleep(absl::Seconds(20)).ok());
    });
  }

  std::vector<absl::StatusCode> waits_;
  TestNode node_;
};

TEST_F(CancellationTest, ASleepEndsOnceAndThenLastsItsTime) {
  AskAndGiveUp(Linger());
  EXPECT_EQ(waits_, (Codes{absl::StatusCode::kCancelled, absl::StatusCode::kOk}));
}

TEST_F(CancellationTest, AnAskEndsWithItsTimeAndTheNextIsNotSent) {
  AskAndGiveUp(Pass());
  // Its own time is what is left of the first one's.
  ASSERT_EQ(waits_.size(), 2u);
  EXPECT_NE(waits_[0], absl::StatusCode::kOk);
  EXPECT_EQ(waits_[1], absl::StatusCode::kCancelled);
}

TEST_F(CancellationTest, ADroppedRequestCancelsAnAskInProgress) {
  node_.Run([&] {
    const ActorRef<Clerk> clerk = Hire();
    {
      const auto pending = clerk.Request(Pass());
      EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
    }
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
  });
  EXPECT_EQ(waits_, (Codes{absl::StatusCode::kCancelled, absl::StatusCode::kCancelled}));
}

TEST_F(CancellationTest, AWaitForSeveralEnds) {
  node_.Run([&] {
    const ActorRef<Clerk> clerk = Hire();
    auto pending = clerk.Request(Spread());
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
    pending.Cancel();
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
  });
  EXPECT_EQ(waits_, Codes{absl::StatusCode::kCancelled});
}

TEST_F(CancellationTest, ATellThatWaitsForRoomEnds) {
  AskAndGiveUp(Fill());
  EXPECT_EQ(waits_, (Codes{absl::StatusCode::kOk, absl::StatusCode::kOk,
                           absl::StatusCode::kCancelled, absl::StatusCode::kOk}));  // once only
}

TEST_F(CancellationTest, AKilledAskerIsOneThatGaveUp) {
  node_.Run([&] {
    const ActorRef<Clerk> clerk = Hire();
    const auto killed = node_->Spawn([clerk](Inbox<void(Nothing)>&) { (void)clerk.Ask(Linger()); });
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
    killed.Kill();
    EXPECT_TRUE(Sleep(absl::Seconds(5)).ok());
  });
  EXPECT_EQ(waits_, (Codes{absl::StatusCode::kCancelled, absl::StatusCode::kOk}));
}

TEST_F(CancellationTest, WhoHasGivenItsReplyAwayIsLeftAlone) {
  AskAndGiveUp(Promise());
  EXPECT_EQ(waits_, Codes{absl::StatusCode::kOk});
}

}  // namespace
}  // namespace rehearse
