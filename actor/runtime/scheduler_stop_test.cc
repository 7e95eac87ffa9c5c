// Stops and kills from plain threads, against tasks in every state on several workers.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {
namespace {

// A task under observation: how often its body began, left and was torn down, and how it ended.
struct Subject {
  Task* task = nullptr;
  std::atomic<int> began{0};
  std::atomic<int> destroyed{0};
  std::atomic<int> returned{0};
  std::atomic<int> unwound{0};
  std::atomic<int> ended{0};
};

struct Inside {
  explicit Inside(Subject& subject) : subject(subject) { subject.began.fetch_add(1); }
  ~Inside() { subject.destroyed.fetch_add(1); }
  Subject& subject;
};

class SchedulerStopTest : public testing::TestWithParam<int> {
 public:
  static constexpr int kAtOnce = 100;
  static constexpr int kWaves = kThreadSanitizer ? 15 : 30;

  SchedulerStopTest() : scheduler_(OptionsForThreads(GetParam())) { scheduler_.Start(); }

  WakeReason WaitUntil(Instant deadline) { return Wait(scheduler_, "Test").Until(deadline); }
  Instant WorkersNow() { return CurrentWorker()->now(); }

  // Starts kAtOnce tasks, lets `interrupt` at each of them from its own thread meanwhile, and
  // awaits the end of all. `kWaves` times.
  void RunWaves(const std::function<void()>& body, const std::function<void(Task&, int)>& interrupt,
                const std::function<void(const Subject&)>& check) {
    for (int wave = 0; wave < kWaves; ++wave) {
      Countdown ended(kAtOnce);
      std::vector<Subject> subjects(kAtOnce);
      std::atomic<int> started{0};
      std::vector<std::thread> interrupters;
      for (int half = 0; half < 2; ++half) {
        interrupters.emplace_back([&, half] {
          for (int i = 0; i < kAtOnce; ++i) {
            while (started.load() <= i) std::this_thread::yield();
            interrupt(*subjects[static_cast<size_t>(i)].task, half);
          }
        });
      }
      for (Subject& subject : subjects) {
        subject.task = &StartSubject(subject, body, ended);
        started.fetch_add(1);
      }
      for (std::thread& thread : interrupters) thread.join();
      ended.Await();
      Drain(scheduler_);
      for (Subject& subject : subjects) {
        subject.task->Unref();
        ASSERT_EQ(subject.ended, 1);
        ASSERT_EQ(subject.began, subject.destroyed);
        check(subject);
      }
    }
  }

  Scheduler scheduler_;

 private:
  Task& StartSubject(Subject& subject, const std::function<void()>& body, Countdown& ended) {
    return Task::Start(
        scheduler_.own_domain(), "subject",
        [&subject, &body] {
          const Inside inside(subject);
          body();
          subject.returned.fetch_add(1);
        },
        [&subject, &ended](GuardResult result, const std::exception_ptr&) {
          EXPECT_NE(result, GuardResult::kThrew);
          subject.unwound.fetch_add(result == GuardResult::kUnwound ? 1 : 0);
          subject.ended.fetch_add(1);
          ended.Arrive();
        });
  }
};

INSTANTIATE_TEST_SUITE_P(Workers, SchedulerStopTest, testing::Values(1, 3));

void Stop(Task& task, int) { task.RequestStop(); }
void Kill(Task& task, int) { task.RequestKill(); }

void ExpectReturned(const Subject& subject) {
  ASSERT_EQ(subject.returned, 1);
  ASSERT_EQ(subject.unwound, 0);
}
void ExpectUnwound(const Subject& subject) {
  ASSERT_EQ(subject.returned, 0);
  ASSERT_EQ(subject.unwound, 1);
}

TEST_P(SchedulerStopTest, StopEndsAnEndlessWait) {
  RunWaves([&] { EXPECT_EQ(WaitUntil(Instant::Infinite()), WakeReason::kStopped); }, Stop,
           ExpectReturned);
}

TEST_P(SchedulerStopTest, KillUnwindsAnEndlessWait) {
  RunWaves([&] { WaitUntil(Instant::Infinite()); }, Kill, ExpectUnwound);
}

TEST_P(SchedulerStopTest, StopReachesATaskThatIsMostlyRunning) {
  RunWaves(
      [&] {
        while (WaitUntil(WorkersNow()) != WakeReason::kStopped) {
        }
      },
      Stop, ExpectReturned);
}

TEST_P(SchedulerStopTest, KillReachesATaskThatIsMostlyRunning) {
  RunWaves(
      [&] {
        while (true) WaitUntil(WorkersNow());
      },
      Kill, ExpectUnwound);
}

TEST_P(SchedulerStopTest, StopReachesATaskThatComputesWithoutWaiting) {
  RunWaves(
      [&] {
        auto* const self = CurrentWorker()->current().strand();
        while (!self->stop_requested()) std::this_thread::yield();
        EXPECT_EQ(WaitUntil(Instant::Infinite()), WakeReason::kStopped);
      },
      Stop, ExpectReturned);
}

TEST_P(SchedulerStopTest, LoopThatIgnoresItsStopIsUnwound) {
  RunWaves(
      [&] {
        while (true) WaitUntil(Instant::Infinite());
      },
      Stop, ExpectUnwound);
}

TEST_P(SchedulerStopTest, StopAndKillTogetherEndItOnce) {
  RunWaves(
      [&] {
        while (WaitUntil(Instant::Infinite()) != WakeReason::kStopped) {
        }
        WaitUntil(Instant::Infinite());
      },
      [](Task& task, int half) { half == 0 ? task.RequestStop() : task.RequestKill(); },
      [](const Subject& subject) { ASSERT_EQ(subject.returned + subject.unwound, 1); });
}

TEST_P(SchedulerStopTest, KillGoesThroughACatchBlock) {
  RunWaves(
      [&] {
        try {
          throw 1;
        } catch (int) {
          try {
            WaitUntil(Instant::Infinite());
          } catch (...) {
            WaitUntil(WorkersNow());
          }
        }
      },
      Kill, ExpectUnwound);
}

TEST_P(SchedulerStopTest, DeadlineAndKillMeetAtAnyMoment) {
  RunWaves(
      [&] {
        for (int i = 0; true; ++i) WaitUntil(WorkersNow() + absl::Microseconds(i % 200));
      },
      Kill, ExpectUnwound);
}

// Tasks that wait for a partner which is being stopped as well: whoever loses, nobody hangs.
TEST_P(SchedulerStopTest, WakeOfAPartnerAndStopMeetAtAnyMoment) {
  std::mutex mutex;
  std::array<WaitToken, 64> offered;
  size_t turn = 0;
  RunWaves(
      [&] {
        while (true) {
          Wait wait(scheduler_, "Partner");
          WaitToken partner = wait.token();
          {
            // What it gets for its own token may belong to a wait that is long over.
            const std::lock_guard<std::mutex> lock(mutex);
            std::swap(partner, offered[turn++ % offered.size()]);
          }
          Waitable::Wake(partner, WakeReason::kNotified);
          if (wait.Until(WorkersNow() + absl::Milliseconds(1)) == WakeReason::kStopped) return;
        }
      },
      Stop, ExpectReturned);
}

// A strand that goes from worker to worker, one activation each, while it is being killed.
class Wanderer final : public Strand {
 public:
  Wanderer(Domain& domain, Countdown& done)
      : Strand(RunnableKind::kActivation, domain), done_(done) {}

  void Run(Worker& worker) override {
    Enter(worker);
    std::exception_ptr thrown;
    const GuardResult result = RunGuarded(
        worker.current(),
        [&] { Wait(worker.scheduler(), "Wander").Until(worker.now() + absl::Microseconds(5)); },
        thrown);
    Leave(worker);
    if (result == GuardResult::kUnwound) return done_.Arrive();
    worker.MakeReady(*this);
  }
  std::string Describe() const override { return "wanderer"; }

 private:
  void OnUnkillable(absl::string_view) override {}

  Countdown& done_;
};

TEST_P(SchedulerStopTest, KillFindsAStrandThatMovesBetweenWorkers) {
  for (int wave = 0; wave < kWaves; ++wave) {
    Countdown done(20);
    std::vector<Wanderer*> wanderers;
    for (int i = 0; i < 20; ++i) {
      wanderers.push_back(new Wanderer(scheduler_.own_domain(), done));
      Schedule(*wanderers.back());
    }
    for (Wanderer* const wanderer : wanderers) wanderer->RequestKill();
    done.Await();
    Drain(scheduler_);
    for (Wanderer* const wanderer : wanderers) wanderer->Unref();
  }
}

TEST_P(SchedulerStopTest, StopThatComesAfterTheEndDoesNothing) {
  for (int i = 0; i < 500; ++i) {
    Countdown done(1);
    Task& task = Task::Start(
        scheduler_.own_domain(), "brief", [] {},
        [&](GuardResult result, const std::exception_ptr&) {
          EXPECT_EQ(result, GuardResult::kReturned);
          done.Arrive();
        });
    done.Await();
    task.RequestStop();
    task.RequestKill();
    task.Unref();
  }
  Drain(scheduler_);
}

// The workers have ended, and the word of a stop stays in their inboxes: left behind, but harmless.
TEST_P(SchedulerStopTest, SchedulerMayEndBeforeAStopArrives) {
  const LeaksExpected leaks;
  for (int i = 0; i < 20; ++i) {
    Scheduler scheduler(OptionsForThreads(GetParam()));
    Countdown ended(1);
    Task& task = Task::Start(scheduler.own_domain(), "late", [&] { ended.Arrive(); });
    scheduler.Start();
    ended.Await();
    Drain(scheduler);
    scheduler.RequestStop();
    scheduler.Join();
    task.RequestStop();
    task.Unref();
  }
}

}  // namespace
}  // namespace rehearse
