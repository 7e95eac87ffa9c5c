#include "rehearse/sim/hermetic/arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace rehearse::sim {
namespace {

// Each arena of this process has a range of its own, as nothing is ever unmapped; all where the
// thread sanitizer keeps book of memory too.
ArenaOptions NextRange(bool perturbed = false, size_t bytes_max = size_t{1} << 32) {
  static uintptr_t next = 0x7ea0'0000'0000;
  ArenaOptions options;
  options.base = next;
  options.bytes_max = bytes_max;
  options.perturbed = perturbed;
  next += size_t{1} << 33;
  return options;
}

std::unique_ptr<Arena> Open(const ArenaOptions& options) {
  auto arena = std::make_unique<Arena>();
  arena->Open(options);
  return arena;
}

unsigned char ByteAt(const void* pointer, size_t index) {
  return static_cast<const unsigned char*>(pointer)[index];
}

// Where a mixed history of calls puts its blocks, from the range's begin.
std::vector<uintptr_t> Places(const ArenaOptions& options) {
  const std::unique_ptr<Arena> arena = Open(options);
  std::vector<uintptr_t> places;
  std::vector<void*> live;
  for (size_t i = 1; i < 400; ++i) {
    live.push_back(arena->Allocate(i * i % 3000, size_t{1} << (i % 9)));
    places.push_back(reinterpret_cast<uintptr_t>(live.back()) - options.base);
    if (i % 3 != 0) continue;
    arena->Free(live[i / 2]);
    live[i / 2] = arena->Allocate(40);
    places.push_back(reinterpret_cast<uintptr_t>(live[i / 2]) - options.base);
  }
  return places;
}

TEST(ArenaTest, PlacesDependOnTheCallsAlone) {
  EXPECT_EQ(Places(NextRange()), Places(NextRange()));
}

TEST(ArenaTest, PerturbedPlacesAreOthersAndTheSameEachTime) {
  const std::vector<uintptr_t> perturbed = Places(NextRange(true));
  EXPECT_EQ(perturbed, Places(NextRange(true)));
  EXPECT_NE(perturbed, Places(NextRange(false)));
}

TEST(ArenaTest, BeginsAtTheBase) {
  const ArenaOptions options = NextRange();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(Open(options)->Allocate(1)), options.base + 16);
}

TEST(ArenaTest, GoesUpwardsAndPerturbedDownwards) {
  const std::unique_ptr<Arena> plain = Open(NextRange());
  const std::unique_ptr<Arena> perturbed = Open(NextRange(true));
  const void* const low = plain->Allocate(100);
  EXPECT_GT(plain->Allocate(100), low);
  const void* const high = perturbed->Allocate(100);
  EXPECT_LT(perturbed->Allocate(100), high);
}

TEST(ArenaTest, TakesUpTheLastFreedFirstAndPerturbedTheFirst) {
  for (const bool perturbed : {false, true}) {
    const std::unique_ptr<Arena> arena = Open(NextRange(perturbed));
    void* const first = arena->Allocate(100);
    void* const second = arena->Allocate(100);
    arena->Free(first);
    arena->Free(second);
    EXPECT_EQ(arena->Allocate(100), perturbed ? first : second);
    EXPECT_EQ(arena->Allocate(100), perturbed ? second : first);
  }
}

TEST(ArenaTest, FillsBeforeAndAfterUse) {
  ArenaOptions options = NextRange();
  options.fill = 0x5a;
  const std::unique_ptr<Arena> arena = Open(options);
  void* const block = arena->Allocate(200);
  EXPECT_EQ(ByteAt(block, 0), 0x5a);
  EXPECT_EQ(ByteAt(block, 199), 0x5a);
  std::memset(block, 1, 200);
  arena->Free(block);
  EXPECT_EQ(ByteAt(block, 0), 0x5a);
  EXPECT_EQ(ByteAt(block, 199), 0x5a);
}

TEST(ArenaTest, ZeroedBlocksAreZeroFreshAndReused) {
  const std::unique_ptr<Arena> arena = Open(NextRange());
  for (const size_t bytes : {size_t{1}, size_t{4096}, 2 * Arena::kFillBytesMax}) {
    for (int round = 0; round < 2; ++round) {
      void* const block = arena->AllocateZeroed(bytes);
      EXPECT_EQ(ByteAt(block, 0), 0) << bytes;
      EXPECT_EQ(ByteAt(block, bytes - 1), 0) << bytes;
      std::memset(block, 7, bytes);
      arena->Free(block);
    }
  }
}

TEST(ArenaTest, AlignsAsAsked) {
  for (const bool perturbed : {false, true}) {
    const std::unique_ptr<Arena> arena = Open(NextRange(perturbed));
    for (size_t alignment = 1; alignment <= size_t{1} << 20; alignment *= 2) {
      void* const block = arena->Allocate(33, alignment);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u) << alignment;
      EXPECT_GE(arena->UsableBytes(block), 33u);
      std::memset(block, 1, arena->UsableBytes(block));
      arena->Free(block);
    }
  }
}

TEST(ArenaTest, GivesAtLeastWhatWasAskedForAtEachEdgeOfASizeClass) {
  const std::unique_ptr<Arena> arena = Open(NextRange());
  std::vector<void*> blocks;
  for (size_t power = 16; power <= size_t{1} << 22; power *= 2) {
    for (const size_t bytes :
         {power - 1, power, power + 1, power + power / 4, power + power / 4 + 1}) {
      blocks.push_back(arena->Allocate(bytes));
      ASSERT_GE(arena->UsableBytes(blocks.back()), bytes);
      EXPECT_LE(arena->UsableBytes(blocks.back()), bytes + bytes / 4 + 16) << bytes;
      std::memset(blocks.back(), 1, arena->UsableBytes(blocks.back()));
    }
  }
  for (void* const block : blocks) arena->Free(block);  // none has overwritten another's header
}

TEST(ArenaTest, BlocksOfNoBytesHaveAddressesOfTheirOwn) {
  const std::unique_ptr<Arena> arena = Open(NextRange());
  EXPECT_NE(arena->Allocate(0), arena->Allocate(0));
}

TEST(ArenaTest, IsNullWhenTheRangeIsFull) {
  for (const bool perturbed : {false, true}) {
    const std::unique_ptr<Arena> arena = Open(NextRange(perturbed, size_t{1} << 20));
    EXPECT_EQ(arena->Allocate(size_t{1} << 20), nullptr);
    EXPECT_EQ(arena->Allocate(SIZE_MAX), nullptr);
    size_t blocks = 0;
    while (arena->Allocate(4096) != nullptr) ++blocks;
    EXPECT_GT(blocks, 200u);
    EXPECT_LT(blocks, 256u);
  }
}

TEST(ArenaTest, IsNullWhenTheRangeIsTaken) {
  const ArenaOptions options = NextRange();
  void* const taken = mmap(reinterpret_cast<void*>(options.base), 4096, PROT_READ,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  ASSERT_EQ(reinterpret_cast<uintptr_t>(taken), options.base);
  EXPECT_EQ(Open(options)->Allocate(1), nullptr);
}

TEST(ArenaTest, KnowsItsOwn) {
  const ArenaOptions options = NextRange();
  const std::unique_ptr<Arena> arena = Open(options);
  EXPECT_TRUE(arena->Owns(arena->Allocate(1)));
  EXPECT_FALSE(arena->Owns(reinterpret_cast<void*>(options.base - 1)));
  EXPECT_FALSE(arena->Owns(reinterpret_cast<void*>(options.base + options.bytes_max)));
}

TEST(ArenaDeathTest, SaysThatABlockWasFreedTwice) {
  const std::unique_ptr<Arena> arena = Open(NextRange());
  void* const block = arena->Allocate(10);
  arena->Free(block);
  EXPECT_DEATH(arena->Free(block), "freed twice");
}

TEST(ArenaDeathTest, SaysThatABlockWasNeverAllocated) {
  const std::unique_ptr<Arena> arena = Open(NextRange());
  char* const block = static_cast<char*>(arena->Allocate(100));
  EXPECT_DEATH(arena->Free(block + 32), "never allocated");
}

}  // namespace
}  // namespace rehearse::sim
