#include "rehearse/sim/hermetic/run_memory.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace rehearse::sim {
namespace {

bool IsPlaced(const void* pointer) {
  const auto at = reinterpret_cast<uintptr_t>(pointer);
  return at >= 0x7e70'0000'0000 && at < 0x7f00'0000'0000;
}

struct alignas(128) Aligned {
  char bytes[128];
};

// Under a sanitizer nothing is placed, and everything else holds.
const bool kPlaced = RunMemoryInForce();

TEST(RunMemoryTest, AllocationsOfARunArePlacedWhoeverMakesThem) {
  RunMemory memory(0);
  const std::unique_ptr<int> by_new(new int(1));
  const std::unique_ptr<Aligned> aligned(new Aligned);
  const std::vector<int> by_library(1000);
  char* const by_c = strdup("made by the C library");
  void* by_posix = nullptr;
  ASSERT_EQ(posix_memalign(&by_posix, 64, 100), 0);
  const void* const all[] = {by_new.get(), aligned.get(), by_library.data(), by_c, by_posix};
  std::free(by_c);
  std::free(by_posix);
  for (const void* const pointer : all) EXPECT_EQ(IsPlaced(pointer), kPlaced);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned.get()) % 128, 0u);
}

TEST(RunMemoryTest, OutsideOfARunNothingIsPlaced) {
  const std::unique_ptr<int> before(new int(1));
  EXPECT_FALSE(IsPlaced(before.get()));
  RunMemory memory(0);
  OutsideRunMemory outside;
  const std::unique_ptr<int> beside(new int(1));
  EXPECT_FALSE(IsPlaced(beside.get()));
}

TEST(RunMemoryTest, OutsideEndsWithItsScope) {
  RunMemory memory(0);
  {
    OutsideRunMemory outside;
    OutsideRunMemory again;
  }
  const std::unique_ptr<int> inside(new int(1));
  EXPECT_EQ(IsPlaced(inside.get()), kPlaced);
}

TEST(RunMemoryTest, BlocksAreFreedOnTheOtherSide) {
  std::unique_ptr<std::string> before = std::make_unique<std::string>(100, 'b');
  std::unique_ptr<std::string> inside;
  {
    RunMemory memory(0);
    inside = std::make_unique<std::string>(100, 'i');
    before.reset();
  }
  EXPECT_EQ(*inside, std::string(100, 'i'));
  inside.reset();
}

TEST(RunMemoryTest, ReallocationKeepsContentsAndSide) {
  char* outer = static_cast<char*>(std::malloc(8));
  std::strcpy(outer, "outer");
  RunMemory memory(0);
  char* inner = static_cast<char*>(std::malloc(8));
  std::strcpy(inner, "inner");
  inner = static_cast<char*>(std::realloc(inner, 100000));
  EXPECT_STREQ(inner, "inner");
  EXPECT_GE(malloc_usable_size(inner), 100000u);
  outer = static_cast<char*>(std::realloc(outer, 100000));
  EXPECT_STREQ(outer, "outer");
  EXPECT_FALSE(IsPlaced(outer));
  inner = static_cast<char*>(std::realloc(inner, 3));
  EXPECT_EQ(std::memcmp(inner, "inn", 3), 0);
  std::free(inner);
  std::free(outer);
}

TEST(RunMemoryTest, ImpossibleSizesFail) {
  if (!kPlaced) GTEST_SKIP() << "a sanitizer ends the process";
  RunMemory memory(0);
  volatile size_t huge = SIZE_MAX / 2;
  EXPECT_EQ(std::malloc(huge), nullptr);
  EXPECT_EQ(std::calloc(huge, 4), nullptr);
  EXPECT_THROW(static_cast<void>(::operator new(huge)), std::bad_alloc);
  EXPECT_EQ(::operator new(huge, std::nothrow), nullptr);
}

TEST(RunMemoryTest, OtherThreadsUseTheCLibrary) {
  RunMemory memory(0);
  bool placed = true;
  std::thread thread([&placed] {
    const std::unique_ptr<int> number(new int(1));
    placed = IsPlaced(number.get());
  });
  thread.join();
  EXPECT_FALSE(placed);
}

TEST(RunMemoryTest, MappingsWithoutAnAddressArePlaced) {
  RunMemory memory(0);
  void* const mapped =
      mmap(nullptr, 100000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_EQ(IsPlaced(mapped), kPlaced);
  EXPECT_EQ(static_cast<char*>(mapped)[99999], 0);
  EXPECT_EQ(munmap(mapped, 100000), 0);
}

TEST(RunMemoryTest, PerturbedStacksHoldTheFillAndOtherMappingsZeros) {
  if (!kPlaced) GTEST_SKIP() << "nothing is placed under a sanitizer";
  const Perturbation perturbation = 3;
  ASSERT_NE(FillOf(perturbation), 0);
  RunMemory memory(perturbation);
  const size_t bytes = size_t{1} << 20;
  for (const int kind : {0, MAP_STACK}) {
    auto* const mapped = static_cast<unsigned char*>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | kind, -1, 0));
    const unsigned char expected = kind == 0 ? 0 : FillOf(perturbation);
    EXPECT_EQ(mapped[0], expected);
    EXPECT_EQ(mapped[bytes - 1], expected);
    mapped[bytes - 1] = 1;  // it can be written
    munmap(mapped, bytes);
  }
}

}  // namespace
}  // namespace rehearse::sim
