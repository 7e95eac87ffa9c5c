#include "rehearse/actor/patterns/message_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Mail = MessageQueue<std::string>;
using Letter = QueueDelivery<std::string>;
using Lines = std::vector<std::string>;

// Keeps what it gets, and settles when it is told to.
struct SettleAll {};
class Reader : public Actor {
 public:
  Reader(ActorRef<Mail> mail, std::vector<Letter>* got) : mail_(std::move(mail)), got_(got) {}
  void Handle(const Letter& letter) {
    got_->push_back(letter);
    open_.push_back(letter);
  }
  void Handle(const SettleAll&) {
    for (const Letter& letter : std::exchange(open_, {})) mail_.Tell(Ack{letter.queue, letter.tag});
  }

 private:
  const ActorRef<Mail> mail_;
  std::vector<Letter>* const got_;
  std::vector<Letter> open_;
};

class MessageQueueTest : public testing::Test {
 public:
  void Run(absl::AnyInvocable<void()> program) {
    node_.Run([&] {
      mail_ = node_->Spawn<Mail>();
      EXPECT_TRUE(mail_.Ask(DeclareQueue{"q"}).ok());
      program();
    });
  }
  absl::StatusOr<size_t> Publish(const std::string& text) {
    return mail_.Ask(PublishTo<std::string>{.key = "q", .message = text});
  }
  QueueCounts Counts() { return *mail_.Ask(GetQueueCounts{"q"}); }
  ActorRef<Reader> Read(std::vector<Letter>* got, size_t prefetch) {
    auto reader = node_->Spawn<Reader>(mail_, got);
    EXPECT_TRUE(mail_.Ask(Consume<std::string>{"q", reader, prefetch}).ok());
    return reader;
  }
  void Settle() { (void)Sleep(absl::Milliseconds(1)); }

  ActorRef<Mail> mail_;
  std::vector<Letter> one_;
  std::vector<Letter> two_;
  TestNode node_;
};

TEST_F(MessageQueueTest, EachMessageGoesToOneConsumer) {
  Run([&] {
    Read(&one_, 10);
    Read(&two_, 10);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(*Publish(absl::StrCat(i)), 1u);
    Settle();
    EXPECT_EQ(one_.size(), 3u);
    EXPECT_EQ(two_.size(), 3u);
    EXPECT_EQ(one_[1].message, "2");
    EXPECT_EQ(two_[1].message, "3");
    EXPECT_EQ(Counts(), (QueueCounts{.unacked = 6, .consumers = 2}));
  });
}

TEST_F(MessageQueueTest, HandsOutNoMoreThanThePrefetchUntilAcked) {
  Run([&] {
    auto reader = Read(&one_, 2);
    for (int i = 0; i < 5; ++i) (void)Publish(absl::StrCat(i));
    Settle();
    EXPECT_EQ(one_.size(), 2u);
    for (const size_t seen : {4u, 5u, 5u}) {
      reader.Tell(SettleAll{});
      Settle();
      EXPECT_EQ(one_.size(), seen);
    }
    EXPECT_EQ(Counts(), (QueueCounts{.consumers = 1}));
  });
}

TEST_F(MessageQueueTest, WhatADeadConsumerHadIsRedeliveredInOrder) {
  Run([&] {
    auto reader = Read(&one_, 3);
    for (int i = 0; i < 4; ++i) (void)Publish(absl::StrCat(i));
    Settle();
    reader.Kill();
    (void)reader.Join();
    Read(&two_, 10);
    Settle();
    Lines got;
    for (const Letter& letter : two_) {
      got.push_back(absl::StrCat(letter.message, letter.redelivered ? " again" : ""));
    }
    EXPECT_EQ(got, (Lines{"0 again", "1 again", "2 again", "3"}));
    EXPECT_EQ(mail_.Ask(Ack{"q", one_[0].tag}).code(), absl::StatusCode::kNotFound);
    mail_.Tell(Ack{"q", one_[0].tag});  // too late, and no panic
    EXPECT_EQ(Counts(), (QueueCounts{.unacked = 4, .consumers = 1}));
  });
}

TEST_F(MessageQueueTest, NackGivesBackOrRejects) {
  Run([&] {
    Read(&one_, 1);
    (void)Publish("a");
    Settle();
    EXPECT_TRUE(mail_.Ask(Nack{"q", one_[0].tag}).ok());
    Settle();
    ASSERT_EQ(one_.size(), 2u);
    EXPECT_TRUE(one_[1].redelivered);
    EXPECT_TRUE(mail_.Ask(Nack{"q", one_[1].tag, /*requeue=*/false}).ok());
    EXPECT_EQ(mail_.Ask(Nack{"q", one_[1].tag}).code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(Counts(), (QueueCounts{.consumers = 1}));
    EXPECT_EQ(node_->dead_letters().count(), 1u);
  });
}

TEST_F(MessageQueueTest, CancelledConsumerGivesBackWhatItHas) {
  Run([&] {
    auto reader = node_->Spawn<Reader>(mail_, &one_);
    const uint64_t consumer = *mail_.Ask(Consume<std::string>{"q", reader});
    (void)Publish("a");
    EXPECT_TRUE(mail_.Ask(CancelConsumer{consumer}).ok());
    EXPECT_EQ(Counts(), (QueueCounts{.ready = 1}));
    EXPECT_EQ(mail_.Ask(CancelConsumer{consumer}).code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(MessageQueueTest, FullQueueRefusesAndTakesAgainWhenThereIsRoom) {
  Run([&] {
    EXPECT_TRUE(mail_.Ask(DeclareQueue{"small", {.messages_max = 2}}).ok());
    EXPECT_TRUE(mail_.Ask(DeclareExchange{"both", ExchangeKind::kFanout}).ok());
    EXPECT_TRUE(mail_.Ask(BindQueue{"both", {.queue = "q"}}).ok());
    EXPECT_TRUE(mail_.Ask(BindQueue{"both", {.queue = "small"}}).ok());
    const auto publish = [&] {
      return mail_.Ask(PublishTo<std::string>{.exchange = "both", .message = "a"});
    };
    EXPECT_EQ(*publish(), 2u);
    EXPECT_EQ(*publish(), 2u);
    EXPECT_EQ(publish().status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Counts().ready, 2u);  // to all or to none
    auto reader = node_->Spawn<Reader>(mail_, &one_);
    (void)mail_.Ask(Consume<std::string>{"small", reader, 1});
    EXPECT_FALSE(publish().ok());  // with a consumer, a message is still the queue's
    reader.Tell(SettleAll{});
    Settle();
    EXPECT_TRUE(publish().ok());
  });
}

TEST_F(MessageQueueTest, ToldMessageThatReachesNoQueueIsADeadLetter) {
  Run([&] {
    mail_.Tell(PublishTo<std::string>{.key = "nowhere", .message = "a"});
    mail_.Tell(PublishTo<std::string>{.exchange = "none", .message = "a"});
    EXPECT_EQ(*mail_.Ask(PublishTo<std::string>{.key = "nowhere", .message = "a"}), 0u);
    EXPECT_EQ(node_->dead_letters().count(), 2u);
  });
}

// More prefetched than its mailbox holds.
TEST_F(MessageQueueTest, ConsumerWithAFullMailboxIsTriedAgain) {
  Run([&] {
    struct Nap {};
    class Napping : public Actor {
     public:
      explicit Napping(std::vector<Letter>* got) : got_(got) {}
      void Handle(const Letter& letter) { got_->push_back(letter); }
      absl::Status Handle(const Nap&) { return Sleep(absl::Seconds(1)); }

     private:
      std::vector<Letter>* const got_;
    };
    auto reader = node_->SpawnWith<Napping>({.mailbox_capacity = 2}, &one_);
    reader.Tell(Nap{});
    Settle();
    (void)mail_.Ask(Consume<std::string>{"q", reader, 10});
    for (int i = 0; i < 5; ++i) (void)Publish(absl::StrCat(i));
    EXPECT_TRUE(mail_.Ask(DeclareQueue{"r"}).ok());
    (void)mail_.Ask(Consume<std::string>{"r", reader, 10});
    (void)mail_.Ask(PublishTo<std::string>{.key = "r", .message = "a"});
    EXPECT_TRUE(mail_.Ask(DeleteQueue{"r"}).ok());  // while it is to be tried again
    (void)Sleep(absl::Seconds(2));
    ASSERT_EQ(one_.size(), 5u);
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(one_[i].message, absl::StrCat(i));
      EXPECT_FALSE(one_[i].redelivered);
    }
  });
}

TEST_F(MessageQueueTest, DeletedQueueTakesItsMessagesBindingsAndConsumersAlong) {
  Run([&] {
    EXPECT_TRUE(mail_.Ask(DeclareExchange{"e", ExchangeKind::kFanout}).ok());
    EXPECT_TRUE(mail_.Ask(BindQueue{"e", {.queue = "q"}}).ok());
    auto reader = Read(&one_, 1);
    (void)Publish("a");
    (void)Publish("b");
    EXPECT_TRUE(mail_.Ask(DeleteQueue{"q"}).ok());
    EXPECT_EQ(node_->dead_letters().count(), 2u);
    EXPECT_EQ(*mail_.Ask(PublishTo<std::string>{.exchange = "e", .message = "c"}), 0u);
    reader.Stop();
    (void)reader.Join();
    EXPECT_EQ(mail_.Ask(DeleteQueue{"q"}).code(), absl::StatusCode::kNotFound);
    EXPECT_TRUE(mail_.Ask(DeleteExchange{"e"}).ok());
    EXPECT_EQ(mail_.Ask(DeleteExchange{"e"}).code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(MessageQueueTest, SaysWhatIsWrongWithARequest) {
  Run([&] {
    using Code = absl::StatusCode;
    const Recipient<Letter> reader = node_->Spawn<Reader>(mail_, &one_);
    const auto consume = [&](const std::string& queue, Recipient<Letter> to, size_t prefetch) {
      return mail_.Ask(Consume<std::string>{queue, std::move(to), prefetch}).status().code();
    };
    EXPECT_EQ(consume("none", reader, 1), Code::kNotFound);
    EXPECT_EQ(consume("q", reader, 0), Code::kInvalidArgument);
    EXPECT_EQ(consume("q", Recipient<Letter>(), 1), Code::kInvalidArgument);
    EXPECT_EQ(mail_.Ask(DeclareQueue{"r", {.messages_max = 0}}).code(), Code::kInvalidArgument);
    EXPECT_EQ(mail_.Ask(DeclareExchange{""}).code(), Code::kInvalidArgument);
    EXPECT_TRUE(mail_.Ask(DeclareExchange{"e", ExchangeKind::kTopic}).ok());
    EXPECT_TRUE(mail_.Ask(DeclareExchange{"e", ExchangeKind::kTopic}).ok());
    EXPECT_EQ(mail_.Ask(DeclareExchange{"e"}).code(), Code::kAlreadyExists);
    EXPECT_EQ(mail_.Ask(BindQueue{"e", {.queue = "q", .key = ""}}).code(), Code::kInvalidArgument);
    EXPECT_EQ(mail_.Ask(BindQueue{"e", {.queue = "r"}}).code(), Code::kNotFound);
    EXPECT_EQ(mail_.Ask(BindQueue{"f", {.queue = "q"}}).code(), Code::kNotFound);
    EXPECT_EQ(mail_.Ask(UnbindQueue{"e", {.queue = "q"}}).code(), Code::kNotFound);
    EXPECT_EQ(mail_.Ask(GetQueueCounts{"r"}).status().code(), Code::kNotFound);
  });
}

}  // namespace
}  // namespace rehearse
