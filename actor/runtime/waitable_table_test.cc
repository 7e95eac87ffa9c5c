#include "rehearse/actor/runtime/waitable_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace rehearse {
namespace {

class Sleeper final : public Waitable {
  void OnWoken() override {}
};

TEST(WaitableTableTest, FindsEachByItsIndex) {
  WaitableTable table;
  std::vector<std::unique_ptr<Sleeper>> sleepers;
  for (uint32_t i = 0; i < 3000; ++i) {  // some chunks
    sleepers.push_back(std::make_unique<Sleeper>());
    table.Add(*sleepers.back());
    ASSERT_EQ(sleepers.back()->index(), i);
  }
  for (const std::unique_ptr<Sleeper>& sleeper : sleepers) {
    EXPECT_EQ(table.Find(sleeper->index()), sleeper.get());
  }
}

TEST(WaitableTableTest, FindsNothingWhereNobodyIs) {
  WaitableTable table;
  EXPECT_EQ(table.Find(0), nullptr);
  Sleeper sleeper;
  table.Add(sleeper);
  EXPECT_EQ(table.Find(1), nullptr);
  EXPECT_EQ(table.Find(0xffffffff), nullptr);
}

}  // namespace
}  // namespace rehearse
