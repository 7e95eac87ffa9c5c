#include "rehearse/sim/check/internal/entry_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {
namespace {

// "(0" is the call of operation 0, "0)" its return.
std::string Spell(const EntryList& entries) {
  std::string text;
  for (uint32_t entry = entries.First(); entry != EntryList::kNone; entry = entries.Next(entry)) {
    const std::string number = std::to_string(entries.OperationOf(entry));
    text += entries.IsCall(entry) ? "(" + number : number + ")";
  }
  return text;
}

class EntryListTest : public testing::Test {
 protected:
  EntryList List() {
    std::vector<const Operation*> pointers;
    for (const Operation& operation : operations_) pointers.push_back(&operation);
    return EntryList(pointers);
  }

  std::vector<Operation> operations_ = {
      {.begin = 1, .end = 4}, {.begin = 2, .end = 3}, {.begin = 4, .end = 9}};
};

TEST_F(EntryListTest, SortsEventsAndPutsACallBeforeAReturnAtItsPosition) {
  EXPECT_EQ(Spell(List()), "(0(11)(20)2)");
}

TEST_F(EntryListTest, LiftsAnOperationsBothEvents) {
  EntryList entries = List();
  entries.Lift(entries.CallOf(0));
  EXPECT_EQ(Spell(entries), "(11)(22)");
  entries.Lift(entries.CallOf(2));
  entries.Lift(entries.CallOf(1));
  EXPECT_TRUE(entries.empty());
}

TEST_F(EntryListTest, GoesOnBehindALiftedCall) {
  EntryList entries = List();
  const uint32_t call = entries.CallOf(1);
  entries.Lift(call);  // its return stood right behind it
  EXPECT_EQ(entries.Next(call), entries.CallOf(2));
}

TEST_F(EntryListTest, PutsBackWhatWasLiftedLast) {
  EntryList entries = List();
  entries.Lift(entries.CallOf(1));
  entries.Lift(entries.CallOf(0));
  entries.Unlift(entries.CallOf(0));
  EXPECT_EQ(Spell(entries), "(0(20)2)");
  entries.Unlift(entries.CallOf(1));
  EXPECT_EQ(Spell(entries), "(0(11)(20)2)");
}

TEST_F(EntryListTest, IsEmptyWithoutOperations) {
  operations_.clear();
  EXPECT_TRUE(List().empty());
}

}  // namespace
}  // namespace rehearse::sim
