#include "rehearse/sim/hermetic/stack.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>

namespace rehearse::sim {
namespace {

uintptr_t AddressInside(Perturbation perturbation) {
  uintptr_t address = 0;
  CallOnFixedStack(perturbation, [&address] {
    const int local = 0;
    address = reinterpret_cast<uintptr_t>(&local);
  });
  return address;
}

[[gnu::noinline]] uintptr_t AddressFromDeeper(int depth) {
  volatile char ballast[100] = {};
  return depth == 0 ? AddressInside(0) : AddressFromDeeper(depth - 1) + ballast[0];
}

TEST(FixedStackTest, LocalsAreWhereTheyAreFromAnyDepth) {
  if (!RunMemoryInForce()) GTEST_SKIP() << "sanitizers have stacks of their own";
  EXPECT_EQ(AddressInside(0), AddressFromDeeper(50));
}

TEST(FixedStackTest, PerturbedLocalsAreElsewhere) {
  if (!RunMemoryInForce()) GTEST_SKIP() << "sanitizers have stacks of their own";
  EXPECT_NE(AddressInside(0), AddressInside(7));
}

TEST(FixedStackTest, ExceptionsComeOut) {
  EXPECT_THROW(CallOnFixedStack(0, [] { throw std::runtime_error("out"); }), std::runtime_error);
}

TEST(FixedStackTest, MayBeNested) {
  int calls = 0;
  CallOnFixedStack(0, [&calls] { CallOnFixedStack(0, [&calls] { ++calls; }); });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace rehearse::sim
