// Weak refs, recipients, groups: refs by other names.

#include "rehearse/actor/recipient.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/group.h"
#include "rehearse/actor/map.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/weak_ref.h"

namespace rehearse {
namespace {

struct Add {
  int64_t amount = 0;
};
struct Get {};
struct Text {
  std::string digits;
};

class Sum : public Actor {
 public:
  int64_t Handle(const Add& add) { return sum_ += add.amount; }
  int64_t Handle(const Get&) { return sum_; }

 private:
  int64_t sum_ = 0;
};

using SumProtocol = Protocol<int64_t(Add), int64_t(Get)>;

class RefsTest : public testing::Test {
 public:
  TestNode node_;
};

TEST_F(RefsTest, WeakRefGivesTheActorAsLongAsItLives) {
  node_.Run([&] {
    auto sum = node_->Spawn<Sum>();
    const WeakRef<Sum> weak(sum);
    const WeakRef<SumProtocol> by_protocol{ActorRef<SumProtocol>(sum)};
    EXPECT_EQ(weak.id(), sum.id());
    EXPECT_EQ(weak.Upgrade(), sum);
    EXPECT_EQ(*by_protocol.Upgrade().Ask(Add{2}), 2);
    sum.Stop();
    (void)sum.Join();
    EXPECT_FALSE(weak.Upgrade());
    EXPECT_FALSE(by_protocol.Upgrade());
    EXPECT_FALSE(WeakRef<Sum>().Upgrade());
  });
}

TEST_F(RefsTest, WeakRefDoesNotKeepAnActorThatLivesByItsRefs) {
  node_.Run([&] {
    auto sum = node_->SpawnWith<Sum>({.stop_when_unreferenced = true});
    const WeakRef<Sum> weak(sum);
    {
      const ActorRef<Sum> second = weak.Upgrade();
      EXPECT_EQ(sum.strong_count(), 2u);
    }
    EXPECT_EQ(sum.strong_count(), 1u);
    sum = {};
    EXPECT_FALSE(weak.Upgrade());  // though it has yet to end
  });
}

TEST_F(RefsTest, RecipientTakesAMessageWhateverTheAnswer) {
  node_.Run([&] {
    auto sum = node_->Spawn<Sum>();
    const Recipient<Add> by_class = sum;
    const Recipient<Add> by_protocol = ActorRef<SumProtocol>(sum);
    EXPECT_TRUE(by_class.Tell(Add{1}).ok());
    EXPECT_TRUE(by_protocol.TryTell(Add{2}).ok());
    EXPECT_EQ(*sum.Ask(Get{}), 3);
    EXPECT_EQ(by_class, by_protocol);
    EXPECT_EQ(by_class.ToString(), sum.ToString());
  });
}

TEST_F(RefsTest, ReplyRecipientAsks) {
  node_.Run([&] {
    auto sum = node_->Spawn<Sum>();
    const ReplyRecipient<Add, int64_t> adder = sum;
    const ReplyRecipient<Add, int64_t> by_protocol = ActorRef<SumProtocol>(sum);
    EXPECT_EQ(*adder.Ask(Add{1}), 1);
    auto pending = by_protocol.Request(Add{2});
    EXPECT_EQ(*pending.Await(), 3);
    EXPECT_TRUE(adder.Tell(Add{3}).ok());
    EXPECT_EQ(*sum.Ask(Get{}), 6);
  });
}

TEST_F(RefsTest, RefsThatNameNobodyGiveErrors) {
  node_.Run([&] {
    EXPECT_EQ(Recipient<Add>().Tell(Add{}).code(), absl::StatusCode::kNotFound);
    EXPECT_EQ((ReplyRecipient<Add, int64_t>().Tell(Add{}).code()), absl::StatusCode::kNotFound);
    EXPECT_EQ((ReplyRecipient<Add, int64_t>().Ask(Add{}).status().code()),
              absl::StatusCode::kNotFound);
    EXPECT_EQ(ActorRef<SumProtocol>().Tell(Add{}).code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ActorRef<SumProtocol>().Ask(Get{}).status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ActorRef<SumProtocol>().Request(Get{}).Await().status().code(),
              absl::StatusCode::kNotFound);
    EXPECT_EQ(Recipient<Add>(ActorRef<SumProtocol>()).Tell(Add{}).code(),
              absl::StatusCode::kNotFound);
    EXPECT_FALSE(Recipient<Add>());
  });
}

TEST_F(RefsTest, MapChangesAMessageOnItsWay) {
  node_.Run([&] {
    auto sum = node_->Spawn<Sum>();
    const Recipient<int> numbers =
        Map<int>(Recipient<Add>(sum), [](int number) { return Add{number}; });
    EXPECT_TRUE(numbers.Tell(4).ok());
    EXPECT_EQ(*sum.Ask(Get{}), 4);
    EXPECT_EQ(numbers.ToString(), sum.ToString());
  });
}

TEST_F(RefsTest, MapThatFailsSendsNothingAndLeavesTheMessage) {
  node_.Run([&] {
    auto sum = node_->Spawn<Sum>();
    const Recipient<Text> texts =
        Map<Text>(Recipient<Add>(sum), [](const Text& text) -> absl::StatusOr<Add> {
          int64_t amount;
          if (!absl::SimpleAtoi(text.digits, &amount)) {
            return absl::InvalidArgumentError("no number");
          }
          return Add{amount};
        });
    EXPECT_TRUE(texts.Tell(Text{"5"}).ok());
    Text word{"five"};
    EXPECT_EQ(texts.Tell(std::move(word)).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(word.digits, "five");
    EXPECT_EQ(*sum.Ask(Get{}), 5);
  });
}

TEST_F(RefsTest, RefsAreEqualOrderedHashedAndPrinted) {
  node_.Run([&] {
    auto one = node_->Spawn<Sum>();
    auto other = node_->Spawn<Sum>();
    EXPECT_NE(one, other);
    EXPECT_LT(one, other);  // by their ids, in order of their spawns
    EXPECT_FALSE(one < one);
    EXPECT_TRUE(absl::EndsWith(one.ToString(), "Sum#1 on node"));
    EXPECT_EQ(absl::Hash<ActorRef<Sum>>()(one), absl::Hash<ActorRef<Sum>>()(ActorRef<Sum>(one)));
  });
}

TEST_F(RefsTest, GroupTellsAllAndEachInTurn) {
  node_.Run([&] {
    std::vector<ActorRef<Sum>> sums;
    Group<Add> group;
    for (int i = 0; i < 3; ++i) {
      sums.push_back(node_->Spawn<Sum>());
      EXPECT_TRUE(group.AddUnique(sums.back()));
    }
    EXPECT_FALSE(group.AddUnique(sums[0]));
    EXPECT_EQ(group.TellAll(Add{10}), 3u);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(group.TellOne(Add{1}).ok());
    EXPECT_EQ(*sums[0].Ask(Get{}), 12);
    EXPECT_EQ(*sums[1].Ask(Get{}), 11);
  });
}

TEST_F(RefsTest, GroupPassesOverThoseThatHaveEnded) {
  node_.Run([&] {
    auto alive = node_->Spawn<Sum>();
    auto dead = node_->Spawn<Sum>();
    dead.Kill();
    (void)dead.Join();
    Group<Add> group({dead, alive});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(group.TellOne(Add{1}).ok());
    EXPECT_EQ(group.TellAll(Add{1}), 1u);
    EXPECT_EQ(group.size(), 2u);
    group.RemoveEnded();
    EXPECT_EQ(group.size(), 1u);
    EXPECT_EQ(*alive.Ask(Get{}), 4);
    EXPECT_TRUE(group.Remove(alive));
    EXPECT_EQ(group.TellOne(Add{1}).code(), absl::StatusCode::kNotFound);
  });
}

}  // namespace
}  // namespace rehearse
