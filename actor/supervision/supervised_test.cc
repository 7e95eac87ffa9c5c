#include "rehearse/actor/supervision/supervised.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

}  // namespace
}  // namespace rehearse
