// A million transactions, by hand, for the figures; GoogleTest prints the time of each case. Asks
// for 2 GB, most of it for the history:
//
//   bazel test --config=opt --test_output=all //sim/check:list_append_million_test

#include <gtest/gtest.h>

#include <vector>

#include "rehearse/actor/env/random.h"
#include "rehearse/sim/check/anomaly.h"
#include "rehearse/sim/check/list_append.h"
#include "rehearse/sim/check/testing/list_store.h"
#include "rehearse/sim/check/transaction.h"

namespace rehearse::sim {
namespace {

class MillionTest : public testing::Test {
 protected:
  // Made once, for its making takes as long as its judging.
  static const std::vector<Transaction>& Million() {
    static const std::vector<Transaction> history = [] {
      ListStoreOptions options;
      options.transactions = 1'000'000;
      options.clients = 20;
      options.keys = 10;
      return ListStore(options, Random(7)).Run();
    }();
    return history;
  }
};

TEST_F(MillionTest, IsMade) { EXPECT_EQ(Million().size(), 1'000'000u); }

TEST_F(MillionTest, IsSerializable) {
  EXPECT_TRUE(CheckListAppend(Million(), {.model = ConsistencyModel::kSerializable}).holds);
}

TEST_F(MillionTest, IsStrictSerializable) { EXPECT_TRUE(CheckListAppend(Million()).holds); }

}  // namespace
}  // namespace rehearse::sim
