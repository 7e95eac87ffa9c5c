// Several workers on threads. What one worker does alone is in task_test.cc.

#include "rehearse/actor/runtime/scheduler.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/testing.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

int CurrentIndex() { return CurrentWorker()->index(); }

// Calls a function on the worker that runs it, and is gone.
class Piece final : public Runnable {
 public:
  static Piece& Make(RunnableKind kind, Scheduler& scheduler, std::function<void(Worker&)> body) {
    return *new Piece(kind, scheduler, std::move(body));
  }
  void Run(Worker& worker) override {
    body_(worker);
    Unref();
  }

 private:
  Piece(RunnableKind kind, Scheduler& scheduler, std::function<void(Worker&)> body)
      : Runnable(kind, scheduler.own_domain()), body_(std::move(body)) {}

  std::function<void(Worker&)> body_;
};

class SchedulerTest : public testing::TestWithParam<int> {
 public:
  SchedulerTest() : scheduler_(OptionsForThreads(GetParam())) { scheduler_.Start(); }

  int workers() const { return GetParam(); }
  Domain& domain() { return scheduler_.own_domain(); }
  Instant Now() { return scheduler_.worker(0).poller().Now(); }

  Piece& Activation(std::function<void(Worker&)> body) {
    return Piece::Make(RunnableKind::kActivation, scheduler_, std::move(body));
  }
  Piece& Pinned(std::function<void(Worker&)> body) {
    return Piece::Make(RunnableKind::kPinned, scheduler_, std::move(body));
  }
  void Start(absl::AnyInvocable<void()> body) {
    Task::Start(domain(), "task", std::move(body)).Unref();
  }
  WakeReason SleepUntil(Instant deadline) { return Wait(scheduler_, "Sleep").Until(deadline); }

  Scheduler scheduler_;
};

INSTANTIATE_TEST_SUITE_P(Workers, SchedulerTest, testing::Values(1, 2, 4));

TEST_P(SchedulerTest, EachPostedActivationRunsOnce) {
  constexpr int kThreads = 3;
  constexpr int kEach = 2000;
  std::vector<std::atomic<int>> ran(kThreads * kEach);
  Countdown done(kThreads * kEach);
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t) {
    posters.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        scheduler_.Post(Activation([&, slot = static_cast<size_t>(t * kEach + i)](Worker&) {
          ran[slot].fetch_add(1);
          done.Arrive();
        }));
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  done.Await();
  Drain(scheduler_);
  for (const std::atomic<int>& count : ran) ASSERT_EQ(count, 1);
}

// A strand that makes itself ready again until it has run its share; never on two workers at once.
class Bouncer final : public Strand {
 public:
  Bouncer(Domain& domain, int hops, Countdown& done)
      : Strand(RunnableKind::kActivation, domain), hops_(hops), done_(done) {}

  void Run(Worker& worker) override {
    if (inside_.exchange(true)) overlapped = true;
    Enter(worker);
    ++ran;  // not atomic: one worker at a time, and each sees what the one before it wrote
    workers |= 1u << worker.index();
    Leave(worker);
    const bool last = ran == hops_;
    inside_.store(false);
    last ? done_.Arrive() : worker.MakeReady(*this);
  }
  std::string Describe() const override { return "bouncer"; }

  int ran = 0;
  uint32_t workers = 0;
  std::atomic<bool> overlapped{false};

 private:
  void OnUnkillable(absl::string_view) override {}

  const int hops_;
  Countdown& done_;
  std::atomic<bool> inside_{false};
};

TEST_P(SchedulerTest, BouncingStrandsAllRunTheirShare) {
  constexpr int kStrands = 100;
  constexpr int kHops = 300;
  Countdown done(kStrands);
  std::vector<Bouncer*> bouncers;
  for (int i = 0; i < kStrands; ++i) bouncers.push_back(new Bouncer(domain(), kHops, done));
  for (Bouncer* const bouncer : bouncers) Schedule(*bouncer);
  done.Await();
  Drain(scheduler_);
  for (Bouncer* const bouncer : bouncers) {
    EXPECT_EQ(bouncer->ran, kHops);
    EXPECT_FALSE(bouncer->overlapped);
    bouncer->Unref();
  }
}

TEST_P(SchedulerTest, ParkedTaskResumesOnTheThreadWhereItParked) {
  constexpr int kTasks = 300;
  constexpr int kRounds = 8;
  std::atomic<int> moved{0};
  std::atomic<int> reasons{0};
  Countdown done(kTasks);
  for (int i = 0; i < kTasks; ++i) {
    Start([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        const std::thread::id thread = std::this_thread::get_id();
        const int index = CurrentIndex();
        Wait wait(scheduler_, "Sleep");
        // Woken by its deadline, or by another worker.
        if ((i + round) % 2 == 0) {
          Schedule(Activation([token = wait.token()](Worker&) {
            EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
          }));
          reasons += wait.Until(Instant::Infinite()) == WakeReason::kNotified ? 1 : 0;
        } else {
          const Instant soon = CurrentWorker()->now() + absl::Microseconds(i);
          reasons += wait.Until(soon) == WakeReason::kDeadline ? 1 : 0;
        }
        if (std::this_thread::get_id() != thread || CurrentIndex() != index) ++moved;
      }
      done.Arrive();
    });
  }
  done.Await();
  EXPECT_EQ(moved, 0);
  EXPECT_EQ(reasons, kTasks * kRounds);
}

TEST_P(SchedulerTest, ErrnoBelongsToTheFiber) {
  constexpr int kTasks = 50;
  std::atomic<int> wrong{0};
  Countdown done(kTasks);
  for (int i = 1; i <= kTasks; ++i) {
    Start([&, i] {
      for (int round = 0; round < 5; ++round) {
        errno = i;
        SleepUntil(CurrentWorker()->now() + absl::Microseconds(50));
        if (errno != i) ++wrong;
      }
      done.Arrive();
    });
  }
  done.Await();
  EXPECT_EQ(wrong, 0);
}

TEST_P(SchedulerTest, SleepingWorkerWakesForWhatIsPosted) {
  for (int round = 0; round < 500; ++round) {
    Countdown done(1);
    Worker& worker = scheduler_.worker(round % workers());
    worker.Post(Pinned([&](Worker& ran_on) {
      EXPECT_EQ(&ran_on, &worker);
      done.Arrive();
    }));
    done.Await();
  }
}

TEST_P(SchedulerTest, SleepingWorkerWakesForATokenOfAPlainThread) {
  for (int round = 0; round < 500; ++round) {
    std::atomic<bool> armed{false};
    WaitToken token;
    Countdown done(1);
    Start([&] {
      Wait wait(scheduler_, "Token");
      token = wait.token();
      armed.store(true);
      EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
      done.Arrive();
    });
    while (!armed.load()) std::this_thread::yield();
    EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
    done.Await();
  }
}

TEST_P(SchedulerTest, PlainThreadIsWokenByATask) {
  for (int round = 0; round < 500; ++round) {
    Wait wait(scheduler_, "Answer");
    Start([token = wait.token()] { Waitable::Wake(token, WakeReason::kNotified); });
    EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
  }
}

TEST_P(SchedulerTest, PlainThreadsWaitEndsNotBeforeItsDeadline) {
  for (int millis = 0; millis < 5; ++millis) {
    const Instant deadline = Now() + absl::Milliseconds(millis);
    EXPECT_EQ(SleepUntil(deadline), WakeReason::kDeadline);
    EXPECT_GE(Now(), deadline);
  }
}

TEST_P(SchedulerTest, TasksWaitEndsNotBeforeItsDeadline) {
  Countdown done(20);
  std::atomic<int> early{0};
  for (int millis = 0; millis < 20; ++millis) {
    Start([&, millis] {
      const Instant deadline = CurrentWorker()->now() + absl::Milliseconds(millis);
      if (SleepUntil(deadline) != WakeReason::kDeadline || CurrentWorker()->now() < deadline) {
        ++early;
      }
      done.Arrive();
    });
  }
  done.Await();
  EXPECT_EQ(early, 0);
}

absl::Duration ProcessCpuTime() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

TEST_P(SchedulerTest, IdleWorkersBurnNoCpu) {
  Countdown done(1);
  Task& sleeper = Task::Start(domain(), "sleeper", [&] {
    SleepUntil(Now() + absl::Hours(1));
    done.Arrive();
  });
  Drain(scheduler_);
  SleepUntil(Now() + absl::Milliseconds(20));  // whatever was still going on
  const absl::Duration before = ProcessCpuTime();
  SleepUntil(Now() + absl::Milliseconds(200));
  EXPECT_LT(ProcessCpuTime() - before, absl::Milliseconds(5));
  sleeper.RequestStop();
  done.Await();
  Drain(scheduler_);
  sleeper.Unref();
}

TEST_P(SchedulerTest, MayBeStoppedAndStartedAgain) {
  constexpr int kRounds = 20;
  WaitToken token;
  Countdown parked(1);
  Countdown done(kRounds + 1);
  Start([&] {
    Wait wait(scheduler_, "Token");
    token = wait.token();
    parked.Arrive();
    EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
    done.Arrive();
  });
  parked.Await();
  for (int round = 0; round < kRounds; ++round) {
    scheduler_.RequestStop();
    scheduler_.Join();
    if (round == kRounds / 2) {
      EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
    }
    scheduler_.Post(Activation([&](Worker&) { done.Arrive(); }));
    scheduler_.Start();
    if (round % 2 == 0) Drain(scheduler_);
  }
  done.Await();
}

TEST_P(SchedulerTest, StopsWhileItsWorkersAreFallingAsleep) {
  for (int round = 0; round < 200; ++round) {
    Scheduler scheduler(OptionsForThreads(workers()));
    scheduler.Start();
    if (round % 2 == 0) Drain(scheduler);
  }
}

TEST_P(SchedulerTest, PostIsTakenOverFromWorkersOfAnotherScheduler) {
  Scheduler other(OptionsForThreads(1));
  other.Start();
  constexpr int kRounds = 500;
  Countdown done(kRounds);
  Task::Start(other.own_domain(), "poster", [&] {
    for (int i = 0; i < kRounds; ++i) Schedule(Activation([&](Worker&) { done.Arrive(); }));
  }).Unref();
  done.Await();
  Drain(other);
}

class StealingTest : public testing::Test {
 public:
  void StartWorkers(int workers) {
    scheduler_ = std::make_unique<Scheduler>(OptionsForThreads(workers));
    scheduler_->Start();
  }
  Piece& Activation(std::function<void(Worker&)> body) {
    return Piece::Make(RunnableKind::kActivation, *scheduler_, std::move(body));
  }
  Piece& Pinned(std::function<void(Worker&)> body) {
    return Piece::Make(RunnableKind::kPinned, *scheduler_, std::move(body));
  }

  std::unique_ptr<Scheduler> scheduler_;
};

// The handler never gives its worker back before what it made ready has run: only others can do it.
TEST_F(StealingTest, SleepingWorkerTakesWhatABusyOneMadeReady) {
  StartWorkers(2);
  for (int round = 0; round < 300; ++round) {
    Countdown done(1);
    scheduler_->worker(round % 2).Post(Pinned([&](Worker& worker) {
      std::atomic<int> ran_on{-1};
      worker.MakeReady(Activation([&](Worker& thief) { ran_on.store(thief.index()); }));
      while (ran_on.load() < 0) std::this_thread::yield();
      EXPECT_NE(ran_on, worker.index());
      done.Arrive();
    }));
    done.Await();
  }
}

TEST_F(StealingTest, SeveralWorkersShareOnesBacklog) {
  StartWorkers(4);
  Countdown done(3);
  scheduler_->worker(0).Post(Pinned([&](Worker& worker) {
    std::atomic<int> meeting{0};
    // Each holds its worker until three have begun, all of them on workers other than this one.
    for (int i = 0; i < 3; ++i) {
      worker.MakeReady(Activation([&](Worker& thief) {
        EXPECT_NE(thief.index(), 0);
        meeting.fetch_add(1);
        while (meeting.load() < 3) std::this_thread::yield();
        done.Arrive();
      }));
    }
    while (meeting.load() < 3) std::this_thread::yield();
    done.Await();
  }));
  done.Await();
  Drain(*scheduler_);
}

TEST_F(StealingTest, ParkedTasksAreNotStolen) {
  StartWorkers(2);
  Countdown done(1);
  scheduler_->worker(0).Post(Pinned([&](Worker& worker) {
    std::atomic<bool> ran{false};
    std::atomic<bool> parked{false};
    WaitToken token;
    Task::Start(scheduler_->own_domain(), "parked", [&] {
      Wait wait(*scheduler_, "Token");
      token = wait.token();
      const int index = CurrentIndex();
      parked.store(true);
      wait.Until(Instant::Infinite());
      EXPECT_EQ(CurrentIndex(), index);
      EXPECT_EQ(index, 1);  // stolen before it began
      ran.store(true);
    }).Unref();
    while (!parked.load()) std::this_thread::yield();
    EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
    while (!ran.load()) std::this_thread::yield();
    EXPECT_EQ(worker.index(), 0);
    done.Arrive();
  }));
  done.Await();
  Drain(*scheduler_);
}

// One worker is busy while a task is stopped and ends on the other: the word of the stop finds the
// task's domain gone.
TEST_F(StealingTest, DomainMayEndBeforeAStopArrivesEverywhere) {
  StartWorkers(2);
  auto domain = std::make_unique<Domain>(NodeId{1}, *scheduler_);
  std::atomic<bool> released{false};
  Countdown held(1);
  scheduler_->worker(1).Post(Pinned([&](Worker&) {
    held.Arrive();
    while (!released.load()) std::this_thread::yield();
  }));
  held.Await();
  Task* task = nullptr;
  Countdown parked(1);
  scheduler_->worker(0).Post(Pinned([&](Worker&) {
    task = &Task::Start(*domain, "task", [&] {
      parked.Arrive();
      Wait(*scheduler_, "Sleep").Until(Instant::Infinite());
    });
  }));
  parked.Await();
  task->RequestStop();
  while (domain->tasks() != 0) std::this_thread::yield();
  task->Unref();
  domain.reset();
  released.store(true);
  Drain(*scheduler_);
}

// Holds a thief inside its n-th fruitless look, so that a test can act at the worst moment.
class HoldingPolicy final : public ReadyPolicy {
 public:
  struct Hold {
    std::atomic<bool> counting{false};
    std::atomic<int> looks{0};
    std::atomic<bool> released{false};
    int at_look = 0;
  };

  explicit HoldingPolicy(Hold& hold) : hold_(hold) {}

  void Push(Runnable& runnable) override { policy_.Push(runnable); }
  Runnable* Pop() override { return policy_.Pop(); }
  bool empty() const override { return policy_.empty(); }
  size_t Steal(std::span<Runnable*> taken) override { return policy_.Steal(taken); }
  // What each look begins with.
  Stock stock() const override {
    const Stock stock = policy_.stock();
    if (stock.count == 0 && hold_.counting.load() && ++hold_.looks == hold_.at_look) {
      while (!hold_.released.load()) std::this_thread::yield();
    }
    return stock;
  }

 private:
  Hold& hold_;
  StealingPolicy policy_;
};

// A worker that finds nothing looks again before it sleeps. In whichever of these looks it is when
// something is made ready elsewhere: it must find it, or be woken.
TEST_F(StealingTest, WorkerAboutToSleepMissesNothing) {
  const BootClock clock;
  for (const int at_look : {1, 2}) {
    HoldingPolicy::Hold hold;
    hold.at_look = at_look;
    SchedulerOptions options = OptionsForThreads(2);
    options.make_policy = [&hold](int index) -> std::unique_ptr<ReadyPolicy> {
      if (index == 0) return std::make_unique<HoldingPolicy>(hold);
      return std::make_unique<StealingPolicy>();
    };
    scheduler_ = std::make_unique<Scheduler>(std::move(options));
    scheduler_->Start();
    const auto await = [&clock](const std::function<bool()>& what) {
      const Instant limit = clock.Now() + absl::Seconds(2);
      while (!what() && clock.Now() < limit) std::this_thread::yield();
      return what();
    };
    std::atomic<bool> ran{false};
    Countdown done(1);
    scheduler_->worker(0).Post(Pinned([&](Worker& worker) {
      scheduler_->worker(1).Post(Pinned([&](Worker&) { hold.counting.store(true); }));
      if (await([&] { return hold.looks.load() == at_look; })) {
        worker.MakeReady(Activation([&](Worker&) { ran.store(true); }));
        hold.released.store(true);
        EXPECT_TRUE(await([&] { return ran.load(); })) << "missed in look " << at_look;
      }
      done.Arrive();
    }));
    done.Await();
    hold.released.store(true);
    Drain(*scheduler_);
    scheduler_.reset();
  }
}

// Counts how often its worker was woken from outside.
class CountingPoller final : public Poller {
 public:
  CountingPoller(const BootClock& clock, std::atomic<int>& wakes) : poller_(clock), wakes_(wakes) {}
  Instant Now() override { return poller_.Now(); }
  void Wait(Instant deadline) override { poller_.Wait(deadline); }
  void Wake() override {
    ++wakes_;
    poller_.Wake();
  }

 private:
  ConditionPoller poller_;
  std::atomic<int>& wakes_;
};

// However many workers there are: what a guest brings goes to the one that stays up for it. A host
// that is busy with others may take the processor from that one between two questions, so it has
// several tries; a worker that does not stay up is woken for nearly each question of them all.
TEST_F(StealingTest, WorkerThatAnsweredAThreadStaysUpForTheNextQuestion) {
  constexpr int kQuestions = 100;
  constexpr int kTries = 50;
  for (const int workers : {1, 2}) {
    std::atomic<int> wakes{0};
    SchedulerOptions options = OptionsForThreads(workers);
    options.worker.spins = std::numeric_limits<int32_t>::max();
    options.make_poller = [&wakes](int) {
      return std::make_unique<CountingPoller>(BootClock(), wakes);
    };
    scheduler_ = std::make_unique<Scheduler>(std::move(options));
    scheduler_->Start();
    int fewest = kQuestions;
    for (int attempt = 0; attempt < kTries && fewest >= kQuestions / 10; ++attempt) {
      wakes.store(0);
      for (int i = 0; i < kQuestions; ++i) {
        rehearse::Wait wait(*scheduler_, "Ask");
        scheduler_->Post(Activation(
            [token = wait.token()](Worker&) { Waitable::Wake(token, WakeReason::kNotified); }));
        EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
      }
      fewest = std::min(fewest, wakes.load());
    }
    EXPECT_LT(fewest, kQuestions / 10) << workers << " workers";
    scheduler_.reset();
  }
}

TEST(SchedulerDeathTest, SeveralWorkersDoNotRunInline) {
  Scheduler scheduler(OptionsForThreads(2));
  EXPECT_DEATH(scheduler.RunInline(), "only a single worker runs on the caller's thread");
}

TEST(SchedulerDeathTest, NumberOfWorkersHasBounds) {
  EXPECT_DEATH(Scheduler(OptionsForThreads(0)), "1 to 64 workers");
  EXPECT_DEATH(Scheduler(OptionsForThreads(65)), "1 to 64 workers");
}

TEST(SchedulerBoundsTest, SixtyFourWorkersShareTheWork) {
  Scheduler scheduler(OptionsForThreads(64));
  scheduler.Start();
  Drain(scheduler);
  constexpr int kPieces = 1000;
  Countdown done(kPieces);
  for (int i = 0; i < kPieces; ++i) {
    scheduler.Post(
        Piece::Make(RunnableKind::kActivation, scheduler, [&](Worker&) { done.Arrive(); }));
  }
  done.Await();
}

// A canary is looked at when the stack is used again.
TEST(SchedulerDeathTest, OverflowWithoutAGuardPageIsReportedAtTheNextUse) {
  TestScheduler world({.stacks = {.may_install_guards = false, .protected_guards_max = 0}});
  const auto overflow = [&] {
    Task::Start(world.domain(), "deep", [&] {
      const Stack& stack = world.worker().current().stack();
      *const_cast<volatile std::byte*>(stack.bottom) = std::byte{1};
      Wait(world.scheduler(), "Sleep").Until(world.worker().now() + absl::Milliseconds(1));
    }).Unref();
    for (int i = 0; i < 3; ++i) {
      Task::Start(world.domain(), "next", [&] {
        for (int nap = 0; nap < 3; ++nap) {
          Wait(world.scheduler(), "Sleep").Until(world.worker().now() + absl::Milliseconds(2));
        }
      }).Unref();
    }
    world.Run();
  };
  EXPECT_DEATH(overflow(), "a fiber's stack overflowed: raise stack_bytes");
}

}  // namespace
}  // namespace rehearse
