#include "rehearse/actor/runtime/stack_pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kColours = 16;

constexpr StackPoolOptions kNoInstalling = {.may_install_guards = false};
constexpr StackPoolOptions kCanariesOnly = {.may_install_guards = false, .protected_guards_max = 0};

void Write(std::byte* at) { *const_cast<volatile std::byte*>(at) = std::byte{1}; }

size_t CountMappings() {
  std::ifstream maps("/proc/self/maps");
  size_t count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}

// How many pages of [from, to) are in memory.
size_t CountResident(const std::byte* from, const std::byte* to) {
  const auto first = reinterpret_cast<uintptr_t>(from) & ~(kPage - 1);
  const size_t bytes = reinterpret_cast<uintptr_t>(to) - first;
  std::vector<unsigned char> pages((bytes + kPage - 1) / kPage);
  EXPECT_EQ(mincore(reinterpret_cast<void*>(first), bytes, pages.data()), 0);
  return static_cast<size_t>(
      std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return page & 1; }));
}

void TouchAll(const Stack& stack) {
  for (std::byte* at = stack.bottom + sizeof(uint64_t); at < stack.top; at += kPage) Write(at);
}

TEST(StackPoolTest, StackIsUsableFromEndToEnd) {
  for (const StackPoolOptions& options : {StackPoolOptions{}, kNoInstalling, kCanariesOnly}) {
    StackPool pool(options);
    const Stack stack = pool.Allocate();
    Write(stack.bottom + (stack.guard == StackGuard::kCanary ? sizeof(uint64_t) : 0));
    Write(stack.top - 1);
    EXPECT_TRUE(stack.intact());
    EXPECT_GE(stack.size(), options.stack_bytes - 2 * kPage);
    EXPECT_LE(stack.size(), options.stack_bytes);
  }
}

TEST(StackPoolTest, StacksDoNotOverlap) {
  StackPool pool({.stack_bytes = 48 << 10});  // does not divide a slab
  std::vector<Stack> stacks;
  for (int i = 0; i < 1000; ++i) stacks.push_back(pool.Allocate());
  EXPECT_EQ(pool.count(), 1000u);
  std::sort(stacks.begin(), stacks.end(),
            [](const Stack& a, const Stack& b) { return a.bottom < b.bottom; });
  for (size_t i = 1; i < stacks.size(); ++i) ASSERT_LE(stacks[i - 1].top, stacks[i].bottom);
}

TEST(StackPoolTest, TopsAreColouredAndAligned) {
  StackPool pool;
  std::set<uintptr_t> offsets;
  for (size_t i = 0; i < 3 * kColours; ++i) {
    const auto top = reinterpret_cast<uintptr_t>(pool.Allocate().top);
    EXPECT_EQ(top % 64, 0u);
    offsets.insert(top % kPage);
  }
  EXPECT_EQ(offsets.size(), kColours);
}

TEST(StackPoolTest, SmallestAndLargestStacksAreAllowed) {
  for (const size_t bytes : {size_t{16} << 10, size_t{16} << 20}) {
    StackPool pool({.stack_bytes = bytes});
    for (int i = 0; i < 3; ++i) {
      const Stack stack = pool.Allocate();
      Write(stack.bottom);
      Write(stack.top - 1);
    }
  }
}

TEST(StackPoolTest, ProtectsAsManyAsItMayAndThenUsesCanaries) {
  StackPool pool({.may_install_guards = false, .protected_guards_max = 2});
  EXPECT_EQ(pool.Allocate().guard, StackGuard::kProtected);
  EXPECT_EQ(pool.Allocate().guard, StackGuard::kProtected);
  EXPECT_EQ(pool.Allocate().guard, StackGuard::kCanary);
  EXPECT_EQ(pool.Allocate().guard, StackGuard::kCanary);
}

TEST(StackPoolTest, DefaultProtectionLeavesMappingsForTheRestOfTheProcess) {
  StackPool pool(kNoInstalling);
  const size_t before = CountMappings();
  Stack stack;
  for (int i = 0; i < 20001; ++i) stack = pool.Allocate();
  EXPECT_EQ(stack.guard, StackGuard::kCanary);
  EXPECT_LT(CountMappings() - before, 33000u);
}

TEST(StackPoolTest, TwentyThousandInstalledGuardsTakeFewMappings) {
  StackPool pool;
  const size_t before = CountMappings();
  Stack stack;
  for (int i = 0; i < 20001; ++i) {
    stack = pool.Allocate();
    if (i % 16 == 0) Write(stack.top - 1);
  }
  if (stack.guard != StackGuard::kInstalled) GTEST_SKIP() << "this kernel installs no guards";
  EXPECT_LT(CountMappings() - before, 200u);
}

TEST(StackPoolTest, CanaryTellsOfAnOverflow) {
  StackPool pool(kCanariesOnly);
  const Stack stack = pool.Allocate();
  Write(stack.bottom + sizeof(uint64_t));
  EXPECT_TRUE(stack.intact());
  Write(stack.bottom + sizeof(uint64_t) - 1);
  EXPECT_FALSE(stack.intact());
}

TEST(StackPoolTest, TrimGivesBackWhatLiesBelow) {
  for (StackPoolOptions options : {StackPoolOptions{}, kNoInstalling, kCanariesOnly}) {
    options.stack_bytes = size_t{256} << 10;
    StackPool pool(options);
    const Stack stack = pool.Allocate();
    TouchAll(stack);
    const size_t before = CountResident(stack.bottom, stack.top);
    EXPECT_GE(before, 60u);
    std::byte* const above = stack.top - 5000;
    *above = std::byte{42};
    pool.Trim(stack, above);
    // What is above stays, with the rest of its page; so does a canary's.
    const size_t canary = stack.guard == StackGuard::kCanary ? 1 : 0;
    EXPECT_LE(CountResident(stack.bottom, stack.top), 3 + canary);
    EXPECT_EQ(*above, std::byte{42});
    EXPECT_TRUE(stack.intact());
    TouchAll(stack);
  }
}

TEST(StackPoolTest, TrimAtTheBottomGivesBackNothing) {
  StackPool pool;
  const Stack stack = pool.Allocate();
  TouchAll(stack);
  const size_t before = CountResident(stack.bottom, stack.top);
  pool.Trim(stack, stack.bottom);
  pool.Trim(stack, stack.bottom + kPage - 1);
  EXPECT_EQ(CountResident(stack.bottom, stack.top), before);
}

TEST(StackPoolTest, PoolsMemoryGoesWithIt) {
  const size_t before = CountMappings();
  for (int i = 0; i < 100; ++i) {
    StackPool pool;
    Write(pool.Allocate().top - 1);
  }
  EXPECT_LT(CountMappings(), before + 20);
}

TEST(StackPoolDeathTest, OverflowIntoAnInstalledGuardDies) {
  StackPool pool;
  const Stack stack = pool.Allocate();
  if (stack.guard != StackGuard::kInstalled) GTEST_SKIP() << "this kernel installs no guards";
  EXPECT_DEATH(Write(stack.bottom - 1), "");
  EXPECT_DEATH(Write(stack.bottom - kPage), "");
}

TEST(StackPoolDeathTest, OverflowIntoAProtectedPageDies) {
  StackPool pool(kNoInstalling);
  const Stack stack = pool.Allocate();
  ASSERT_EQ(stack.guard, StackGuard::kProtected);
  EXPECT_DEATH(Write(stack.bottom - 1), "");
  EXPECT_DEATH(Write(stack.bottom - kPage), "");
}

TEST(StackPoolDeathTest, TrimKeepsTheGuard) {
  for (const StackPoolOptions& options : {StackPoolOptions{}, kNoInstalling}) {
    StackPool pool(options);
    const Stack stack = pool.Allocate();
    if (stack.guard == StackGuard::kCanary) continue;
    TouchAll(stack);
    pool.Trim(stack, stack.top - 1);
    EXPECT_DEATH(Write(stack.bottom - 1), "");
  }
}

#if defined(__SANITIZE_ADDRESS__)
// Frames poison what lies around their variables, and those of an abandoned stack never take it
// back; a thread's own stack may be mapped there next.
TEST(StackPoolTest, LeavesNoPoisonBehind) {
  const std::byte* bottom = nullptr;
  size_t size = 0;
  {
    StackPool pool;
    const Stack stack = pool.Allocate();
    bottom = stack.bottom;
    size = stack.size();
    __asan_poison_memory_region(stack.bottom, stack.size());
  }
  EXPECT_EQ(__asan_region_is_poisoned(const_cast<std::byte*>(bottom), size), nullptr);
}
#endif

TEST(StackPoolDeathTest, RefusesSizesThatItCannotGuard) {
  constexpr const char* kWords = "a multiple of 4 KiB between 16 KiB and 16 MiB";
  EXPECT_DEATH(StackPool({.stack_bytes = 12 << 10}), kWords);
  EXPECT_DEATH(StackPool({.stack_bytes = (16 << 10) + 1}), kWords);
  EXPECT_DEATH(StackPool({.stack_bytes = (16 << 20) + kPage}), kWords);
}

}  // namespace
}  // namespace rehearse
