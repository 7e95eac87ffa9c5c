#include "rehearse/sim/hermetic/demangled.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <typeinfo>

namespace rehearse::sim {
namespace {

TEST(DemangledTest, ReadsFunctionsAndTypes) {
  EXPECT_EQ(Demangled("_ZN8rehearse3sim10CallerNameB5cxx11Ev"),
            "rehearse::sim::CallerName[abi:cxx11]()");
  EXPECT_EQ(Demangled(typeid(std::out_of_range).name()), "std::out_of_range");
}

TEST(DemangledTest, LeavesOtherNamesAlone) {
  EXPECT_EQ(Demangled("main"), "main");
  EXPECT_EQ(Demangled("(no name)"), "(no name)");
  EXPECT_EQ(Demangled(""), "");
}

}  // namespace
}  // namespace rehearse::sim
