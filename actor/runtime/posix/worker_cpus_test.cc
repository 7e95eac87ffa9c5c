#include "rehearse/actor/runtime/posix/worker_cpus.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/runtime/posix/thread_pool.h"
#include "rehearse/actor/runtime/task.h"

namespace rehearse {
namespace {

using Cpus = std::vector<int>;

TEST(WorkerCpusTest, AListIsNumbersAndRangesInItsOrder) {
  EXPECT_EQ(*ParseCpuList("0"), (Cpus{0}));
  EXPECT_EQ(*ParseCpuList("5,0,2-4"), (Cpus{5, 0, 2, 3, 4}));
  EXPECT_EQ(*ParseCpuList("7-7"), (Cpus{7}));
  EXPECT_EQ(*ParseCpuList("1023"), (Cpus{1023}));
}

TEST(WorkerCpusTest, WhatIsNoListIsRefusedInWords) {
  for (const char* const bad :
       {"", ",", "1,", "a", "-1", "1-", "3-2", "1-2-3", "0,0", "0-3,2", "1024", "0-4294967295"}) {
    EXPECT_EQ(ParseCpuList(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(absl::StrContains(ParseCpuList("0,x").status().message(), "\"x\" is no CPU"));
  EXPECT_TRUE(absl::StrContains(ParseCpuList("0-3,2").status().message(), "CPU 2 twice"));
}

TEST(WorkerCpusTest, EachWorkerHasOneOfThoseAllowed) {
  const Cpus allowed = {1, 3, 5};
  EXPECT_EQ(*CpusOfWorkers("none", 2, allowed), Cpus());
  EXPECT_EQ(*CpusOfWorkers("auto", 2, allowed), (Cpus{1, 3}));
  EXPECT_EQ(*CpusOfWorkers("auto", 3, allowed), (Cpus{1, 3, 5}));
  EXPECT_EQ(*CpusOfWorkers("5,1", 2, allowed), (Cpus{5, 1}));
  EXPECT_EQ(*CpusOfWorkers("5,1,3", 2, allowed), (Cpus{5, 1}));
}

TEST(WorkerCpusTest, TooFewAndForeignOnesAreRefusedInWords) {
  const Cpus allowed = {1, 3, 5};
  for (const char* const pin : {"auto", "1,3,5"}) {
    const absl::Status few = CpusOfWorkers(pin, 4, allowed).status();
    EXPECT_EQ(few.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(few.message(), "4 workers want a CPU each, and there are 3"));
  }
  const absl::Status foreign = CpusOfWorkers("1-3", 2, allowed).status();
  EXPECT_EQ(foreign.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(foreign.message(), "CPU 2 is none of those"));
  EXPECT_EQ(CpusOfWorkers("all", 1, allowed).status().code(), absl::StatusCode::kInvalidArgument);
}

// Keeps what it is told.
class Lines final : public Log {
 public:
  void Write(Severity, absl::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

// Where the first worker of `scheduler` may run.
Cpus CpusOfFirstWorker(Scheduler& scheduler) {
  Cpus found;
  Countdown left(1);
  scheduler.Start();
  Drain(scheduler);
  Task::Start(
      scheduler.own_domain(), "look", [&] { found = AllowedCpus(); },
      [&](GuardResult, const std::exception_ptr&) { left.Arrive(); })
      .Unref();
  left.Await();
  scheduler.RequestStop();
  scheduler.Join();
  return found;
}

TEST(WorkerCpusTest, AWorkerStaysWhereItIsPut) {
  for (const int cpu : AllowedCpus()) {
    Lines log;
    Scheduler scheduler(OptionsForThreads(1));
    PinWorkers(scheduler, {cpu}, log);
    EXPECT_EQ(CpusOfFirstWorker(scheduler), (Cpus{cpu}));
    EXPECT_TRUE(log.lines.empty());
  }
}

TEST(WorkerCpusTest, ACpuThatIsNotThereIsToldAndLeavesTheWorkerAsItWas) {
  if (AllowedCpus().back() == kCpusMax - 1) GTEST_SKIP() << "they are all there";
  Lines log;
  Scheduler scheduler(OptionsForThreads(1));
  PinWorkers(scheduler, {kCpusMax - 1}, log);
  EXPECT_EQ(CpusOfFirstWorker(scheduler), AllowedCpus());
  ASSERT_EQ(log.lines.size(), 1u);
  EXPECT_TRUE(absl::StrContains(log.lines[0], "worker 0 stays unpinned, CPU 1023: "));
}

// A thread has its CPUs of the one that starts it; the pool's are to have all.
TEST(WorkerCpusTest, SideThreadsStartedByAPinnedWorkerAreNotPinned) {
  const Cpus allowed = AllowedCpus();
  Lines log;
  ThreadPool pool(1);
  Scheduler scheduler(OptionsForThreads(1));
  PinWorkers(scheduler, {allowed.back()}, log);
  Cpus found;
  Countdown left(1);
  scheduler.Start();
  Drain(scheduler);
  Task::Start(scheduler.own_domain(), "ask", [&] {
    pool.Submit([&] {
      found = AllowedCpus();
      left.Arrive();
    });
  }).Unref();
  left.Await();
  scheduler.RequestStop();
  scheduler.Join();
  EXPECT_EQ(found, allowed);
}

}  // namespace
}  // namespace rehearse
