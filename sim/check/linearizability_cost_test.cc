// What a judge may cost, in steps: the same number on each machine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/atomic_register_workload.h"
#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/log_model.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/queue_model.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/check/sequential_model.h"
#include "rehearse/sim/check/set_model.h"
#include "rehearse/sim/check/testing/atomic_object_workload.h"

namespace rehearse::sim {
namespace {

constexpr uint64_t kOperations = 20'000;

std::vector<Operation> SixteenClients(uint64_t values) {
  AtomicRegisterOptions options;
  options.operations = kOperations;
  options.clients = 16;
  options.values = values;
  options.unknown = Ratio::Percent(1);
  return AtomicRegisterWorkload(options, Random(7)).Run();
}

// In the second half every read returns the first value again.
void GoBackInTime(std::vector<Operation>& history) {
  for (size_t i = history.size() / 2; i < history.size(); ++i) {
    if (history[i].operation == "read" && history[i].outcome == Outcome::kOk) {
      history[i].result = "v0";
    }
  }
}

// As many writes at once, and then a read that none of their 2^n subsets explains.
std::vector<Operation> WritesAtOnce(uint64_t writes) {
  std::vector<Operation> history;
  for (uint64_t i = 0; i < writes; ++i) {
    history.push_back({.id = i,
                       .object = "x",
                       .operation = "write",
                       .argument = std::to_string(i),
                       .outcome = Outcome::kOk,
                       .begin = i,
                       .end = 2 * writes + i});
  }
  history.push_back({.id = writes,
                     .object = "x",
                     .operation = "read",
                     .result = "other",
                     .outcome = Outcome::kOk,
                     .begin = writes,
                     .end = writes + 1});
  return history;
}

Judgement Search(const std::vector<Operation>& history, const JudgeLimits& limits = {}) {
  const RegisterModel model;
  return CheckLinearizability(history, static_cast<const SequentialModel&>(model), limits);
}

TEST(LinearizabilityCostTest, ZonesLookAtEachOperationTwice) {
  const Judgement judgement = CheckLinearizability(SixteenClients(0), RegisterModel());
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 2 * kOperations);
}

TEST(LinearizabilityCostTest, ZonesFindTheFirstConflictInLogarithmicallyManyLooks) {
  std::vector<Operation> history = SixteenClients(0);
  GoBackInTime(history);
  const Judgement judgement = CheckLinearizability(history, RegisterModel());
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_LE(judgement.steps, 20 * kOperations);
}

TEST(LinearizabilityCostTest, SearchRarelyGoesAstray) {
  const Judgement judgement = Search(SixteenClients(5));
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 10 * kOperations);
}

TEST(LinearizabilityCostTest, ZonesDoNotMindHowManyOverlap) {
  const Judgement judgement = CheckLinearizability(WritesAtOnce(1000), RegisterModel());
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_LE(judgement.steps, 20 * 1000u);
}

TEST(LinearizabilityCostTest, SearchGivesUpAtItsStepLimit) {
  for (uint64_t steps_max : {0u, 1u, 1000u, 100'000u}) {
    const Judgement judgement = Search(WritesAtOnce(40), {.steps_max = steps_max});
    EXPECT_EQ(judgement.answer, Answer::kUndecided);
    EXPECT_LE(judgement.steps, steps_max);
    EXPECT_THAT(judgement.explanation, testing::HasSubstr("met its limits"));
  }
  EXPECT_EQ(Search(WritesAtOnce(6)).answer, Answer::kNotLinearizable);
}

TEST(LinearizabilityCostTest, SearchGivesUpAtItsMemoryLimit) {
  const Judgement judgement = Search(WritesAtOnce(40), {.memory_bytes_max = 1 << 20});
  EXPECT_EQ(judgement.answer, Answer::kUndecided);
  EXPECT_LT(judgement.steps, 1'000'000u);
}

TEST(LinearizabilityCostTest, OneUndecidedObjectHidesNoViolationOfAnother) {
  std::vector<Operation> history = WritesAtOnce(40);
  history.push_back({.id = 99,
                     .object = "y",
                     .operation = "read",
                     .result = "1",
                     .outcome = Outcome::kOk,
                     .begin = 200,
                     .end = 201});
  const Judgement judgement = Search(history, {.steps_max = 10'000});
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.object, "y");
}

// A hundred operations on each of a thousand objects, by sixteen clients.
std::vector<Operation> HundredThousand(const AtomicKind& kind) {
  AtomicObjectOptions options;
  options.operations = 100'000;
  options.clients = 16;
  options.objects = 1000;
  options.unknown = Ratio::Percent(1);
  return AtomicObjectWorkload(kind, options, Random(7)).Run();
}

TEST(LinearizabilityCostTest, RegistersTakeTwoLooksAnOperation) {
  AtomicRegisterOptions options;
  options.operations = 100'000;
  options.clients = 16;
  options.objects = 1000;
  const auto history = AtomicRegisterWorkload(options, Random(7)).Run();
  const Judgement judgement = CheckLinearizability(history, RegisterModel());
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 2 * 100'000u);
}

TEST(LinearizabilityCostTest, QueuesTakeFewStepsAnOperation) {
  const Judgement judgement = CheckLinearizability(HundredThousand(AtomicQueue()), QueueModel());
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 3 * 100'000u);
}

TEST(LinearizabilityCostTest, SetsTakeFewStepsAnOperation) {
  const Judgement judgement = CheckLinearizability(HundredThousand(AtomicSet()), SetModel());
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 3 * 100'000u);
}

TEST(LinearizabilityCostTest, LogsTakeFewStepsAnOperation) {
  const Judgement judgement = CheckLinearizability(HundredThousand(AtomicLog()), LogModel());
  EXPECT_EQ(judgement.answer, Answer::kLinearizable) << judgement.explanation;
  EXPECT_LE(judgement.steps, 3 * 100'000u);
}

}  // namespace
}  // namespace rehearse::sim
