#include "rehearse/actor/runtime/strand.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/testing.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

// Runs pieces of code one after the other, each under a guard, as an actor's cell does.
class Pieces final : public Strand {
 public:
  Pieces(Domain& domain, std::vector<std::function<void(Pieces&)>> pieces)
      : Strand(RunnableKind::kActivation, domain), pieces_(std::move(pieces)) {}

  void Run(Worker& worker) override {
    for (const std::function<void(Pieces&)>& piece : pieces_) {
      Enter(worker);
      std::exception_ptr thrown;
      results.push_back(RunGuarded(
          worker.current(), [&] { piece(*this); }, thrown));
      Leave(worker);
    }
  }
  std::string Describe() const override { return "pieces"; }

  using Strand::Pardon;
  std::vector<GuardResult> results;

 private:
  void OnUnkillable(absl::string_view) override {}

  const std::vector<std::function<void(Pieces&)>> pieces_;
};

class StrandTest : public testing::Test {
 public:
  WakeReason Sleep(absl::Duration length = absl::Seconds(1)) {
    return Wait(world_.scheduler(), "Sleep").Until(world_.worker().now() + length);
  }

  std::vector<GuardResult> Run(std::vector<std::function<void(Pieces&)>> pieces) {
    auto* const strand = new Pieces(world_.domain(), std::move(pieces));
    Schedule(*strand);
    world_.Run();
    EXPECT_FALSE(strand->busy());
    std::vector<GuardResult> results = strand->results;
    strand->Unref();
    return results;
  }

  TestScheduler world_;
};

TEST_F(StrandTest, StopLastsFromOnePieceToTheNext) {
  std::vector<WakeReason> reasons;
  const auto wait = [&](Pieces&) { reasons.push_back(Sleep()); };
  Run({[](Pieces& strand) { strand.RequestStop(); }, wait, wait});
  EXPECT_EQ(reasons, (std::vector<WakeReason>{WakeReason::kStopped, WakeReason::kStopped}));
}

TEST_F(StrandTest, WaitsOfAllPiecesCountAgainstItsPatience) {
  int waits = 0;
  const auto wait = [&](Pieces& strand) {
    strand.RequestStop();
    for (int i = 0; i < 5; ++i, ++waits) Sleep();
  };
  EXPECT_EQ(Run({wait, wait}),
            (std::vector<GuardResult>{GuardResult::kReturned, GuardResult::kUnwound}));
  EXPECT_EQ(waits, 7);
}

TEST_F(StrandTest, PardonedStrandMayWait) {
  WakeReason reason = WakeReason::kNone;
  Run({[&](Pieces& strand) {
         strand.RequestStop();
         for (int i = 0; i < 4; ++i) Sleep();  // lets others run: the word of the stop arrives
       },
       [&](Pieces& strand) {
         strand.Pardon();
         EXPECT_FALSE(strand.stop_requested());
         reason = Sleep();
       }});
  EXPECT_EQ(reason, WakeReason::kDeadline);
}

// The word of the stop is still on its way when the strand has been pardoned.
TEST_F(StrandTest, StopBeforeAPardonDoesNotInterruptAWaitAfterIt) {
  WakeReason reason = WakeReason::kNone;
  Run({[](Pieces& strand) { strand.RequestStop(); },
       [&](Pieces& strand) {
         strand.Pardon();
         reason = Sleep();
       }});
  EXPECT_EQ(reason, WakeReason::kDeadline);
  EXPECT_EQ(world_.now().nanos(), 1000000000);
}

TEST_F(StrandTest, StopAfterAPardonInterruptsAgain) {
  WakeReason reason = WakeReason::kNone;
  Run({[&](Pieces& strand) {
    strand.RequestStop();
    strand.Pardon();
    strand.RequestStop();
    reason = Sleep();
  }});
  EXPECT_EQ(reason, WakeReason::kStopped);
  EXPECT_LT(world_.now().nanos(), 1000);
}

TEST_F(StrandTest, PardonedStrandHasItsWholePatienceAgain) {
  int waits = 0;
  const auto ignore = [&](Pieces& strand) {
    strand.Pardon();
    strand.RequestStop();
    while (true) {
      ++waits;
      Sleep();
    }
  };
  EXPECT_EQ(Run({ignore, ignore}),
            (std::vector<GuardResult>{GuardResult::kUnwound, GuardResult::kUnwound}));
  EXPECT_EQ(waits, 16);
}

TEST_F(StrandTest, KillLastsFromOnePieceToTheNext) {
  const auto wait = [&](Pieces&) { Sleep(); };
  EXPECT_EQ(Run({[](Pieces& strand) { strand.RequestKill(); }, wait, wait}),
            (std::vector<GuardResult>{GuardResult::kReturned, GuardResult::kUnwound,
                                      GuardResult::kUnwound}));
}

TEST_F(StrandTest, ExceptionOfOnePieceDoesNotTouchTheNext) {
  EXPECT_EQ(Run({[](Pieces&) { throw 1; }, [&](Pieces&) { Sleep(); }}),
            (std::vector<GuardResult>{GuardResult::kThrew, GuardResult::kReturned}));
}

}  // namespace
}  // namespace rehearse
