#include "rehearse/sim/testkit/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace rehearse::sim {
namespace {

struct Number {
  int value = 0;
  friend bool operator==(const Number&, const Number&) = default;
  friend void PrintTo(const Number& number, std::ostream* out) { *out << number.value; }
};
struct Word {
  std::string text;
};
struct Parcel {
  std::unique_ptr<int> content;
};
struct Get {
  int key = 0;
};
using StoreProtocol = Protocol<int64_t(Get), void(Number)>;

// Passes on what it is told, a second later.
class Slow : public Actor {
 public:
  explicit Slow(Recipient<Number> to) : to_(std::move(to)) {}
  void Handle(const Number& number) {
    if (number.value < 0) throw std::runtime_error("negative");
    if (Sleep(absl::Seconds(1)).ok()) to_.Tell(number);
  }

 private:
  const Recipient<Number> to_;
};

// Answers with what the store says, plus one.
class Customer : public Actor {
 public:
  explicit Customer(ActorRef<StoreProtocol> store) : store_(std::move(store)) {}
  absl::StatusOr<int64_t> Handle(const Get& get) {
    absl::StatusOr<int64_t> stored = store_.Ask(get, {.reply_timeout = absl::Seconds(9)});
    if (stored.ok()) ++*stored;
    return stored;
  }

 private:
  const ActorRef<StoreProtocol> store_;
};

// Where a probe ends the test, this goes on after it.
template <typename Statement>
void Survive(const Statement& statement) {
  EXPECT_THROW(statement(), testing::AssertionException);
}

class ProbeTest : public testing::Test {
 public:
  TestKit kit_;
  Probe probe_{kit_, "alice"};
};

TEST_F(ProbeTest, GivesTheNextMessage) {
  probe_.ref<Number>().Tell({.value = 7});
  probe_.ref<Word>().Tell({.text = "hello"});
  EXPECT_EQ(probe_.Expect<Number>().value, 7);
  EXPECT_EQ(probe_.Expect<Word>().text, "hello");
}

TEST_F(ProbeTest, WaitsInVirtualTime) {
  auto slow = kit_.Spawn<Slow>(probe_.ref<Number>());
  slow.Tell(Number{1});
  slow.Tell(Number{2});
  EXPECT_EQ(probe_.Expect<Number>(), Number{1});
  EXPECT_LT(kit_.now() - Instant(), absl::Milliseconds(1001));
  EXPECT_EQ(probe_.Expect<Number>(), Number{2});
  EXPECT_LT(kit_.now() - Instant(), absl::Milliseconds(2001));
}

TEST_F(ProbeTest, NothingInTimeEndsTheTest) {
  auto slow = kit_.Spawn<Slow>(probe_.ref<Number>());
  slow.Tell(Number{1});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.Expect<Number>(absl::Milliseconds(999)); }),
                          "Number within 999ms of 0.000000000s; nothing came");
  EXPECT_EQ(probe_.Expect<Number>(absl::Milliseconds(2)).value, 1);
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.Expect<Number>(); }), "within 3s of 1.");
}

TEST_F(ProbeTest, AnotherMessageEndsTheTestAndIsShown) {
  probe_.ref<Number>().Tell({.value = 7});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.Expect<Word>(); }), "Number 7 at 0.");
}

TEST_F(ProbeTest, AFailureNamesTheTestsOwnLine) {
  testing::TestPartResultArray failures;
  int line = 0;
  {
    testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    line = __LINE__ + 1;
    EXPECT_THROW(probe_.Expect<Word>(), testing::AssertionException);
  }
  ASSERT_EQ(failures.size(), 1);
  EXPECT_STREQ(failures.GetTestPartResult(0).file_name(), __FILE__);
  EXPECT_EQ(failures.GetTestPartResult(0).line_number(), line);
}

TEST_F(ProbeTest, MatchesAValueAPredicateOrAMatcher) {
  const auto numbers = probe_.ref<Number>();
  for (int i = 1; i <= 5; ++i) numbers.Tell({.value = i});
  probe_.Expect<Number>({.value = 1});
  probe_.Expect<Number>(Number{2}, absl::Seconds(1));
  probe_.Expect<Number>([](const Number& number) { return number.value == 3; });
  probe_.Expect<Number>(testing::Field("value", &Number::value, testing::Gt(3)));
  EXPECT_EQ(probe_.Expect<Number>(testing::Ne(Number{6}), absl::Seconds(1)).value, 5);
}

TEST_F(ProbeTest, WhatDoesNotMatchEndsTheTestAndSaysWhy) {
  const auto numbers = probe_.ref<Number>();
  for (int i = 1; i <= 3; ++i) numbers.Tell({.value = i});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.Expect<Number>({.value = 2}); }),
                          "Number that is equal to 2; there came");
  EXPECT_NONFATAL_FAILURE(
      Survive([&] { probe_.Expect<Number>([](const Number&) { return false; }); }),
      "Number that the test's predicate accepts; there came");
  EXPECT_NONFATAL_FAILURE(
      Survive(
          [&] { probe_.Expect<Number>(testing::Field("value", &Number::value, testing::Gt(3))); }),
      "Number that is an object whose field `value` is > 3; there came");
}

TEST_F(ProbeTest, NoneIsNoneForTheWholeLength) {
  auto slow = kit_.Spawn<Slow>(probe_.ref<Number>());
  slow.Tell(Number{1});
  probe_.ExpectNone(absl::Milliseconds(999));
  EXPECT_GE(kit_.now() - Instant(), absl::Milliseconds(999));
  EXPECT_NONFATAL_FAILURE(probe_.ExpectNone(absl::Milliseconds(2)),
                          "alice expected nothing for 2ms from 0.999");
  probe_.ExpectNone(absl::Hours(1));
}

TEST_F(ProbeTest, WhatWaitsAlreadyIsNotNone) {
  probe_.ref<Number>().Tell({.value = 7});
  kit_.RunFor(absl::Seconds(1));
  EXPECT_NONFATAL_FAILURE(probe_.ExpectNone(absl::ZeroDuration()), "Number 7 at 0.");
}

TEST_F(ProbeTest, AnswersAnAsk) {
  auto customer = kit_.Spawn<Customer>(probe_.ref<StoreProtocol>());
  Pending<int64_t> answer = customer.Request(Get{.key = 5});
  auto asked = probe_.ExpectAsk<int64_t(Get)>();
  EXPECT_EQ(asked.message.key, 5);
  EXPECT_FALSE(answer.ready());
  std::move(asked.reply).Send(41);
  kit_.RunFor(absl::ZeroDuration());
  ASSERT_TRUE(answer.ready());
  EXPECT_EQ(answer.Take().value(), 42);
}

TEST_F(ProbeTest, AnAskTakenWithoutItsReplyIsAborted) {
  auto customer = kit_.Spawn<Customer>(probe_.ref<StoreProtocol>());
  Pending<int64_t> answer = customer.Request(Get{.key = 5});
  probe_.Expect<Get>();
  kit_.RunFor(absl::ZeroDuration());
  EXPECT_TRUE(absl::IsAborted(answer.Take().status()));
}

TEST_F(ProbeTest, ATellAnotherAnswerAndAnotherMessageAreNoSuchAsk) {
  const auto store = probe_.ref<StoreProtocol>();
  store.Tell(Get{});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.ExpectAsk<int64_t(Get)>(); }), "told, not asked");
  auto answer = store.Request(Get{});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.ExpectAsk<int(Get)>(); }),
                          "the ref it came by has another type of answer");
  auto done = store.Request(Number{});
  EXPECT_NONFATAL_FAILURE(Survive([&] { probe_.ExpectAsk<int64_t(Get)>(); }), "expected an ask");
  auto again = store.Request(Number{});
  std::move(probe_.ExpectAsk<absl::Status(Number)>().reply).Send();
  kit_.RunFor(absl::ZeroDuration());
  EXPECT_EQ(again.Take(), absl::OkStatus());
}

TEST_F(ProbeTest, OneMessageByARecipientThatAnswers) {
  const ReplyRecipient<Get, int64_t> store = probe_.ref<int64_t(Get)>();
  auto answer = store.Request(Get{.key = 1});
  std::move(probe_.ExpectAsk<int64_t(Get)>().reply).Send(absl::NotFoundError("no such key"));
  kit_.RunFor(absl::ZeroDuration());
  EXPECT_TRUE(absl::IsNotFound(answer.Take().status()));
}

TEST_F(ProbeTest, MovesWhatCannotBeCopied) {
  probe_.ref<Parcel>().Tell({.content = std::make_unique<int>(5)});
  EXPECT_EQ(*probe_.Expect<Parcel>().content, 5);
}

TEST_F(ProbeTest, IsToldOfTheEndOfWhatItWatches) {
  auto slow = kit_.Spawn<Slow>(probe_.ref<Number>());
  probe_.Watch(slow);
  slow.Tell(Number{1});
  slow.Tell(Number{-1});
  probe_.Expect<Number>({.value = 1});
  const Down down = probe_.Expect<Down>();
  EXPECT_EQ(down.actor, slow.id());
  EXPECT_EQ(down.reason.ToString(), "panicked: negative");
  probe_.ExpectNone(absl::Hours(1));
}

TEST_F(ProbeTest, NeverMakesASenderWait) {
  for (int i = 0; i < 10000; ++i) probe_.ref<Number>().Tell({.value = i});
  for (int i = 0; i < 10000; ++i) probe_.Expect<Number>({.value = i});
}

TEST_F(ProbeTest, TwoProbesAreTwoActors) {
  Probe bob(kit_, "bob");
  EXPECT_FALSE(bob.ref<Number>() == probe_.ref<Number>());
  EXPECT_TRUE(bob.ref<Number>() == bob.ref<Number>());
  bob.ref<Number>().Tell({.value = 1});
  probe_.ExpectNone(absl::Seconds(1));
  bob.Expect<Number>({.value = 1});
}

TEST_F(ProbeTest, IsGoneWithItsObject) {
  Recipient<Number> numbers;
  {
    Probe brief(kit_, "brief");
    numbers = brief.ref<Number>();
  }
  EXPECT_EQ(kit_.ExpectExit(numbers).kind, ExitReason::Kind::kStopped);
  EXPECT_TRUE(absl::IsNotFound(numbers.Tell({.value = 1}).status()));
}

}  // namespace
}  // namespace rehearse::sim
