#include "rehearse/sim/testkit/test_kit.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse::sim {
namespace {

struct Add {
  int amount = 0;
};
struct Fail {};
struct Finish {};
struct Wait {
  absl::Duration length;
};

class Sum : public Actor {
 public:
  explicit Sum(std::vector<std::string>* said = nullptr) : said_(said) {}

  int Handle(const Add& add) { return sum_ += add.amount; }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }
  absl::Status Handle(const Wait& wait) { return Sleep(wait.length); }
  // Takes its time.
  void OnStop(const ExitReason& reason) override {
    (void)Sleep(absl::Milliseconds(10));
    if (said_ != nullptr) said_->push_back(reason.ToString());
  }

 private:
  std::vector<std::string>* const said_;
  int sum_ = 0;
};

// Where the kit ends the test, this goes on after it.
template <typename Statement>
void Survive(const Statement& statement) {
  EXPECT_THROW(statement(), testing::AssertionException);
}

TEST(TestKitTest, AsksAreAnsweredAndTellsComeFirst) {
  TestKit kit;
  auto sum = kit.Spawn<Sum>();
  sum.Tell(Add{40});
  EXPECT_EQ(kit.Ask(sum, Add{2}).value(), 42);
}

TEST(TestKitTest, AnAskThatIsNotAnsweredIsAnAnswerTooAndTakesThePatience) {
  TestKit kit({.patience = absl::Seconds(5)});
  auto sum = kit.Spawn<Sum>();
  const Instant start = kit.now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(kit.Ask(sum, Wait{absl::Hours(1)})));
  EXPECT_GE(kit.now() - start, absl::Seconds(5));
  EXPECT_LT(kit.now() - start, absl::Milliseconds(5001));
}

TEST(TestKitTest, TimePassesOnlyInItsCalls) {
  std::vector<Instant> ticks;
  TestKit kit;
  kit.Spawn([&](Inbox<void(Add)>&) {
    while (Sleep(absl::Minutes(1)).ok()) ticks.push_back(CurrentNode().clock().Now());
  });
  EXPECT_EQ(kit.now(), Instant());
  kit.RunFor(absl::Seconds(59));
  EXPECT_EQ(ticks.size(), 0u);
  kit.RunFor(absl::Minutes(2));
  EXPECT_EQ(ticks.size(), 2u);
  EXPECT_TRUE(kit.RunUntil([&] { return ticks.size() == 3; }, absl::Hours(1)));
  EXPECT_LT(kit.now() - Instant(), absl::Seconds(181));
  EXPECT_FALSE(kit.RunUntil([&] { return ticks.size() == 5; }, absl::Minutes(1)));
}

TEST(TestKitTest, ABodyMayWaitAndItsResultComesBack) {
  TestKit kit;
  const std::string result = kit.Run([&] {
    auto sum = kit.node().Spawn<Sum>();
    for (int i = 0; i < 1000; ++i) sum.Tell(Add{1});  // many times its mailbox
    EXPECT_TRUE(Sleep(absl::Minutes(10)).ok());
    return absl::StrCat(sum.Ask(Add{0}).value());
  });
  EXPECT_EQ(result, "1000");
  EXPECT_GE(kit.now() - Instant(), absl::Minutes(10));
}

TEST(TestKitTest, WhatABodyThrowsTheTestThrows) {
  TestKit kit;
  EXPECT_THROW(kit.Run([] { throw std::out_of_range("a bug"); }), std::out_of_range);
  kit.Run([] {});
}

TEST(TestKitTest, ABodyThatDoesNotReturnIsUnwoundAndEndsTheTest) {
  TestKit kit({.run_limit = absl::Minutes(1)});
  bool unwound = false;
  EXPECT_NONFATAL_FAILURE(Survive([&] {
                            kit.Run([&] {
                              struct Guard {
                                ~Guard() { *unwound = true; }
                                bool* unwound;
                              } guard{&unwound};
                              while (true) (void)Sleep(absl::Seconds(7));
                            });
                          }),
                          "has not returned by 6");
  EXPECT_TRUE(unwound);
  kit.Run([] {});
}

TEST(TestKitTest, AnExitIsKnownBeforeAndAfterIt) {
  TestKit kit;
  auto sum = kit.Spawn<Sum>();
  sum.Tell(Fail{});
  EXPECT_EQ(kit.ExpectExit(sum), (ExitReason{ExitReason::Kind::kPanicked, "a bug"}));
  EXPECT_EQ(kit.ExpectExit(sum).what, "a bug");
  auto other = kit.Spawn<Sum>();
  other.Tell(Finish{});
  EXPECT_EQ(kit.ExpectExit(other).kind, ExitReason::Kind::kStopped);
}

TEST(TestKitTest, AnActorThatLivesOnFailsAnExpectedExitAndIsNamed) {
  TestKit kit;
  auto sum = kit.Spawn<Sum>();
  EXPECT_NONFATAL_FAILURE(Survive([&] { kit.ExpectExit(sum, absl::Seconds(2)); }),
                          "Sum#1 on node should have ended by 2.");
  sum.Tell(Finish{});
  kit.ExpectExit(sum);
}

TEST(TestKitTest, AFailureShowsWhatHappenedLast) {
  TestKit kit;
  auto sum = kit.Spawn<Sum>();
  EXPECT_NONFATAL_FAILURE(Survive([&] { kit.ExpectExit(sum); }), "The last events:\n");
}

TEST(TestKitTest, ItsEndStopsWhatStillLives) {
  std::vector<std::string> said;
  {
    TestKit kit;
    auto parked = kit.Spawn<Sum>(&said);
    parked.Tell(Wait{absl::Hours(1)});
    kit.Spawn<Sum>(&said).Tell(Fail{});
    kit.RunFor(absl::Seconds(1));
    EXPECT_EQ(said, (std::vector<std::string>{"panicked: a bug"}));
  }
  EXPECT_EQ(said, (std::vector<std::string>{"panicked: a bug", "stopped"}));
}

TEST(TestKitTest, ActorsStillWaitInOnStopWhenATestEndsByAnException) {
  std::vector<std::string> said;
  try {
    TestKit kit;
    kit.Spawn<Sum>(&said);
    kit.RunFor(absl::ZeroDuration());
    throw std::runtime_error("leaves the test");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(said, (std::vector<std::string>{"stopped"}));
}

TEST(TestKitTest, MovingTimeInsideABodyIsRefused) {
  TestKit kit;
  EXPECT_NONFATAL_FAILURE(Survive([&] { kit.Run([&] { kit.RunFor(absl::Seconds(1)); }); }),
                          "wait with Ask, Join");
}

TEST(TestKitTest, AFailedWorldFailsTheTestOnce) {
  const LeaksExpected leaks;  // a world that has failed ends nothing any more
  TestKit kit;
  kit.world().Fail(Verdict::kLiveness, "it does not come to rest");
  EXPECT_NONFATAL_FAILURE(kit.RunFor(absl::Hours(1)), "it does not come to rest");
  EXPECT_EQ(kit.now(), Instant());
  kit.RunFor(absl::Hours(1));
}

TEST(TestKitTest, AFailureOfTheWorldThatNoCallSawIsToldAtTheEnd) {
  const LeaksExpected leaks;  // a world that has failed ends nothing any more
  EXPECT_NONFATAL_FAILURE(
      {
        TestKit kit;
        kit.world().Fail(Verdict::kSafety, "too late for a call");
      },
      "too late for a call");
}

TEST(TestKitTest, TheNodeMayEndBeforeTheTest) {
  std::vector<std::string> said;
  TestKit kit;
  kit.Spawn<Sum>(&said);
  kit.Run([&] { CurrentNode().Shutdown(); });
  kit.RunFor(absl::Seconds(1));
  EXPECT_FALSE(kit.node_handle().up());
  EXPECT_EQ(said, (std::vector<std::string>{"stopped"}));
}

TEST(TestKitTest, SameSeedIsSameRun) {
  const auto play = [](uint64_t seed) {
    std::string order;
    TestKit kit({.seed = seed});
    for (const char name : std::string("abcdefgh")) {
      kit.Spawn([name, &order](Inbox<void(Add)>&) { order += name; });
    }
    kit.RunFor(absl::Seconds(1));
    return order;
  };
  EXPECT_EQ(play(1), play(1));
  EXPECT_NE(play(1), play(2));
}

TEST(TestKitTest, PlaysOnANodeOfAnotherWorldToo) {
  const LeaksExpected leaks;  // worlds leave their nodes to the process
  World world({.seed = 7});
  const NodeHandle node = world.AddNode("server", [](Node&) { return absl::OkStatus(); });
  TestKit kit(world, node);
  auto sum = kit.Spawn<Sum>();
  EXPECT_EQ(kit.Ask(sum, Add{3}).value(), 3);
  EXPECT_EQ(&kit.node(), &node.node());
}

}  // namespace
}  // namespace rehearse::sim
