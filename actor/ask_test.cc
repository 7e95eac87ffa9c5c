// Asks: which clock runs out when, what is handled and what is not, and waiting for several.

#include <gtest/gtest.h>

#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Nap {
  absl::Duration length;
};
struct Count {};
struct Number {
  int64_t value = 0;
  absl::Duration after;
};
struct Fail {};

class Employee : public Actor {
 public:
  absl::Status Handle(const Nap& nap) {
    ++naps_;
    return Sleep(nap.length);
  }
  int64_t Handle(const Count&) { return naps_; }
  absl::StatusOr<int64_t> Handle(const Number& number) {
    if (number.after != absl::ZeroDuration()) {
      if (absl::Status slept = Sleep(number.after); !slept.ok()) return slept;
    }
    return number.value;
  }
  absl::StatusOr<int64_t> Handle(const Fail&) { return absl::DataLossError("bad disk"); }

 private:
  int64_t naps_ = 0;
};

// Passes a nap on, with a patience of its own.
struct Delegate {
  absl::Duration length;
  absl::Duration patience = absl::InfiniteDuration();
};
class Manager : public Actor {
 public:
  explicit Manager(ActorRef<Employee> worker) : worker_(std::move(worker)) {}
  absl::Status Handle(const Delegate& delegate) {
    const Instant before = node().clock().Now();
    seen_ = worker_.Ask(Nap{delegate.length}, {.reply_timeout = delegate.patience});
    took_ = node().clock().Now() - before;
    return seen_;
  }
  struct Report {};
  absl::StatusOr<int64_t> Handle(const Report&) {
    if (!seen_.ok()) return seen_;
    return absl::ToInt64Milliseconds(took_);
  }
  struct Took {};
  int64_t Handle(const Took&) { return absl::ToInt64Milliseconds(took_); }

 private:
  ActorRef<Employee> worker_;
  absl::Status seen_;
  absl::Duration took_;
};

class AskTest : public testing::Test {
 public:
  int64_t millis() { return node_.world().now().nanos() / 1000000; }
  // A worker that naps until 10 s, with its mailbox of one full of one more nap.
  ActorRef<Employee> SpawnFull() {
    auto worker = node_->SpawnWith<Employee>({.mailbox_capacity = 1});
    worker.Tell(Nap{absl::Seconds(10)});
    (void)Sleep(absl::ZeroDuration());
    EXPECT_TRUE(worker.TryTell(Nap{absl::Seconds(10)}).ok());
    EXPECT_FALSE(worker.TryTell(Nap{}).ok());
    return worker;
  }

  TestNode node_;
};

// --- Timeouts of one ask.

TEST_F(AskTest, MailboxTimeoutMeansCertainlyNotHandled) {
  absl::Status status;
  node_.Run([&] {
    auto worker = SpawnFull();
    status =
        worker
            .Ask(Count{}, {.mailbox_timeout = absl::Seconds(1), .reply_timeout = absl::Seconds(99)})
            .status();
    EXPECT_EQ(millis(), 1000);
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(EffectOf(status), Effect::kNone);
  EXPECT_TRUE(IsFrameworkError(status));
}

TEST_F(AskTest, ReplyTimeoutEndsTheWaitForRoomToo) {
  absl::Status status;
  node_.Run([&] {
    auto worker = SpawnFull();
    status = worker.Ask(Count{}, {.reply_timeout = absl::Seconds(1)}).status();
    EXPECT_EQ(millis(), 1000);
  });
  EXPECT_EQ(EffectOf(status), Effect::kNone);
}

TEST_F(AskTest, ReplyTimeoutCountsTheTimeSpentWaitingForRoom) {
  absl::Status status;
  node_.Run([&] {
    auto worker = SpawnFull();
    status = worker.Ask(Count{}, {.reply_timeout = absl::Seconds(15)}).status();
    EXPECT_EQ(millis(), 15000) << "room at 10 s, an answer would come at 20 s";
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(EffectOf(status), Effect::kMaybe);
}

TEST_F(AskTest, ReplyThatComesJustInTimeIsTakenAndOneThatComesLateIsNot) {
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    EXPECT_TRUE(worker.Ask(Nap{absl::Milliseconds(999)}, {.reply_timeout = absl::Seconds(1)}).ok());
    EXPECT_EQ(worker.Ask(Nap{absl::Milliseconds(1001)}, {.reply_timeout = absl::Seconds(1)}).code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(*worker.Ask(Count{}), 2) << "the late answer disturbs nobody";
  });
}

TEST_F(AskTest, AskThatExpiredInTheMailboxIsNotHandled) {
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    worker.Tell(Nap{absl::Seconds(10)});
    auto pending = worker.Request(Nap{}, {.reply_timeout = absl::Seconds(1)});
    (void)Sleep(absl::Seconds(20));
    ASSERT_TRUE(pending.ready());
    const absl::Status status = pending.Await();
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(EffectOf(status), Effect::kNone);
    EXPECT_EQ(*worker.Ask(Count{}), 1);
  });
}

TEST_F(AskTest, AskWhoseDeadlineIsNowIsStillHandled) {
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    worker.Tell(Nap{absl::Seconds(1)});
    auto pending = worker.Request(Count{}, {.reply_timeout = absl::Seconds(1)});
    (void)Sleep(absl::Seconds(2));
    EXPECT_TRUE(pending.Await().ok());
  });
}

// --- Deadlines propagate.

TEST_F(AskTest, NestedAskEndsNoLaterThanTheOneBeingHandled) {
  node_.Run([&] {
    auto manager = node_->Spawn<Manager>(node_->Spawn<Employee>());
    EXPECT_EQ(manager.Ask(Delegate{absl::Hours(1)}, {.reply_timeout = absl::Seconds(2)}).code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(*manager.Ask(Manager::Took{}), 2000);
    EXPECT_EQ(manager.Ask(Manager::Report{}).status().code(), absl::StatusCode::kDeadlineExceeded);
  });
}

TEST_F(AskTest, NestedAskMayEndSooner) {
  node_.Run([&] {
    auto manager = node_->Spawn<Manager>(node_->Spawn<Employee>());
    const absl::Status status =
        manager.Ask(Delegate{.length = absl::Hours(1), .patience = absl::Seconds(1)},
                    {.reply_timeout = absl::Seconds(2)});
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(millis(), 1000);
    EXPECT_EQ(*manager.Ask(Manager::Took{}), 1000);
  });
}

TEST_F(AskTest, DeadlineOfOneAskIsForgottenWithIt) {
  node_.Run([&] {
    auto manager = node_->Spawn<Manager>(node_->Spawn<Employee>());
    (void)manager.Ask(Delegate{absl::Milliseconds(1)}, {.reply_timeout = absl::Seconds(2)});
    EXPECT_TRUE(manager.Ask(Delegate{absl::Seconds(9)}).ok());
  });
}

TEST_F(AskTest, DeadlineCrossesTwoHops) {
  struct Deep {};
  class Director : public Actor {
   public:
    explicit Director(ActorRef<Manager> manager) : manager_(std::move(manager)) {}
    absl::Status Handle(const Deep&) { return manager_.Ask(Delegate{absl::Hours(1)}); }

   private:
    ActorRef<Manager> manager_;
  };
  node_.Run([&] {
    auto manager = node_->Spawn<Manager>(node_->Spawn<Employee>());
    auto director = node_->Spawn<Director>(manager);
    EXPECT_FALSE(director.Ask(Deep{}, {.reply_timeout = absl::Seconds(3)}).ok());
    EXPECT_EQ(*manager.Ask(Manager::Took{}), 3000);
  });
}

// --- Errors, and whose they are.

TEST_F(AskTest, AskOfNoActorIsNotFoundAndHasNoEffect) {
  const absl::Status status = ActorRef<Employee>().Ask(Count{}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(status), Effect::kNone);
  EXPECT_TRUE(IsFrameworkError(status));
}

TEST_F(AskTest, TellOfNoActorIsNotFound) {
  EXPECT_EQ(ActorRef<Employee>().Tell(Count{}).code(), absl::StatusCode::kNotFound);
}

TEST_F(AskTest, StoppedAskerIsToldAtOnce) {
  absl::Status status;
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    Task& asker = Task::Start(*node_, "asker", [&] { status = worker.Ask(Nap{absl::Seconds(9)}); });
    (void)Sleep(absl::Seconds(1));
    asker.RequestStop();
    asker.Unref();
    (void)Sleep(absl::ZeroDuration());
    EXPECT_EQ(millis(), 1000);
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(EffectOf(status), Effect::kMaybe);
  });
}

TEST_F(AskTest, SecondAwaitOfOneAnswerIsAnError) {
  node_.Run([&] {
    auto pending = node_->Spawn<Employee>().Request(Count{});
    EXPECT_TRUE(pending.Await().ok());
    EXPECT_EQ(pending.Await().status().code(), absl::StatusCode::kFailedPrecondition);
  });
}

TEST_F(AskTest, CancelledRequestSaysSoAndItsAnswerIsDropped) {
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    auto pending = worker.Request(Nap{absl::Seconds(1)});
    pending.Cancel();
    EXPECT_EQ(pending.Await().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(millis(), 0);
    EXPECT_EQ(*worker.Ask(Count{}), 1);
  });
}

TEST_F(AskTest, MovedPendingKeepsItsAnswer) {
  node_.Run([&] {
    auto worker = node_->Spawn<Employee>();
    auto first = worker.Request(Number{1, absl::Seconds(1)});
    auto second = worker.Request(Number{2, absl::Seconds(1)});
    first = std::move(second);  // the first is given up
    EXPECT_EQ(*first.Await(), 2);
  });
}

// --- Several at once.

class AwaitTest : public AskTest {
 public:
  // Each by a worker of its own.
  std::vector<Pending<int64_t>> RequestAll(const std::vector<int>& seconds,
                                           const AskOptions& options = {}) {
    std::vector<Pending<int64_t>> pendings;
    for (const int s : seconds) {
      workers_.push_back(node_->Spawn<Employee>());
      pendings.push_back(workers_.back().Request(Number{s, absl::Seconds(s)}, options));
    }
    return pendings;
  }
  static bool Any(const absl::StatusOr<int64_t>&) { return true; }
  static bool Good(const absl::StatusOr<int64_t>& result) { return result.ok(); }

  std::vector<ActorRef<Employee>> workers_;
};

TEST_F(AwaitTest, AllComeInTheOrderOfThePendings) {
  node_.Run([&] {
    auto pendings = RequestAll({3, 1, 2});
    const auto results = AwaitAll(pendings);
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(*results[0], 3);
    EXPECT_EQ(*results[1], 1);
    EXPECT_EQ(*results[2], 2);
    EXPECT_EQ(millis(), 3000);
  });
}

TEST_F(AwaitTest, AllOfNoneIsNothing) {
  node_.Run([&] {
    std::vector<Pending<int64_t>> none;
    EXPECT_TRUE(AwaitAll(none).empty());
  });
}

TEST_F(AwaitTest, AllLeavesEachItsOwnTimeout) {
  node_.Run([&] {
    auto pendings = RequestAll({3, 1}, {.reply_timeout = absl::Seconds(2)});
    const auto results = AwaitAll(pendings);
    EXPECT_EQ(results[0].status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(*results[1], 1);
    EXPECT_EQ(millis(), 2000);
  });
}

TEST_F(AwaitTest, AnyIsTheFirstGoodAnswerAndTheRestIsCancelled) {
  node_.Run([&] {
    auto pendings = RequestAll({3, 1, 2});
    pendings.push_back(node_->Spawn<Employee>().Request(Fail{}));
    const auto first = AwaitAny(pendings);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->index, 1u);
    EXPECT_EQ(*first->result, 1);
    EXPECT_EQ(millis(), 1000);
    EXPECT_EQ(pendings[0].Await().status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(pendings[2].Await().status().code(), absl::StatusCode::kCancelled);
  });
}

TEST_F(AwaitTest, AnyOfNoneIsUnavailable) {
  node_.Run([&] {
    std::vector<Pending<int64_t>> none;
    EXPECT_EQ(AwaitAny(none).status().code(), absl::StatusCode::kUnavailable);
  });
}

TEST_F(AwaitTest, CountOfZeroIsThereAtOnceAndCancelsAll) {
  node_.Run([&] {
    auto pendings = RequestAll({1, 2});
    const auto got = AwaitCount<int64_t>(pendings, 0, absl::Seconds(9), &Any);
    ASSERT_TRUE(got.ok());
    EXPECT_TRUE(got->empty());
    EXPECT_EQ(pendings[0].Await().status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(millis(), 0);
  });
}

TEST_F(AwaitTest, CountOfAllIsThereWithTheLast) {
  node_.Run([&] {
    auto pendings = RequestAll({3, 1, 2});
    const auto got = AwaitCount<int64_t>(pendings, 3, absl::Seconds(9), &Good);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ((*got)[0].index, 1u);
    EXPECT_EQ((*got)[1].index, 2u);
    EXPECT_EQ((*got)[2].index, 0u);
    EXPECT_EQ(millis(), 3000);
  });
}

TEST_F(AwaitTest, CountOfMoreThanThereAreFailsAtOnce) {
  node_.Run([&] {
    auto pendings = RequestAll({3, 1});
    EXPECT_EQ(AwaitCount<int64_t>(pendings, 3, absl::Seconds(9), &Any).status().code(),
              absl::StatusCode::kUnavailable);
    EXPECT_EQ(millis(), 0);
  });
}

TEST_F(AwaitTest, CountEndsAtItsTimeoutAndCancelsTheRest) {
  node_.Run([&] {
    auto pendings = RequestAll({1, 5, 6});
    EXPECT_EQ(AwaitCount<int64_t>(pendings, 2, absl::Seconds(3), &Good).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(millis(), 3000);
    EXPECT_EQ(pendings[1].Await().status().code(), absl::StatusCode::kCancelled);
  });
}

TEST_F(AwaitTest, AnswersInTimeForTheTimeoutAreTaken) {
  node_.Run([&] {
    auto pendings = RequestAll({1, 2, 6});
    EXPECT_TRUE(AwaitCount<int64_t>(pendings, 2, absl::Milliseconds(2001), &Good).ok());
  });
}

TEST_F(AwaitTest, AnExpiredRequestIsAnAnswerToo) {
  node_.Run([&] {
    auto pendings = RequestAll({5, 6}, {.reply_timeout = absl::Seconds(2)});
    const auto got = AwaitCount<int64_t>(pendings, 2, absl::Seconds(4), &Any);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ((*got)[0].result.status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ((*got)[1].result.status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(millis(), 2000);
  });
}

TEST_F(AwaitTest, TimeoutHoldsThoughTheFirstRequestHasFailedAlready) {
  node_.Run([&] {
    auto pendings = RequestAll({1, 3600});
    workers_[0].Kill();
    (void)workers_[0].Join();
    pendings[0] = workers_[0].Request(Number{});  // refused before it is sent
    EXPECT_EQ(AwaitAny(pendings, absl::Seconds(2)).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(millis(), 2000);
  });
}

TEST_F(AwaitTest, LateAnswersOfCancelledRequestsDisturbNobody) {
  node_.Run([&] {
    for (int round = 0; round < 100; ++round) {
      auto pendings = RequestAll({3, 1, 2});
      ASSERT_TRUE(AwaitAny(pendings).ok());
    }
    (void)Sleep(absl::Seconds(10));
    auto pendings = RequestAll({1, 2, 3});
    const auto results = AwaitAll(pendings);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(*results[i], static_cast<int64_t>(i) + 1);
  });
}

}  // namespace
}  // namespace rehearse
