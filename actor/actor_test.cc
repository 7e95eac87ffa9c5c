#include "rehearse/actor/actor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Inc {
  int64_t amount = 1;
};
struct Get {};
struct Fail {};
struct Panic {};
struct Nap {
  absl::Duration length;
};

class Counter : public Actor {
 public:
  explicit Counter(std::vector<std::string>* said = nullptr) : said_(said) {}

  int64_t Handle(const Inc& inc) { return count_ += inc.amount; }
  int64_t Handle(const Get&) { return count_; }
  absl::Status Handle(const Fail&) { return absl::DataLossError("bad disk"); }
  void Handle(const Panic&) { throw std::runtime_error("a bug"); }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }

  void OnStop(const ExitReason& reason) override {
    if (said_ != nullptr) said_->push_back(reason.ToString());
  }

 private:
  std::vector<std::string>* said_;
  int64_t count_ = 0;
};

class ActorTest : public testing::Test {
 public:
  TestNode node_;
  std::vector<std::string> said_;
};

TEST_F(ActorTest, TellsAndAsksAreHandledInOrder) {
  absl::StatusOr<int64_t> total;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>();
    for (int i = 0; i < 10; ++i) counter.Tell(Inc{.amount = 1});
    total = counter.Ask(Inc{.amount = 32});
  });
  ASSERT_TRUE(total.ok()) << total.status();
  EXPECT_EQ(*total, 42);
}

TEST_F(ActorTest, HandlersOwnErrorReachesTheAskerUnchanged) {
  absl::Status status;
  node_.Run([&] { status = node_->Spawn<Counter>().Ask(Fail{}); });
  EXPECT_EQ(status, absl::DataLossError("bad disk"));
  EXPECT_FALSE(IsFrameworkError(status));
}

TEST_F(ActorTest, PanicEndsTheActorAndTheAskerLearnsThatTheEffectIsUnknown) {
  absl::Status status;
  absl::StatusOr<ExitReason> reason;
  absl::StatusOr<int64_t> later;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>(&said_);
    status = counter.Ask(Panic{});
    reason = counter.Join();
    later = counter.Ask(Get{});
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(absl::StrContains(status.message(), "a bug")) << status;
  EXPECT_EQ(EffectOf(status), Effect::kMaybe);
  ASSERT_TRUE(reason.ok());
  EXPECT_EQ(reason->ToString(), "panicked: a bug");
  EXPECT_EQ(said_, std::vector<std::string>{"panicked: a bug"});
  EXPECT_EQ(later.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(later.status()), Effect::kNone);
}

TEST_F(ActorTest, ErrorStatusOfAToldHandlerIsAPanic) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>();
    counter.Tell(Fail{});
    reason = counter.Join();
  });
  ASSERT_TRUE(reason.ok());
  EXPECT_EQ(reason->kind, ExitReason::Kind::kPanicked);
}

TEST_F(ActorTest, AskTimesOutAndTheLateAnswerIsDropped) {
  absl::Status status;
  absl::StatusOr<int64_t> next;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>();
    status = counter.Ask(Nap{absl::Seconds(10)}, {.reply_timeout = absl::Seconds(1)});
    EXPECT_EQ(node_.world().now().nanos(), 1000000000);
    next = counter.Ask(Get{});
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(EffectOf(status), Effect::kMaybe);
  EXPECT_TRUE(next.ok());
}

TEST_F(ActorTest, StopCancelsTheHandlersWaitAndRunsOnStop) {
  absl::Status status;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>(&said_);
    auto pending = counter.Request(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    counter.Stop();
    status = pending.Await();
    EXPECT_TRUE(counter.Join().ok());
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(said_, std::vector<std::string>{"stopped"});
  EXPECT_LT(node_.world().now().nanos(), 2000000000);
}

TEST_F(ActorTest, KillUnwindsTheHandler) {
  absl::Status status;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>(&said_);
    auto pending = counter.Request(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    counter.Kill();
    status = pending.Await();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(said_, std::vector<std::string>{"killed"});
}

// Asks for ever, whatever it is told.
class Stubborn : public Actor {
 public:
  explicit Stubborn(ActorRef<Counter> counter) : counter_(counter) {}
  void Handle(const Get&) {
    while (!counter_.Ask(Nap{absl::Hours(1)}).ok()) {
    }
  }

 private:
  ActorRef<Counter> counter_;
};

TEST_F(ActorTest, HandlerThatLoopsOnFailedAsksDiesWhenStopped) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    ActorRef<Stubborn> stubborn = node_->Spawn<Stubborn>(node_->Spawn<Counter>());
    stubborn.Tell(Get{});
    (void)Sleep(absl::Seconds(1));
    stubborn.Stop();
    reason = stubborn.Join();
  });
  ASSERT_TRUE(reason.ok()) << reason.status();
  EXPECT_EQ(reason->kind, ExitReason::Kind::kKilled);
}

TEST_F(ActorTest, FullMailboxMakesTellWaitAndTryTellRefuse) {
  SendResult tried;
  bool told = false;
  node_.Run([&] {
    ActorRef<Counter> counter = node_->SpawnWith<Counter>({.mailbox_capacity = 2});
    counter.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Milliseconds(1));
    counter.Tell(Inc{});
    counter.Tell(Inc{});
    tried = counter.TryTell(Inc{});
    EXPECT_EQ(node_.world().now().nanos(), 1000000);
    told = counter.Tell(Inc{}).ok();
    EXPECT_GE(node_.world().now().nanos(), 1000000000);
    EXPECT_EQ(*counter.Ask(Get{}), 3);
  });
  EXPECT_EQ(tried.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(EffectOf(tried.status()), Effect::kNone);
  EXPECT_TRUE(told);
}

TEST_F(ActorTest, AskOfItselfIsAnErrorAtOnce) {
  struct Ask {};
  class Selfish : public Actor {
   public:
    absl::Status Handle(const Get&) { return absl::OkStatus(); }
    absl::Status Handle(const Ask&) { return Self(this).Ask(Get{}); }
  };
  absl::Status status;
  node_.Run([&] { status = node_->Spawn<Selfish>().Ask(Ask{}); });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "asked itself")) << status;
}

class Watcher : public Actor {
 public:
  Watcher(ActorRef<Counter> watched, std::vector<std::string>* said)
      : watched_(watched), said_(said) {}
  absl::Status OnStart() override {
    Monitor(Self(this), watched_);
    return absl::OkStatus();
  }
  void Handle(const Down& down) { said_->push_back(down.reason.ToString()); }

 private:
  ActorRef<Counter> watched_;
  std::vector<std::string>* said_;
};

TEST_F(ActorTest, MonitorIsToldOnceOfAnEndBeforeOrAfter) {
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>();
    node_->Spawn<Watcher>(counter, &said_);
    (void)Sleep(absl::Seconds(1));
    counter.Tell(Panic{});
    (void)counter.Join();
    node_->Spawn<Watcher>(counter, &said_);
  });
  EXPECT_EQ(said_, (std::vector<std::string>{"panicked: a bug", "panicked: a bug"}));
}

TEST_F(ActorTest, FunctionActorOwnsItsLoop) {
  absl::StatusOr<int64_t> balance;
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto teller = node_->Spawn([](Inbox<void(Inc), int64_t(Get)>& inbox) {
      int64_t total = 0;
      while (auto message = inbox.Receive()) {
        message->Match([&](Inc& inc) { total += inc.amount; },
                       [&](Get&, Reply<int64_t> reply) { std::move(reply).Send(total); });
        if (total == 42) return;
      }
    });
    teller.Tell(Inc{20});
    (void)Sleep(absl::Seconds(1));
    teller.Tell(Inc{21});
    balance = teller.Ask(Get{});
    teller.Tell(Inc{1});
    reason = ActorRef<Counter>(teller.cell()).Join();
  });
  ASSERT_TRUE(balance.ok()) << balance.status();
  EXPECT_EQ(*balance, 41);
  EXPECT_EQ(reason->kind, ExitReason::Kind::kNormal);
}

TEST_F(ActorTest, StoppedFunctionActorSeesTheEndOfItsInbox) {
  node_.Run([&] {
    auto actor = node_->Spawn([this](Inbox<void(Inc)>& inbox) {
      while (inbox.Receive()) {
      }
      said_.push_back("ended");
    });
    (void)Sleep(absl::Seconds(1));
    ActorRef<Counter>(actor.cell()).Stop();
  });
  EXPECT_EQ(said_, std::vector<std::string>{"ended"});
}

using CounterProtocol = Protocol<int64_t(Inc), int64_t(Get)>;

TEST_F(ActorTest, ProtocolRefReachesAnyActorThatHandlesIt) {
  int64_t total = 0;
  node_.Run([&] {
    const ActorRef<CounterProtocol> counter = node_->Spawn<Counter>();
    counter.Tell(Inc{2});
    total = *counter.Ask(Inc{3});
  });
  EXPECT_EQ(total, 5);
}

TEST_F(ActorTest, LateReplyIsSentFromElsewhereAndADroppedOneAborts) {
  struct Later {};
  struct Release {};
  struct Drop {};
  class Delegating : public Actor {
   public:
    void Handle(const Later&, Reply<int64_t> reply) { replies_.push_back(std::move(reply)); }
    void Handle(const Release&) {
      for (auto& reply : replies_) std::move(reply).Send(7);
      replies_.clear();
    }
    void Handle(const Drop&) { replies_.clear(); }

   private:
    std::vector<Reply<int64_t>> replies_;
  };
  absl::StatusOr<int64_t> sent;
  absl::StatusOr<int64_t> dropped;
  node_.Run([&] {
    auto actor = node_->Spawn<Delegating>();
    auto first = actor.Request(Later{});
    actor.Tell(Release{});
    sent = first.Await();
    auto second = actor.Request(Later{});
    actor.Tell(Drop{});
    dropped = second.Await();
  });
  EXPECT_EQ(*sent, 7);
  EXPECT_EQ(dropped.status().code(), absl::StatusCode::kAborted);
}

TEST_F(ActorTest, AwaitCountTakesTheFirstAcceptedAndCancelsTheRest) {
  node_.Run([&] {
    std::vector<Pending<void>> naps;
    std::vector<ActorRef<Counter>> counters;
    for (int seconds : {3, 1, 2}) {
      counters.push_back(node_->Spawn<Counter>());
      naps.push_back(counters.back().Request(Nap{absl::Seconds(seconds)}));
    }
    auto two = AwaitCount<void>(naps, 2, absl::Seconds(10),
                                [](const absl::Status& status) { return status.ok(); });
    ASSERT_TRUE(two.ok()) << two.status();
    EXPECT_EQ((*two)[0].index, 1u);
    EXPECT_EQ((*two)[1].index, 2u);
    EXPECT_EQ(node_.world().now().nanos(), 2000000000);
  });
}

TEST_F(ActorTest, AwaitCountFailsAsSoonAsTooFewCanCome) {
  node_.Run([&] {
    std::vector<Pending<void>> pendings;
    auto counter = node_->Spawn<Counter>();
    for (int i = 0; i < 3; ++i) pendings.push_back(node_->Spawn<Counter>().Request(Fail{}));
    auto two = AwaitCount<void>(pendings, 2, absl::Seconds(10),
                                [](const absl::Status& status) { return status.ok(); });
    EXPECT_EQ(two.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(node_.world().now().nanos(), 0);
  });
}

// Lives for one message.
class Mayfly : public Actor {
 public:
  explicit Mayfly(int* alive) : alive_(alive) {}
  void Handle(const Inc&) {
    --*alive_;
    Stop();
  }

 private:
  int* const alive_;
};

// Starts many in one go.
class Breeder : public Actor {
 public:
  void Handle(const Inc& inc) {
    for (int64_t i = 0; i < inc.amount; ++i) {
      most_alive = std::max(most_alive, ++alive);
      node().Spawn<Mayfly>(&alive).Tell(Inc{});
    }
  }
  int Handle(const Get&) { return most_alive; }

  int alive = 0;
  int most_alive = 0;
};

TEST_F(ActorTest, AHandlerThatSendsOnAndOnLetsOthersRun) {
  node_.Run([&] {
    const auto breeder = node_->Spawn<Breeder>();
    breeder.Tell(Inc{10'000});
    EXPECT_LE(*breeder.Ask(Get{}), 300);
  });
}

TEST_F(ActorTest, AHandlerThatSendsOnAndOnCanBeKilled) {
  class Talker : public Actor {
   public:
    explicit Talker(ActorRef<Counter> counter) : counter_(std::move(counter)) {}
    void Handle(const Inc&) {
      while (true) (void)counter_.Tell(Inc{});
    }

   private:
    const ActorRef<Counter> counter_;
  };
  node_.Run([&] {
    const auto talker = node_->Spawn<Talker>(node_->SpawnWith<Counter>({.mailbox_capacity = 0}));
    talker.Tell(Inc{});
    (void)Sleep(absl::ZeroDuration());
    talker.Kill();
    EXPECT_EQ(talker.Join(absl::Seconds(1))->kind, ExitReason::Kind::kKilled);
  });
}

TEST_F(ActorTest, MessagesLeftAtTheEndAreDeadLetters) {
  node_.Run([&] {
    ActorRef<Counter> counter = node_->Spawn<Counter>();
    counter.Tell(Nap{absl::Hours(1)});
    counter.Tell(Inc{});
    counter.Tell(Inc{});
    (void)Sleep(absl::Seconds(1));
    counter.Stop();
  });
  EXPECT_EQ(node_->dead_letters().count(), 2u);
}

}  // namespace
}  // namespace rehearse
