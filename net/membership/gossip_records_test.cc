#include "rehearse/net/membership/gossip_records.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

// The larger value wins.
class LargerWins final : public RecordRule {
 public:
  absl::Status Check(absl::string_view, absl::string_view) override { return absl::OkStatus(); }
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) override {
    return value > held;
  }
};

struct Store {
  explicit Store(const GossipRecordsOptions& options = {}) : records(rule, options, 3) {}

  LargerWins rule;
  GossipRecords records;
};

// What a sync of `asker` with `answerer` does: one question, one answer, and what was wanted.
void Sync(Store& asker, Store& answerer) {
  GossipFrame sync;
  asker.records.AddDigests(sync);
  GossipFrame answer;
  answerer.records.AddMissing(sync, answer);
  GossipFrame wanted;
  asker.records.AddWanted(answer, wanted);
  for (const GossipRecord& record : answer.records) asker.records.Merge(record);
  for (const GossipRecord& record : wanted.records) answerer.records.Merge(record);
}

TEST(GossipRecordsTest, TheWinningValueStays) {
  Store store;
  EXPECT_TRUE(store.records.Merge({"/a/x", "2"}));
  EXPECT_FALSE(store.records.Merge({"/a/x", "1"}));
  EXPECT_FALSE(store.records.Merge({"/a/x", "2"}));
  EXPECT_TRUE(store.records.Merge({"/a/x", "3"}));
  EXPECT_EQ(*store.records.Find("/a/x"), "3");
}

TEST(GossipRecordsTest, TakesNoMoreThanMayBe) {
  Store store({.records_max = 3, .records_per_owner_max = 2});
  EXPECT_TRUE(store.records.Merge({"/a/x", "1"}));
  EXPECT_TRUE(store.records.Merge({"/b/x", "1"}));
  EXPECT_FALSE(store.records.Merge({"/c/x", "1"}));
  EXPECT_TRUE(store.records.Merge({"/c/y", "1"}));
  EXPECT_FALSE(store.records.Merge({"/c/z", "1"}));
  store.records.Drop("/a/x");
  EXPECT_TRUE(store.records.Merge({"/c/x", "1"}));
  EXPECT_FALSE(store.records.Merge({std::string(GossipRecords::kKeyBytesMax + 1, 'k'), "1"}));
  EXPECT_FALSE(store.records.Merge({"/c/x", std::string(GossipRecords::kValueBytesMax + 1, '9')}));
  EXPECT_EQ(store.records.refused(), 4u);
}

TEST(GossipRecordsTest, AClaimIsAnsweredWithWhatOthersSaidOfTheSame) {
  Store store;
  store.records.Merge({"/names/a/x", "1"});
  store.records.Merge({"/names/a/y", "1"});
  store.records.Merge({"/names/b/y", "1"});
  GossipFrame claim;
  claim.records.push_back({"/names/a/x", "1"});
  GossipFrame answer;
  store.records.AddGroups(claim, answer);
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_EQ(answer.records[0].key, "/names/a/y");
}

TEST(GossipRecordsTest, ALongAnswerIsContinued) {
  Store asker;
  Store answerer({.sync_bytes_max = 10'000});
  for (int i = 0; i < 100; ++i) {
    answerer.records.Merge({absl::StrCat("/k", i, "/x"), std::string(1000, 'v')});
  }
  int syncs = 0;
  while (asker.records.size() < 100 && syncs < 20) {
    Sync(asker, answerer);
    ++syncs;
  }
  EXPECT_EQ(asker.records.size(), 100u);
  EXPECT_GT(syncs, 5);
}

RC_GTEST_PROP(GossipRecordsProperty, AfterASyncBothHaveTheSame, ()) {
  Store one;
  Store other;
  const auto fill = [](Store& store) {
    const auto count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i) {
      store.records.Merge({absl::StrCat("/", *rc::gen::inRange(0, 12), "/x"),
                           absl::StrCat(*rc::gen::inRange(0, 10))});
    }
  };
  fill(one);
  fill(other);
  Sync(one, other);
  RC_ASSERT(one.records.Under("/") == other.records.Under("/"));
}

}  // namespace
}  // namespace rehearse::net
