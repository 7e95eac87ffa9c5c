#include "rehearse/sim/check/list_append.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Operations = std::vector<MicroOperation>;

constexpr uint64_t x = 1;
constexpr uint64_t y = 2;

MicroOperation A(uint64_t key, uint64_t value) { return MicroOperation::Append(key, value); }
MicroOperation R(uint64_t key, std::vector<uint64_t> list) {
  return MicroOperation::Read(key, list);
}

// A history of transactions of as many processes that all overlap.
class History {
 public:
  History& Ok(Operations operations) { return Add(Outcome::kOk, operations); }
  History& Failed(Operations operations) { return Add(Outcome::kFailed, operations); }
  History& Unknown(Operations operations) { return Add(Outcome::kUnknown, operations); }

  // One after the other, instead.
  History& InTurn() {
    for (uint64_t i = 0; i < all_.size(); ++i) {
      all_[i].begin = 2 * i;
      if (all_[i].end != Transaction::kNeverEnded) all_[i].end = 2 * i + 1;
    }
    return *this;
  }

  // And all by one process.
  History& ByOne() {
    for (Transaction& transaction : all_) transaction.process = 7;
    return InTurn();
  }

  ListAppendJudgement Judge(ListAppendOptions options = {}) const {
    return CheckListAppend(all_, options);
  }

 private:
  History& Add(Outcome outcome, Operations operations) {
    all_.push_back(
        {.process = all_.size(),
         .begin = all_.size(),
         .end = outcome == Outcome::kUnknown ? Transaction::kNeverEnded : 1000 + all_.size(),
         .outcome = outcome,
         .operations = operations});
    return *this;
  }

  std::vector<Transaction> all_;
};

std::vector<std::string> Names(const ListAppendJudgement& judgement) {
  std::vector<std::string> names;
  for (const Anomaly& anomaly : judgement.anomalies) names.push_back(anomaly.Name());
  return names;
}

TEST(ListAppendTest, AcceptsWhatIsInOrder) {
  const ListAppendJudgement judgement = History()
                                            .Ok({A(x, 1), R(y, {})})
                                            .Ok({R(x, {1}), A(y, 2)})
                                            .Ok({R(x, {1}), R(y, {2})})
                                            .InTurn()
                                            .Judge();
  EXPECT_TRUE(judgement.holds) << judgement.explanation;
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kStrictSerializable);
  EXPECT_EQ(judgement.explanation, "");
  EXPECT_TRUE(History().Judge().holds);
}

TEST(ListAppendTest, FindsADirtyWriteAsG0) {
  const ListAppendJudgement judgement = History()
                                            .Ok({A(x, 1), A(y, 1)})
                                            .Ok({A(x, 2), A(y, 2)})
                                            .Ok({R(x, {1, 2}), R(y, {2, 1})})
                                            .Judge();
  EXPECT_THAT(Names(judgement), Contains("G0"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kNone);
}

TEST(ListAppendTest, FindsAnAbortedReadAsG1a) {
  const ListAppendJudgement judgement = History().Failed({A(x, 1)}).Ok({R(x, {1})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G1a"));
  EXPECT_THAT(judgement.anomalies[0].transactions, ElementsAre(1, 0));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadUncommitted);
}

TEST(ListAppendTest, FindsACommitOnTopOfAnAbortedAppend) {
  const ListAppendJudgement judgement =
      History().Failed({A(x, 1)}).Ok({A(x, 2)}).Ok({R(x, {1, 2})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G1a", "dirty update"));
}

TEST(ListAppendTest, FindsAnIntermediateReadAsG1b) {
  const ListAppendJudgement judgement =
      History().Ok({A(x, 1), A(x, 2)}).Ok({R(x, {1})}).Ok({R(x, {1, 2})}).Judge();
  EXPECT_THAT(Names(judgement), Contains("G1b"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadUncommitted);
}

TEST(ListAppendTest, FindsACircleOfInformationAsG1c) {
  const ListAppendJudgement judgement =
      History().Ok({A(x, 1), R(y, {2})}).Ok({A(y, 2), R(x, {1})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G1c"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadUncommitted);
}

TEST(ListAppendTest, FindsReadSkewAsGSingle) {
  const ListAppendJudgement judgement =
      History().Ok({R(x, {}), R(y, {2})}).Ok({A(x, 1), A(y, 2)}).Ok({R(x, {1}), R(y, {2})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G-single"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadCommitted);
}

TEST(ListAppendTest, FindsALongForkAsGNonadjacent) {
  const ListAppendJudgement judgement = History()
                                            .Ok({A(x, 1)})
                                            .Ok({A(y, 2)})
                                            .Ok({R(x, {1}), R(y, {})})
                                            .Ok({R(x, {}), R(y, {2})})
                                            .Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G-nonadjacent"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadCommitted);
}

TEST(ListAppendTest, FindsWriteSkewAsG2Item) {
  const ListAppendJudgement judgement =
      History().Ok({R(x, {}), A(y, 2)}).Ok({R(y, {}), A(x, 1)}).Ok({R(x, {1}), R(y, {2})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G2-item"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kSnapshotIsolation);
}

TEST(ListAppendTest, FindsALostUpdate) {
  const ListAppendJudgement judgement =
      History().Ok({R(x, {}), A(x, 1)}).Ok({R(x, {}), A(x, 2)}).Ok({R(x, {1, 2})}).Judge();
  EXPECT_THAT(Names(judgement), Contains("lost update"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadCommitted);
}

TEST(ListAppendTest, FindsALostUpdateThatNobodyReadAgain) {
  const ListAppendJudgement judgement =
      History().Ok({R(x, {}), A(x, 1)}).Ok({R(x, {}), A(x, 2)}).Judge();
  EXPECT_THAT(Names(judgement), Contains("lost update"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadCommitted);
}

TEST(ListAppendTest, FindsListsOfWhichNeitherBeginsAsTheOther) {
  const ListAppendJudgement judgement =
      History().Ok({A(x, 1)}).Ok({A(x, 2)}).Ok({R(x, {1, 2})}).Ok({R(x, {2})}).Judge();
  EXPECT_THAT(Names(judgement), Contains("incompatible order"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadUncommitted);
}

TEST(ListAppendTest, FindsADuplicateAppend) {
  const ListAppendJudgement judgement = History().Ok({A(x, 1)}).Ok({R(x, {1, 1})}).Judge();
  EXPECT_THAT(Names(judgement), Contains("duplicate append"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kNone);
}

TEST(ListAppendTest, FindsAValueThatNobodyAppended) {
  const ListAppendJudgement judgement = History().Ok({R(x, {9})}).Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("unwritten read"));
}

TEST(ListAppendTest, FindsReadsThatContradictTheirOwnTransaction) {
  const std::vector<Operations> wrong = {
      {A(x, 1), R(x, {})},            // does not see its own
      {R(x, {}), A(x, 1), R(x, {})},  // the same
      {R(x, {1}), A(x, 1)},           // sees it too soon
      {A(x, 1), A(x, 2), R(x, {2, 1})},
      {A(x, 1), A(x, 2), R(x, {2})},
  };
  for (const Operations& operations : wrong) {
    EXPECT_THAT(Names(History().Ok(operations).Judge()), Contains("internal inconsistency"))
        << Transaction{.operations = operations}.ToString();
  }
  EXPECT_TRUE(History().Ok({R(x, {}), A(x, 1), R(x, {1}), A(x, 2), R(x, {1, 2})}).Judge().holds);
}

TEST(ListAppendTest, CountsRealTimeOnlyIfAsked) {
  const History stale = History().Ok({A(x, 1)}).Ok({R(x, {})}).InTurn();
  const ListAppendJudgement judgement = stale.Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G-single-realtime"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kSessionSerializable);
  EXPECT_TRUE(stale.Judge({.model = ConsistencyModel::kSessionSerializable}).holds);
  EXPECT_TRUE(History().Ok({A(x, 1)}).Ok({R(x, {})}).Judge().holds);
}

TEST(ListAppendTest, CountsSessionsOnlyIfAsked) {
  const History stale = History().Ok({A(x, 1)}).Ok({R(x, {})}).ByOne();
  const ListAppendJudgement judgement = stale.Judge();
  EXPECT_THAT(Names(judgement), ElementsAre("G-single-process", "G-single-realtime"));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kSerializable);
  EXPECT_TRUE(stale.Judge({.model = ConsistencyModel::kSerializable}).holds);
}

TEST(ListAppendTest, LetsAnUnknownTransactionHaveHappenedOrNot) {
  EXPECT_TRUE(History().Unknown({A(x, 1)}).Ok({R(x, {})}).InTurn().Judge().holds);
  EXPECT_TRUE(History().Unknown({A(x, 1)}).Ok({R(x, {})}).Ok({R(x, {1})}).InTurn().Judge().holds);
  // But not half.
  EXPECT_THAT(Names(History().Unknown({A(x, 1), A(y, 2)}).Ok({R(x, {1}), R(y, {})}).Judge()),
              ElementsAre("G-single"));
}

TEST(ListAppendTest, TellsTheCycleStepByStep) {
  const ListAppendJudgement judgement =
      History().Ok({R(x, {}), R(y, {2})}).Ok({A(x, 1), A(y, 2)}).Ok({R(x, {1})}).Judge();
  EXPECT_EQ(judgement.explanation,
            "not strict serializable; the strictest model that holds is read committed\n"
            "G-single:\n"
            "    T0  p0 [0, 1000] ok: read 1 [], read 2 [2]\n"
            "    T1  p1 [1, 1001] ok: append 1 1, append 2 2\n"
            "  T0 comes before T1, for it read 1 without what T1 appended.\n"
            "  T1 comes before T0, for it appended 2 to 2, which T0 read.\n");
}

TEST(ListAppendTest, ShowsTheShortestCycle) {
  History history;
  history.Ok({A(x, 1), R(y, {1, 2, 3, 4, 5})});
  for (uint64_t i = 1; i <= 5; ++i) history.Ok({A(y, i)});
  history.Ok({R(x, {})});
  history.Ok({R(x, {1}), A(y, 6)}).Ok({R(x, {1}), R(y, {1, 2, 3, 4, 5, 6})}).InTurn();
  const ListAppendJudgement judgement = history.Judge();
  ASSERT_FALSE(judgement.anomalies.empty());
  for (const Anomaly& anomaly : judgement.anomalies) EXPECT_EQ(anomaly.transactions.size(), 2u);
}

TEST(ListAppendTest, ExplainsNoMoreOfAKindThanAsked) {
  History history;
  for (uint64_t i = 0; i < 10; ++i) history.Ok({R(i, {99})});
  const ListAppendJudgement judgement = history.Judge({.anomalies_max = 3});
  EXPECT_EQ(judgement.anomalies.size(), 3u);
  EXPECT_THAT(judgement.explanation, HasSubstr("unwritten read: 10 in all"));
}

TEST(ListAppendTest, ExplainsWhatIsNoHistory) {
  const ListAppendJudgement twice = History().Ok({A(x, 1)}).Ok({A(x, 1)}).Judge();
  EXPECT_FALSE(twice.holds);
  EXPECT_THAT(twice.anomalies, IsEmpty());
  EXPECT_THAT(twice.explanation, HasSubstr("T0 and T1 both append 1 to 1"));
  const ListAppendJudgement ended =
      CheckListAppend({{.begin = 5, .end = 4, .outcome = Outcome::kOk}}, {});
  EXPECT_FALSE(ended.holds);
  EXPECT_THAT(ended.explanation, HasSubstr("ends before it begins"));
}

}  // namespace
}  // namespace rehearse::sim
