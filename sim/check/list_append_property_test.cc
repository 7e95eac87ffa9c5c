// Laws of the judge of lists: it agrees with every order tried; and no store is judged worse than
// it is, while those that promise less are found out.

#include <gtest/gtest.h>
//
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/list_append.h"
#include "rehearse/sim/check/testing/list_store.h"
#include "rehearse/sim/check/testing/serial_brute_force.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {
namespace {

constexpr ConsistencyModel kExactly[] = {ConsistencyModel::kSerializable,
                                         ConsistencyModel::kSessionSerializable,
                                         ConsistencyModel::kStrictSerializable};

ListStoreOptions Few(ConsistencyModel isolation) {
  ListStoreOptions options;
  options.isolation = isolation;
  options.transactions = *rc::gen::inRange<uint64_t>(2, 8);
  options.clients = *rc::gen::inRange<uint64_t>(2, 6);
  options.operations_max = *rc::gen::inRange<uint64_t>(1, 4);
  options.keys = *rc::gen::inRange<uint64_t>(1, 3);
  options.failed = Ratio::Percent(*rc::gen::element<uint64_t>(0, 20));
  options.unknown = Ratio::Percent(*rc::gen::element<uint64_t>(0, 20));
  return options;
}

void AgreesOn(const std::vector<Transaction>& history) {
  for (const ConsistencyModel model : kExactly) {
    const bool expected = HoldsByBruteForce(history, model);
    const ListAppendJudgement judgement = CheckListAppend(history, {.model = model});
    RC_CLASSIFY(expected, std::string(ModelName(model)));
    if (judgement.holds != expected) {
      for (const Transaction& t : history) RC_LOG() << t.ToString() << "\n";
      RC_LOG() << judgement.explanation;
    }
    RC_ASSERT(judgement.holds == expected);
    RC_ASSERT(judgement.holds == (judgement.strictest == model));
  }
}

RC_GTEST_PROP(ListAppendProperty, AgreesWithBruteForceOnStores, (uint64_t seed)) {
  const auto isolation =
      *rc::gen::element(ConsistencyModel::kReadUncommitted, ConsistencyModel::kReadCommitted,
                        ConsistencyModel::kSnapshotIsolation, ConsistencyModel::kSerializable);
  AgreesOn(ListStore(Few(isolation), Random(seed)).Run());
}

// Some list that was read loses its end, gains a value, or becomes another's.
RC_GTEST_PROP(ListAppendProperty, AgreesWithBruteForceOnWhatMayBeWrong, (uint64_t seed)) {
  auto history = ListStore(Few(ConsistencyModel::kStrictSerializable), Random(seed)).Run();
  std::vector<MicroOperation*> reads;
  for (Transaction& transaction : history) {
    for (MicroOperation& operation : transaction.operations) {
      const bool counts = transaction.outcome == Outcome::kOk;
      if (counts && operation.kind == MicroOperation::Kind::kRead) reads.push_back(&operation);
    }
  }
  RC_PRE(!reads.empty());
  Random random(seed + 1);
  std::vector<uint64_t>& list = reads[random.Below(reads.size())]->list;
  switch (random.Below(4)) {
    case 0: list.push_back(1 + random.Below(8)); break;
    case 1: list = reads[random.Below(reads.size())]->list; break;
    case 2: std::reverse(list.begin(), list.end()); break;
    default:
      if (!list.empty()) list.pop_back();
  }
  AgreesOn(history);
}

// Lists of any values at all.
RC_GTEST_PROP(ListAppendProperty, AgreesWithBruteForceOnNoise, (uint64_t seed)) {
  auto history = ListStore(Few(ConsistencyModel::kReadUncommitted), Random(seed)).Run();
  Random random(seed + 1);
  for (Transaction& transaction : history) {
    for (MicroOperation& operation : transaction.operations) {
      if (operation.kind != MicroOperation::Kind::kRead || random.Below(3) != 0) continue;
      operation.list.clear();
      for (uint64_t i = random.Below(4); i > 0; --i) operation.list.push_back(1 + random.Below(5));
    }
  }
  AgreesOn(history);
}

ListStoreOptions Many(ConsistencyModel isolation) {
  ListStoreOptions options;
  options.isolation = isolation;
  options.transactions = 200;
  options.failed = Ratio::Percent(5);
  options.unknown = Ratio::Percent(5);
  return options;
}

class StoreTest : public testing::TestWithParam<ConsistencyModel> {};

TEST_P(StoreTest, IsJudgedAsWellAsItIsolatesAndNoBetter) {
  std::set<ConsistencyModel> judged;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const auto history = ListStore(Many(GetParam()), Random(seed)).Run();
    const ListAppendJudgement judgement = CheckListAppend(history);
    judged.insert(judgement.strictest);
    EXPECT_GE(judgement.strictest, GetParam()) << "seed " << seed << judgement.explanation;
  }
  EXPECT_TRUE(judged.contains(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, StoreTest,
                         testing::Values(ConsistencyModel::kReadCommitted,
                                         ConsistencyModel::kSnapshotIsolation,
                                         ConsistencyModel::kSerializable,
                                         ConsistencyModel::kStrictSerializable));

}  // namespace
}  // namespace rehearse::sim
