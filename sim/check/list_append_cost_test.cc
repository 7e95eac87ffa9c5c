// What the judge of lists may cost, in steps: the same number on each machine.

#include <gtest/gtest.h>

#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/list_append.h"
#include "rehearse/sim/check/testing/list_store.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {
namespace {

std::vector<Transaction> TwentyClients(uint64_t transactions, ConsistencyModel isolation) {
  ListStoreOptions options;
  options.isolation = isolation;
  options.transactions = transactions;
  options.clients = 20;
  options.keys = 10;
  options.failed = Ratio::Percent(1);
  options.unknown = Ratio::Percent(1);
  return ListStore(options, Random(7)).Run();
}

TEST(ListAppendCostTest, LooksAFewTimesAtEachTransaction) {
  for (const uint64_t transactions : {10'000u, 100'000u}) {
    const ListAppendJudgement judgement =
        CheckListAppend(TwentyClients(transactions, ConsistencyModel::kStrictSerializable));
    EXPECT_TRUE(judgement.holds) << judgement.explanation;
    EXPECT_LE(judgement.steps, 10 * transactions);
  }
}

// Where much is wrong, a short cycle of each kind is looked for within limits.
TEST(ListAppendCostTest, LooksNotMuchMoreIfMuchIsWrong) {
  const ListAppendJudgement judgement =
      CheckListAppend(TwentyClients(100'000, ConsistencyModel::kReadCommitted));
  EXPECT_EQ(judgement.strictest, ConsistencyModel::kReadCommitted);
  EXPECT_LE(judgement.steps, 500 * 100'000u);
}

}  // namespace
}  // namespace rehearse::sim
