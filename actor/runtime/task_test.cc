#include "rehearse/actor/runtime/task.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/testing.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

class TaskTest : public testing::Test {
 public:
  WakeReason SleepFor(absl::Duration length) {
    Wait wait(world_.scheduler(), "Sleep");
    return wait.Until(world_.worker().now() + length);
  }

  Task& Start(absl::AnyInvocable<void()> body) {
    return Task::Start(world_.domain(), "task", std::move(body),
                       [this](GuardResult result, const std::exception_ptr&) { result_ = result; });
  }

  TestScheduler world_;
  GuardResult result_ = GuardResult::kThrew;
  std::vector<std::string> said_;
};

TEST_F(TaskTest, RunsToItsEnd) {
  Start([&] { said_.push_back("hello"); }).Unref();
  world_.Run();
  EXPECT_EQ(said_, std::vector<std::string>{"hello"});
  EXPECT_EQ(result_, GuardResult::kReturned);
}

TEST_F(TaskTest, SleepersWakeInTheOrderOfTheirDeadlines) {
  for (const int millis : {30, 10, 20}) {
    Start([this, millis] {
      SleepFor(absl::Milliseconds(millis));
      said_.push_back(std::to_string(millis));
    }).Unref();
  }
  world_.Run();
  EXPECT_EQ(said_, (std::vector<std::string>{"10", "20", "30"}));
  EXPECT_EQ(world_.now().nanos(), 30000000);
}

TEST_F(TaskTest, StopCancelsTheWaitAndLetsTheCodeEnd) {
  WakeReason reason = WakeReason::kNone;
  Task& task = Start([&] { reason = SleepFor(absl::Hours(1)); });
  Start([&] { task.RequestStop(); }).Unref();
  world_.Run();
  EXPECT_EQ(reason, WakeReason::kStopped);
  EXPECT_EQ(result_, GuardResult::kReturned);
  EXPECT_LT(world_.now().nanos(), 1000);
  task.Unref();
}

TEST_F(TaskTest, StoppedLoopThatIgnoresItsWaitsIsUnwoundAtTheEighth) {
  int waits = 0;
  Task& task = Start([&] {
    while (true) {
      ++waits;
      SleepFor(absl::Hours(1));
    }
  });
  Start([&] { task.RequestStop(); }).Unref();
  world_.Run();
  EXPECT_EQ(waits, 8);
  EXPECT_EQ(result_, GuardResult::kUnwound);
  task.Unref();
}

struct Saying {
  ~Saying() { said.push_back(what); }
  std::vector<std::string>& said;
  std::string what;
};

TEST_F(TaskTest, KillRunsDestructorsAndNothingElse) {
  Task& task = Start([&] {
    Saying outer{said_, "outer"};
    Saying inner{said_, "inner"};
    SleepFor(absl::Hours(1));
    said_.push_back("never");
  });
  Start([&] { task.RequestKill(); }).Unref();
  world_.Run();
  EXPECT_EQ(said_, (std::vector<std::string>{"inner", "outer"}));
  EXPECT_EQ(result_, GuardResult::kUnwound);
  task.Unref();
}

TEST_F(TaskTest, CatchAllInARetryLoopCannotStopAKill) {
  int caught = 0;
  Task& task = Start([&] {
    Saying outer{said_, "outer"};
    while (true) {
      try {
        SleepFor(absl::Hours(1));
      } catch (...) {
        ++caught;
      }
    }
  });
  Start([&] { task.RequestKill(); }).Unref();
  world_.Run();
  EXPECT_EQ(caught, 1);
  EXPECT_EQ(said_, std::vector<std::string>{"outer"});
  EXPECT_EQ(result_, GuardResult::kUnwound);
  task.Unref();
}

TEST_F(TaskTest, KillPassesWaitsInsideNestedCatchBlocks) {
  Task& task = Start([&] {
    Saying outer{said_, "outer"};
    try {
      throw std::runtime_error("a bug");
    } catch (const std::exception&) {
      try {
        SleepFor(absl::Hours(1));
      } catch (...) {
        SleepFor(absl::Hours(1));  // killed again, inside two catch blocks
        said_.push_back("never");
      }
    }
  });
  Start([&] { task.RequestKill(); }).Unref();
  world_.Run();
  EXPECT_EQ(said_, std::vector<std::string>{"outer"});
  EXPECT_EQ(result_, GuardResult::kUnwound);
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  task.Unref();
}

TEST_F(TaskTest, KillPassesACatchAllThatRethrows) {
  Task& task = Start([&] {
    Saying outer{said_, "outer"};
    try {
      SleepFor(absl::Hours(1));
    } catch (...) {
      said_.push_back("seen");
      throw;
    }
  });
  Start([&] { task.RequestKill(); }).Unref();
  world_.Run();
  EXPECT_EQ(said_, (std::vector<std::string>{"seen", "outer"}));
  task.Unref();
}

TEST_F(TaskTest, ExceptionStateBelongsToTheFiber) {
  std::string first;
  std::string second;
  const auto body = [&](std::string& into, const char* what) {
    return [this, &into, what] {
      try {
        throw std::runtime_error(what);
      } catch (...) {
        SleepFor(absl::Milliseconds(1));  // the other one throws and catches meanwhile
        try {
          throw;
        } catch (const std::exception& e) {
          into = e.what();
        }
      }
    };
  };
  Start(body(first, "first")).Unref();
  Start(body(second, "second")).Unref();
  world_.Run();
  EXPECT_EQ(first, "first");
  EXPECT_EQ(second, "second");
}

TEST_F(TaskTest, AWaitInADestructorDuringUnwindingIsRefused) {
  WakeReason reason = WakeReason::kNone;
  struct Sleeper {
    ~Sleeper() { *reason = test->SleepFor(absl::Seconds(1)); }
    TaskTest* test;
    WakeReason* reason;
  };
  Start([&] {
    Sleeper sleeper{this, &reason};
    throw std::runtime_error("a bug");
  }).Unref();
  world_.Run();
  EXPECT_EQ(reason, WakeReason::kRefused);
  EXPECT_EQ(result_, GuardResult::kThrew);
}

// A strand that keeps what it was told about its kill.
class Stubborn final : public Strand {
 public:
  Stubborn(Domain& domain, absl::AnyInvocable<void()> body)
      : Strand(RunnableKind::kActivation, domain), body_(std::move(body)) {}

  void Run(Worker& worker) override {
    Enter(worker);
    std::exception_ptr thrown;
    RunGuarded(
        worker.current(), [this] { body_(); }, thrown);
    Leave(worker);
    ended = true;
  }
  std::string Describe() const override { return "stubborn"; }

  std::string barrier;
  bool ended = false;

 private:
  void OnUnkillable(absl::string_view reported) override { barrier = std::string(reported); }

  absl::AnyInvocable<void()> body_;
};

__attribute__((noinline)) void WaitsUnderNoexcept(Scheduler& scheduler) noexcept {
  Wait wait(scheduler, "Sleep");
  wait.Until(Instant::Infinite());
}

TEST_F(TaskTest, HandlerUnderANoexceptFrameIsNamedAsUnkillable) {
  const LeaksExpected leaks;
  auto* const stubborn =
      new Stubborn(world_.domain(), [&] { WaitsUnderNoexcept(world_.scheduler()); });
  stubborn->Ref();
  Schedule(*stubborn);
  Start([&] { stubborn->RequestKill(); }).Unref();
  world_.Run();
  EXPECT_FALSE(stubborn->ended);
  EXPECT_TRUE(absl::StrContains(stubborn->barrier, "noexcept")) << stubborn->barrier;
  EXPECT_TRUE(absl::StrContains(stubborn->barrier, "WaitsUnderNoexcept")) << stubborn->barrier;
}

class ComplainingDomain final : public Domain {
 public:
  using Domain::Domain;
  void Complain(absl::string_view line) override { complaints.emplace_back(line); }
  std::vector<std::string> complaints;
};

TEST_F(TaskTest, OneThatCannotBeKilledIsNamedAndCountsNoMore) {
  const LeaksExpected leaks;
  ComplainingDomain domain(NodeId{2}, world_.scheduler());
  Task& task = Task::Start(domain, "stubborn", [&] { WaitsUnderNoexcept(world_.scheduler()); });
  Start([&] { task.RequestKill(); }).Unref();
  world_.Run();
  ASSERT_EQ(domain.complaints.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(domain.complaints[0], "stubborn can't be killed: "));
  EXPECT_TRUE(absl::StrContains(domain.complaints[0], "WaitsUnderNoexcept"));
  EXPECT_EQ(domain.tasks(), 0u);
  task.Unref();
}

// Waits in its destructor.
struct SlowToGo {
  ~SlowToGo() {
    Wait wait(scheduler, "Sleep");
    wait.Until(worker.now() + absl::Seconds(1));
    said.push_back("gone");
  }
  Scheduler& scheduler;
  Worker& worker;
  std::vector<std::string>& said;
};

TEST_F(TaskTest, WhatItHoldsMayWaitWhenItGoes) {
  auto held = std::make_unique<SlowToGo>(world_.scheduler(), world_.worker(), said_);
  Start([held = std::move(held)] {}).Unref();
  world_.Run();
  EXPECT_EQ(said_, std::vector<std::string>{"gone"});
}

TEST_F(TaskTest, PausedDomainRunsNothingUntilResumed) {
  Domain other(NodeId{2}, world_.scheduler());
  other.Pause();
  Task::Start(other, "paused", [&] { said_.push_back("paused"); }).Unref();
  Start([&] {
    SleepFor(absl::Seconds(1));
    said_.push_back("resuming");
    other.Resume();
  }).Unref();
  world_.Run();
  EXPECT_EQ(said_, (std::vector<std::string>{"resuming", "paused"}));
}

TEST_F(TaskTest, FencedDomainNeverRunsAgain) {
  const LeaksExpected leaks;
  Domain other(NodeId{2}, world_.scheduler());
  Task& doomed = Task::Start(other, "doomed", [&] {
    Saying saying{said_, "destroyed"};
    SleepFor(absl::Seconds(1));
    said_.push_back("after the crash");
  });
  Start([&] {
    SleepFor(absl::Milliseconds(1));
    other.Fence();
  }).Unref();
  world_.Run();
  EXPECT_TRUE(said_.empty());
  doomed.Unref();
}

TEST_F(TaskTest, FibersAreReused) {
  for (int round = 0; round < 100; ++round) {
    Start([&] { SleepFor(absl::Milliseconds(1)); }).Unref();
    world_.Run();
  }
  EXPECT_LE(world_.worker().fibers(), 3u);
}

}  // namespace
}  // namespace rehearse
