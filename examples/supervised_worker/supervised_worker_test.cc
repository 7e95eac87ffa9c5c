#include "examples/supervised_worker/supervised_worker.h"

#include <gtest/gtest.h>

#include "rehearse/sim/testkit/test_kit.h"

namespace examples::supervised_worker {
namespace {

using rehearse::sim::TestKit;
using Lines = std::vector<std::string>;

class SupervisedWorkerTest : public testing::Test {
 public:
  absl::StatusOr<int> AddUp(const std::vector<std::string>& amounts) {
    return kit_.Run([&] {
      return supervised_worker::AddUp(kit_.node(), amounts,
                                      [this](const std::string& line) { said_.push_back(line); });
    });
  }

  Lines said_;
  TestKit kit_;
};

TEST_F(SupervisedWorkerTest, GoodEntriesNeedOneClerk) {
  EXPECT_EQ(AddUp({"20", "5"}).value(), 25);
  EXPECT_EQ(said_, (Lines{"the clerk begins at 0", "adds 20: 20", "adds 5: 25"}));
}

TEST_F(SupervisedWorkerTest, ABadEntryCostsTheStateAndNoOtherEntry) {
  EXPECT_EQ(AddUp({"20", "a dozen", "30", "7"}).value(), 37);
  EXPECT_EQ(said_, (Lines{"the clerk begins at 0", "adds 20: 20", "the clerk ends: panicked: stoi",
                          "the clerk begins at 0", "adds 30: 30", "adds 7: 37"}));
}

TEST_F(SupervisedWorkerTest, AsManyBadEntriesAsTheLimitAllowsAreSurvived) {
  EXPECT_EQ(AddUp({"a", "b", "c", "4"}).value(), 4);
}

TEST_F(SupervisedWorkerTest, WithOneMoreTheSupervisorGivesUpAndTheAskerIsTold) {
  const absl::StatusOr<int> total = AddUp({"a", "b", "c", "d", "4"});
  EXPECT_FALSE(total.ok());
  EXPECT_EQ(said_.back(), "the clerk ends: panicked: stoi");
}

}  // namespace
}  // namespace examples::supervised_worker
