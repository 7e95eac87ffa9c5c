#include "rehearse/sim/check/linearizability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "rehearse/sim/check/judgement.h"
#include "rehearse/sim/check/operation.h"
#include "rehearse/sim/check/register_model.h"
#include "rehearse/sim/check/sequential_model.h"

namespace rehearse::sim {
namespace {

using testing::HasSubstr;

Operation Write(std::string value, uint64_t begin, uint64_t end) {
  return {.object = "x",
          .operation = "write",
          .argument = value,
          .outcome = Outcome::kOk,
          .begin = begin,
          .end = end};
}

Operation Read(std::string value, uint64_t begin, uint64_t end) {
  return {.object = "x",
          .operation = "read",
          .result = value,
          .outcome = Outcome::kOk,
          .begin = begin,
          .end = end};
}

Operation Unknown(Operation operation) {
  operation.outcome = Outcome::kUnknown;
  operation.result = "";
  return operation;
}

Operation Failed(Operation operation) {
  operation.outcome = Outcome::kFailed;
  operation.result = "";
  return operation;
}

Operation On(std::string object, Operation operation) {
  operation.object = object;
  return operation;
}

// Numbers the operations from 1.
std::vector<Operation> History(std::initializer_list<Operation> operations) {
  std::vector<Operation> history = operations;
  for (size_t i = 0; i < history.size(); ++i) {
    history[i].id = i + 1;
    history[i].process = i;
  }
  return history;
}

// The judgement by zones where they apply; the search must give the same answer.
Judgement Judge(const std::vector<Operation>& history, std::string initial = "") {
  const RegisterModel model(initial);
  const Judgement searched =
      CheckLinearizability(history, static_cast<const SequentialModel&>(model));
  const Judgement judgement = CheckLinearizability(history, model);
  EXPECT_EQ(searched.answer, judgement.answer) << searched.explanation << judgement.explanation;
  EXPECT_EQ(searched.operation, judgement.operation)
      << searched.explanation << judgement.explanation;
  return judgement;
}

bool Holds(const std::vector<Operation>& history, std::string initial = "") {
  return Judge(history, initial).answer == Answer::kLinearizable;
}

TEST(LinearizabilityTest, AcceptsAHistoryOfNothing) { EXPECT_TRUE(Holds({})); }

TEST(LinearizabilityTest, AcceptsReadsOfTheLastWrite) {
  EXPECT_TRUE(Holds(History(
      {Write("1", 1, 2), Read("1", 3, 4), Write("2", 5, 6), Read("2", 7, 8), Read("2", 9, 10)})));
}

TEST(LinearizabilityTest, AcceptsTheInitialValueUntilAWrite) {
  EXPECT_TRUE(Holds(History({Read("", 1, 2), Write("1", 3, 4), Read("1", 5, 6)})));
  EXPECT_TRUE(Holds(History({Read("0", 1, 2), Write("1", 3, 4)}), "0"));
  EXPECT_FALSE(Holds(History({Read("", 1, 2), Write("1", 3, 4)}), "0"));
}

TEST(LinearizabilityTest, RefusesAStaleRead) {
  const Judgement judgement = Judge(History({Write("1", 1, 2), Write("2", 3, 4), Read("1", 5, 6)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.object, "x");
  EXPECT_EQ(judgement.operation, 3u);
  EXPECT_THAT(judgement.explanation, HasSubstr("stale read"));
}

TEST(LinearizabilityTest, BlamesAStaleReadOnWhatWasThereBeforeItBegan) {
  const Judgement judgement =
      Judge(History({Write("1", 1, 2), Write("2", 3, 4), Read("1", 5, 8), Write("3", 6, 7)}));
  EXPECT_EQ(judgement.operation, 3u);
  EXPECT_THAT(judgement.explanation, HasSubstr("though \"2\" had replaced it"));
}

TEST(LinearizabilityTest, RefusesALostWrite) {
  const Judgement judgement = Judge(History({Write("1", 1, 2), Read("", 3, 4)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_THAT(judgement.explanation, HasSubstr("the initial value"));
}

TEST(LinearizabilityTest, LetsAReadSeeAnOverlappingWriteOrNot) {
  for (const char* seen : {"1", "2"}) {
    EXPECT_TRUE(Holds(History({Write("1", 1, 2), Write("2", 3, 6), Read(seen, 4, 5)}))) << seen;
  }
}

// Positions are unique in a recorded history; if two are not, nobody is accused for it.
TEST(LinearizabilityTest, CountsOperationsThatTouchAsOverlapping) {
  EXPECT_TRUE(Holds(History({Write("1", 1, 2), Write("2", 3, 4), Read("1", 4, 5)})));
  EXPECT_FALSE(Holds(History({Write("1", 1, 2), Write("2", 3, 4), Read("1", 5, 6)})));
}

TEST(LinearizabilityTest, RefusesANewOldInversion) {
  const Judgement judgement =
      Judge(History({Write("1", 1, 2), Write("2", 3, 10), Read("2", 4, 5), Read("1", 6, 7)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.operation, 4u);
  EXPECT_THAT(judgement.explanation, HasSubstr("new-old inversion"));
}

TEST(LinearizabilityTest, LetsConcurrentReadsDisagree) {
  EXPECT_TRUE(
      Holds(History({Write("1", 1, 2), Write("2", 3, 10), Read("2", 4, 6), Read("1", 5, 7)})));
  EXPECT_TRUE(
      Holds(History({Write("1", 1, 2), Write("2", 3, 10), Read("1", 4, 6), Read("2", 5, 7)})));
}

TEST(LinearizabilityTest, RefusesTwoReadersWhoSawTwoWritesInDifferentOrders) {
  EXPECT_FALSE(Holds(History({Write("1", 1, 20), Write("2", 2, 21), Read("1", 3, 4),
                              Read("2", 5, 6), Read("2", 7, 8), Read("1", 9, 10)})));
  EXPECT_TRUE(Holds(History({Write("1", 1, 20), Write("2", 2, 21), Read("1", 3, 4), Read("2", 5, 6),
                             Read("2", 7, 8), Read("2", 9, 10)})));
}

TEST(LinearizabilityTest, RefusesAValueThatNobodyWrote) {
  const Judgement judgement = Judge(History({Write("1", 1, 2), Read("2", 3, 4), Read("1", 5, 6)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.operation, 2u);
  EXPECT_THAT(judgement.explanation, HasSubstr("nothing ever wrote"));
}

TEST(LinearizabilityTest, RefusesAValueThatIsYetToBeWritten) {
  const Judgement judgement = Judge(History({Read("1", 1, 2), Write("1", 3, 4)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_THAT(judgement.explanation, HasSubstr("before its write had begun"));
}

TEST(LinearizabilityTest, LetsAnUnknownWriteShowUpLate) {
  EXPECT_TRUE(Holds(
      History({Unknown(Write("2", 1, 2)), Write("1", 3, 4), Read("1", 5, 6), Read("2", 7, 8)})));
}

TEST(LinearizabilityTest, LetsAnUnknownWriteNeverShow) {
  EXPECT_TRUE(Holds(
      History({Write("1", 1, 2), Unknown(Write("2", 3, 4)), Read("1", 5, 6), Read("1", 7, 8)})));
}

TEST(LinearizabilityTest, RefusesAnUnknownWriteThatShowsAndIsGone) {
  EXPECT_FALSE(Holds(
      History({Write("1", 1, 2), Unknown(Write("2", 3, 4)), Read("2", 5, 6), Read("1", 7, 8)})));
}

TEST(LinearizabilityTest, RefusesAnUnknownWriteSeenBeforeItBegan) {
  EXPECT_FALSE(Holds(History({Read("1", 1, 2), Unknown(Write("1", 3, 4))})));
  EXPECT_TRUE(Holds(History({Read("1", 1, 4), Unknown(Write("1", 3, Operation::kNeverEnded))})));
}

TEST(LinearizabilityTest, AsksNothingOfUnknownReads) {
  EXPECT_TRUE(Holds(History({Write("1", 1, 2), Unknown(Read("", 3, 4)), Read("1", 5, 6)})));
}

TEST(LinearizabilityTest, RefusesAFailedWriteThatShowsUp) {
  const Judgement judgement =
      Judge(History({Write("1", 1, 2), Failed(Write("2", 3, 4)), Read("2", 5, 6)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_THAT(judgement.explanation, HasSubstr("only a write that failed"));
  EXPECT_TRUE(Holds(History({Write("1", 1, 2), Failed(Write("2", 3, 4)), Read("1", 5, 6)})));
}

TEST(LinearizabilityTest, JudgesEachObjectAlone) {
  EXPECT_TRUE(Holds(History({On("x", Write("1", 1, 2)), On("y", Write("2", 3, 4)),
                             On("x", Read("1", 5, 6)), On("y", Read("2", 7, 8))})));
  const Judgement judgement =
      Judge(History({On("x", Write("1", 1, 2)), On("y", Write("2", 3, 4)), On("x", Read("1", 5, 6)),
                     On("y", Read("1", 7, 8)), On("z", Read("9", 9, 10))}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.object, "y");
  EXPECT_EQ(judgement.operation, 4u);
}

TEST(LinearizabilityTest, SearchesWhereAValueWasWrittenTwice) {
  EXPECT_TRUE(
      Holds(History({Write("1", 1, 2), Write("2", 3, 4), Write("1", 5, 6), Read("1", 7, 8)})));
  const Judgement judgement = Judge(History(
      {Write("1", 1, 2), Write("1", 3, 4), Read("1", 5, 6), Write("2", 7, 8), Read("1", 9, 10)}));
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.operation, 5u);
  EXPECT_THAT(judgement.explanation, HasSubstr("leads to \"2\""));
}

TEST(LinearizabilityTest, SpendsAnUnknownWriteOnceOnly) {
  const auto history = [](uint64_t unknown_writes) {
    std::vector<Operation> operations =
        History({Read("1", 11, 12), Write("2", 13, 14), Read("1", 15, 16), Write("2", 17, 18)});
    for (uint64_t i = 0; i < unknown_writes; ++i) {
      operations.push_back(Unknown(Write("1", i + 1, Operation::kNeverEnded)));
    }
    return operations;
  };
  EXPECT_FALSE(Holds(history(1)));
  EXPECT_TRUE(Holds(history(2)));
}

TEST(LinearizabilityTest, DoesNotMindTheOrderOfItsInput) {
  std::vector<Operation> history =
      History({Write("1", 1, 2), Write("2", 3, 10), Read("2", 4, 5), Read("1", 6, 7)});
  std::reverse(history.begin(), history.end());
  EXPECT_EQ(Judge(history).operation, 4u);
}

TEST(LinearizabilityTest, RefusesAnOperationThatARegisterDoesNotKnow) {
  Operation increment = Write("1", 1, 2);
  increment.operation = "increment";
  EXPECT_FALSE(Holds(History({increment})));
}

TEST(LinearizabilityTest, DecidesNothingAboutWhatIsNoHistory) {
  const Judgement judgement = Judge(History({Write("1", 5, 4)}));
  EXPECT_EQ(judgement.answer, Answer::kUndecided);
  EXPECT_THAT(judgement.explanation, HasSubstr("ends before it begins"));
  EXPECT_TRUE(Holds(History({Write("1", 4, 4)})));
}

TEST(LinearizabilityTest, ExplainsAViolationForAReader) {
  const Judgement judgement =
      Judge(History({Write("a", 1, 2), Write("b", 3, 9), Read("b", 4, 6), Read("a", 7, 10),
                     Unknown(Write("c", 5, Operation::kNeverEnded)), Read("b", 8, 11),
                     Unknown(Read("", 0, Operation::kNeverEnded))}));
  EXPECT_EQ(
      judgement.explanation,
      R"(object "x" is not linearizable: no order has a place for operation 4, which ended at position 10 (never):
    4  p3  x.read() -> "a"  ok  [7, 10]  0.000000000s .. never
  A new-old inversion: it returned "a", which operation 1 wrote, though "b" is newer and had been read before it began.
    3  p2  x.read() -> "b"  ok  [4, 6]  0.000000000s .. never
  "b" is the newer one: the first of these ended before the second began.
    1  p0  x.write("a")  ok  [1, 2]  0.000000000s .. never
    2  p1  x.write("b")  ok  [3, 9]  0.000000000s .. never
  Before that end all is in order: 3 operations of known outcome.
  It overlaps
    2  p1  x.write("b")  ok  [3, 9]  0.000000000s .. never
    6  p5  x.read() -> "b"  ok  [8, 11]  0.000000000s .. never
  and may come before or after these of unknown outcome
    5  p4  x.write("c")  unknown  [5, never]  0.000000000s .. never
)");
}

// Adds up; `get` returns the sum.
class CounterModel : public SequentialModel {
 public:
  std::string Initial() const override { return "0"; }
  bool Step(const std::string& state, const Operation& operation,
            std::string* next) const override {
    if (operation.operation == "add") {
      *next = std::to_string(std::stoi(state) + std::stoi(operation.argument));
      return true;
    }
    *next = state;
    return operation.outcome == Outcome::kUnknown || operation.result == state;
  }
  bool OnlyReads(const Operation& operation) const override { return operation.operation == "get"; }
};

Operation Add(std::string amount, uint64_t begin, uint64_t end) {
  Operation add = Write(amount, begin, end);
  add.operation = "add";
  return add;
}

Operation Get(std::string sum, uint64_t begin, uint64_t end) {
  Operation get = Read(sum, begin, end);
  get.operation = "get";
  return get;
}

TEST(LinearizabilityTest, JudgesByAnyModel) {
  EXPECT_TRUE(
      CheckLinearizability(
          History({Add("2", 1, 6), Add("3", 2, 7), Get("3", 3, 4), Get("5", 8, 9)}), CounterModel())
          .linearizable());
  const Judgement judgement = CheckLinearizability(
      History({Add("2", 1, 6), Add("3", 2, 7), Get("3", 3, 4), Get("3", 8, 9)}), CounterModel());
  EXPECT_EQ(judgement.answer, Answer::kNotLinearizable);
  EXPECT_EQ(judgement.operation, 4u);
  EXPECT_THAT(judgement.explanation, HasSubstr("leads to \"5\""));
}

// Counts ticks; a tick returns "first" if it was, or "some", which says nothing.
class TickModel : public SequentialModel {
 public:
  std::string Initial() const override { return ""; }
  bool Step(const std::string& state, const Operation& operation,
            std::string* next) const override {
    *next = state + "+";
    return operation.result != "first" || state.empty();
  }
  bool OnlyReads(const Operation&) const override { return false; }
};

TEST(LinearizabilityTest, TellsEqualRequestsApartByTheirResults) {
  const auto tick = [](std::string result, uint64_t begin, uint64_t end) {
    Operation tick = Read(result, begin, end);
    tick.operation = "tick";
    return tick;
  };
  EXPECT_TRUE(CheckLinearizability(History({tick("some", 1, 3), tick("first", 2, 4)}), TickModel())
                  .linearizable());
  EXPECT_FALSE(CheckLinearizability(History({tick("some", 1, 2), tick("first", 3, 4)}), TickModel())
                   .linearizable());
}

TEST(LinearizabilityTest, CountsUnknownOperationsOnceOrNotAtAll) {
  const auto history = [](std::string sum) {
    return History({Unknown(Add("1", 1, 2)), Unknown(Add("1", 3, 4)), Unknown(Add("5", 5, 6)),
                    Get("0", 7, 8), Get(sum, 9, 10)});
  };
  for (const char* sum : {"0", "1", "2", "5", "6", "7"}) {
    EXPECT_TRUE(CheckLinearizability(history(sum), CounterModel()).linearizable()) << sum;
  }
  for (const char* sum : {"3", "4", "8", "-1"}) {
    EXPECT_EQ(CheckLinearizability(history(sum), CounterModel()).answer, Answer::kNotLinearizable)
        << sum;
  }
}

}  // namespace
}  // namespace rehearse::sim
