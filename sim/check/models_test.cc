// The rule books, line by line.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/linearizability.h"
#include "rehearse/sim/check/log_model.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/queue_model.h"
#include "rehearse/sim/check/sequential_model.h"
#include "rehearse/sim/check/set_model.h"
#include "rehearse/sim/check/value_list.h"

namespace rehearse::sim {
namespace {

struct Call {
  std::string operation;
  std::string argument;
  std::string result;
};

// Whether the calls may have followed one another so.
bool Allows(const SequentialModel& model, const std::vector<Call>& calls) {
  std::string state = model.Initial();
  for (const Call& call : calls) {
    std::string next;
    const Operation operation = {.operation = call.operation,
                                 .argument = call.argument,
                                 .result = call.result,
                                 .outcome = Outcome::kOk};
    if (!model.Step(state, operation, &next)) return false;
    EXPECT_TRUE(!model.OnlyReads(operation) || next == state);
    state = next;
  }
  return true;
}

TEST(QueueModelTest, GivesOutInTheOrderOfPuttingIn) {
  const QueueModel queue;
  EXPECT_TRUE(Allows(queue, {{"enqueue", "a", ""}, {"enqueue", "b", ""}, {"dequeue", "", "a"}}));
  EXPECT_FALSE(Allows(queue, {{"enqueue", "a", ""}, {"enqueue", "b", ""}, {"dequeue", "", "b"}}));
}

TEST(QueueModelTest, GivesOutOnce) {
  const QueueModel queue;
  EXPECT_TRUE(Allows(queue, {{"enqueue", "a", ""}, {"dequeue", "", "a"}, {"dequeue", "", ""}}));
  EXPECT_FALSE(Allows(queue, {{"enqueue", "a", ""}, {"dequeue", "", "a"}, {"dequeue", "", "a"}}));
}

TEST(QueueModelTest, IsEmptyOnlyIfNothingIsInIt) {
  const QueueModel queue;
  EXPECT_TRUE(Allows(queue, {{"dequeue", "", ""}, {"peek", "", ""}}));
  EXPECT_FALSE(Allows(queue, {{"enqueue", "a", ""}, {"dequeue", "", ""}}));
}

TEST(QueueModelTest, PeeksAtWhatStays) {
  const QueueModel queue;
  EXPECT_TRUE(Allows(queue, {{"enqueue", "a", ""}, {"peek", "", "a"}, {"dequeue", "", "a"}}));
  EXPECT_FALSE(Allows(queue, {{"enqueue", "a", ""}, {"peek", "", "b"}}));
}

TEST(QueueModelTest, KnowsNothingElse) {
  EXPECT_FALSE(Allows(QueueModel(), {{"push", "a", ""}}));
  EXPECT_FALSE(Allows(QueueModel(), {{"enqueue", "", ""}}));
}

TEST(SetModelTest, TellsWhatChanged) {
  const SetModel set;
  EXPECT_TRUE(Allows(set, {{"add", "a", "yes"},
                           {"add", "a", "no"},
                           {"contains", "a", "yes"},
                           {"remove", "a", "yes"},
                           {"remove", "a", "no"},
                           {"contains", "a", "no"}}));
  EXPECT_FALSE(Allows(set, {{"add", "a", "no"}}));
  EXPECT_FALSE(Allows(set, {{"remove", "a", "yes"}}));
  EXPECT_FALSE(Allows(set, {{"add", "a", "yes"}, {"contains", "a", "no"}}));
}

TEST(SetModelTest, ListsItsMembersInOrder) {
  const SetModel set;
  const std::string both = ValueList({"a", "b"});
  EXPECT_TRUE(Allows(set, {{"add", "b", ""}, {"add", "a", ""}, {"members", "", both}}));
  EXPECT_FALSE(Allows(set, {{"add", "b", ""}, {"members", "", both}}));
}

TEST(SetModelTest, NeedsNoAnswerButToAQuestion) {
  EXPECT_TRUE(Allows(SetModel(), {{"add", "a", ""}, {"add", "a", ""}, {"remove", "b", ""}}));
  EXPECT_FALSE(Allows(SetModel(), {{"contains", "a", ""}}));
  EXPECT_FALSE(Allows(SetModel(), {{"add", "a", "maybe"}}));
  EXPECT_FALSE(Allows(SetModel(), {{"insert", "a", "yes"}}));
}

TEST(LogModelTest, KeepsWhatWasAppended) {
  const LogModel log;
  const std::vector<Call> two = {{"append", "a", "0"}, {"append", "b", "1"}};
  const auto then = [&two](Call call) {
    std::vector<Call> calls = two;
    calls.push_back(call);
    return calls;
  };
  EXPECT_TRUE(Allows(log, then({"read", "", ValueList({"a", "b"})})));
  EXPECT_TRUE(Allows(log, then({"read", "1", ValueList({"b"})})));
  EXPECT_TRUE(Allows(log, then({"read", "2", ""})));
  EXPECT_TRUE(Allows(log, then({"length", "", "2"})));
  EXPECT_FALSE(Allows(log, then({"read", "", ValueList({"a"})})));
  EXPECT_FALSE(Allows(log, then({"read", "", ValueList({"b", "a"})})));
  EXPECT_FALSE(Allows(log, then({"length", "", "1"})));
  EXPECT_FALSE(Allows(log, then({"append", "c", "1"})));
}

TEST(LogModelTest, KnowsNothingElse) {
  EXPECT_FALSE(Allows(LogModel(), {{"read", "first", ""}}));
  EXPECT_FALSE(Allows(LogModel(), {{"truncate", "0", ""}}));
}

// A dequeue of unknown outcome took a value, or did not: either explains the next one.
TEST(QueueModelTest, LetsADequeueOfUnknownOutcomeTakeAValue) {
  const auto history = [](std::string dequeued) -> std::vector<Operation> {
    return {{.id = 1, .operation = "enqueue", .argument = "a", .outcome = Outcome::kOk, .end = 1},
            {.id = 2, .operation = "dequeue", .outcome = Outcome::kUnknown, .begin = 2},
            {.id = 3,
             .operation = "dequeue",
             .result = dequeued,
             .outcome = Outcome::kOk,
             .begin = 3,
             .end = 4}};
  };
  EXPECT_TRUE(CheckLinearizability(history(""), QueueModel()).linearizable());
  EXPECT_TRUE(CheckLinearizability(history("a"), QueueModel()).linearizable());
  EXPECT_FALSE(CheckLinearizability(history("b"), QueueModel()).linearizable());
}

}  // namespace
}  // namespace rehearse::sim
