#include "rehearse/bench/scaling/scheduler_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/bench/scaling/cache_line.h"
#include "rehearse/bench/scaling/model_programs.h"

namespace rehearse::bench {
namespace {

constexpr int kCores[] = {1, 2, 4, 8, 16, 32, 64};
constexpr MachineCosts kFree;
constexpr MachineCosts kDear = {
    .line = 50, .migration = 100, .wake_call = 200, .wake_delay = 5000, .park = 30, .depot = 20};

SchedulerModel::Outcome Play(ModelProgram&& program, const MachineCosts& costs, int workers) {
  return SchedulerModel(costs, workers, program).Run();
}

SchedulerModel::Outcome Big(const MachineCosts& costs, int workers, int crowd = 64) {
  return Play(BigProgram({.crowd = crowd, .pings = 100, .message = 40, .same_choices = false}),
              costs, workers);
}
SchedulerModel::Outcome Fork(const MachineCosts& costs, int workers) {
  return Play(
      ForkProgram(
          {.actors = 2000, .spawn = 100, .life = 200, .spawn_fresh = 300, .life_fresh = 500}),
      costs, workers);
}
SchedulerModel::Outcome Contend(const MachineCosts& costs, int workers) {
  return Play(ContendProgram({.senders = 20, .messages = 100, .send = 20, .handle = 15}), costs,
              workers);
}

TEST(CacheLineTest, CostsNothingWhereItIs) {
  CacheLine line;
  EXPECT_EQ(line.Write(0, 10, 50), 10);
  EXPECT_EQ(line.Write(0, 20, 50), 20);
  EXPECT_EQ(line.Read(0, 30, 50), 30);
}

TEST(CacheLineTest, WritersComeOneAfterAnother) {
  CacheLine line;
  line.Write(0, 0, 50);
  EXPECT_EQ(line.Write(1, 100, 50), 150);
  EXPECT_EQ(line.Write(2, 100, 50), 200);
}

TEST(CacheLineTest, ReadersKeepCopiesUntilSomebodyWrites) {
  CacheLine line;
  line.Write(0, 0, 50);
  EXPECT_EQ(line.Read(1, 100, 50), 150);
  EXPECT_EQ(line.Read(1, 200, 50), 200);
  EXPECT_EQ(line.Write(0, 300, 50), 350);
  EXPECT_EQ(line.Read(1, 400, 50), 450);
}

// A start and two messages a ping, whoever handles them.
TEST(SchedulerModelTest, HandlesEachMessageOnceOnAnyNumberOfCores) {
  for (const int cores : kCores) {
    EXPECT_EQ(Big(kDear, cores).steps, 64u * (1 + 2 * 100)) << cores;
    EXPECT_EQ(Fork(kDear, cores).steps, 2000u * 2) << cores;
    EXPECT_EQ(Contend(kDear, cores).steps, 20u * 100 * 2) << cores;
  }
}

TEST(SchedulerModelTest, OneWorkerTakesWhatTheStepsTake) {
  const SchedulerModel::Outcome big = Big(kDear, 1);
  EXPECT_DOUBLE_EQ(big.work, 40.0 * 64 * (1 + 2 * 100));
  // And the depot's lock, each sixty-fourth message.
  EXPECT_NEAR(big.nanos, big.work, 0.02 * big.work);
  EXPECT_EQ(big.waiting + big.moving + big.asleep, 0);
  EXPECT_EQ(big.steals + big.wakes, 0u);
}

TEST(SchedulerModelTest, WorkIsTheSameOnAnyNumberOfCores) {
  const double alone = Big(kFree, 1).work;
  for (const int cores : kCores) EXPECT_DOUBLE_EQ(Big(kDear, cores).work, alone) << cores;
}

TEST(SchedulerModelTest, NobodyIsFasterThanAllCoresAtOnce) {
  for (const int cores : kCores) {
    for (const auto& outcome : {Big(kDear, cores), Contend(kDear, cores), Fork(kDear, cores)}) {
      EXPECT_GE(outcome.nanos * cores, outcome.work) << cores;
      // What each core did and did not do is no more time than there was.
      EXPECT_LE(outcome.work + outcome.moving + outcome.asleep, 1.001 * outcome.nanos * cores);
    }
  }
}

// Where nothing but the work costs anything, and there is enough of it.
TEST(SchedulerModelTest, MoreCoresAreNotSlowerWhereOnlyTheWorkCosts) {
  double before = Big(kFree, 1, 4096).nanos;
  for (const int cores : kCores) {
    const double nanos = Big(kFree, cores, 4096).nanos;
    EXPECT_LE(nanos, before * 1.0001) << cores;
    before = nanos;
  }
  EXPECT_LT(before, Big(kFree, 1, 4096).nanos / 48);
}

TEST(SchedulerModelTest, DearerLinesAreNotFaster) {
  double before = 0;
  for (const double line : {0.0, 25.0, 50.0, 100.0, 200.0}) {
    const double nanos = Contend({.line = line}, 8).nanos;
    EXPECT_GE(nanos, before) << line;
    before = nanos;
  }
}

// The spawner is one actor: whatever the others do, it takes its time.
TEST(SchedulerModelTest, ForkIsAtLeastItsSpawner) {
  for (const int cores : kCores) EXPECT_GE(Fork(kFree, cores).nanos, 2000.0 * 100) << cores;
  EXPECT_LT(Fork(kFree, 8).nanos, Fork(kFree, 1).nanos);
}

TEST(SchedulerModelTest, SendersOfAFullMailboxWait) {
  EXPECT_GT(Contend(kDear, 2).parks, 0u);
  EXPECT_EQ(
      Play(ContendProgram({.senders = 1, .messages = 100, .capacity = 0, .send = 1, .handle = 1}),
           kDear, 2)
          .parks,
      0u);
}

TEST(SchedulerModelTest, TheSameRunTwice) {
  const SchedulerModel::Outcome one = Big(kDear, 16);
  const SchedulerModel::Outcome two = Big(kDear, 16);
  EXPECT_EQ(one.nanos, two.nanos);
  EXPECT_EQ(one.steals, two.steals);
  EXPECT_EQ(one.wakes, two.wakes);
}

}  // namespace
}  // namespace rehearse::bench
