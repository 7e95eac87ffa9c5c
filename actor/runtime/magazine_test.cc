#include "rehearse/actor/runtime/blocks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/testing.h"

namespace rehearse {
namespace {

constexpr int kBatch = BlockPool::kBatch;

class MagazineTest : public testing::Test {
 public:
  ~MagazineTest() override { pool_->Release(); }

  static std::vector<void*> AllocateMany(Magazine& magazine, int count, uint8_t size_class = 0) {
    std::vector<void*> blocks;
    for (int i = 0; i < count; ++i) blocks.push_back(magazine.Allocate(size_class));
    return blocks;
  }

  BlockPool* const pool_ = BlockPool::Create();
};

TEST_F(MagazineTest, FreedBlockIsTheNextToBeAllocated) {
  Magazine magazine(*pool_);
  void* const first = magazine.Allocate(0);
  void* const second = magazine.Allocate(0);
  EXPECT_NE(first, second);
  magazine.Free(0, first);
  EXPECT_EQ(magazine.Allocate(0), first);
  magazine.Free(0, first);
  magazine.Free(0, second);
}

TEST_F(MagazineTest, BlocksInUseAreDistinctInEachClass) {
  Magazine magazine(*pool_);
  for (uint8_t size_class = 0; size_class < kBlockClasses; ++size_class) {
    const std::vector<void*> blocks = AllocateMany(magazine, 1000, size_class);
    EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), 1000u);
    for (void* const block : blocks) std::memset(block, 0xff, kBlockBytes[size_class]);
    for (void* const block : blocks) magazine.Free(size_class, block);
  }
}

TEST_F(MagazineTest, WorkingAroundABatchsEdgeUsesNoNewMemory) {
  Magazine magazine(*pool_);
  std::vector<void*> held = AllocateMany(magazine, kBatch);
  std::set<void*> seen(held.begin(), held.end());
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 2; ++i) held.push_back(magazine.Allocate(0));
    seen.insert(held.begin(), held.end());
    for (int i = 0; i < 2; ++i) {
      magazine.Free(0, held.back());
      held.pop_back();
    }
  }
  EXPECT_LE(seen.size(), static_cast<size_t>(2 * kBatch));
  for (void* const block : held) magazine.Free(0, block);
}

TEST_F(MagazineTest, KeepsTwoBatchesAndGivesTheRestToThePool) {
  Magazine giver(*pool_);
  const std::vector<void*> blocks = AllocateMany(giver, 10 * kBatch);
  for (void* const block : blocks) giver.Free(0, block);
  // Another worker's magazine gets what this one gave back before anything new is carved.
  Magazine taker(*pool_);
  const std::set<void*> known(blocks.begin(), blocks.end());
  const std::vector<void*> taken = AllocateMany(taker, 8 * kBatch);
  for (void* const block : taken) EXPECT_TRUE(known.contains(block));
  for (void* const block : taken) taker.Free(0, block);
}

TEST_F(MagazineTest, BlockMayBeFreedIntoAnotherMagazine) {
  Magazine sender(*pool_);
  Magazine receiver(*pool_);
  std::set<void*> seen;
  for (int i = 0; i < 10000; ++i) {
    void* const block = sender.Allocate(0);
    seen.insert(block);
    receiver.Free(0, block);
  }
  EXPECT_LE(seen.size(), static_cast<size_t>(6 * kBatch));
}

TEST_F(MagazineTest, PartOfABatchGoesBackWithTheMagazine) {
  void* block = nullptr;
  {
    Magazine magazine(*pool_);
    block = magazine.Allocate(0);
    for (void* const other : AllocateMany(magazine, 5)) magazine.Free(0, other);
  }
  Magazine magazine(*pool_);
  for (void* const other : AllocateMany(magazine, 5)) {
    EXPECT_NE(other, block);
    magazine.Free(0, other);
  }
  BlockPool::Free(0, block);
}

TEST_F(MagazineTest, ThreadsWithMagazinesPassBlocksAround) {
  constexpr int kThreads = 4;
  std::mutex mutex;
  std::vector<void*> shared;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &mutex, &shared] {
      Magazine magazine(*pool_);
      for (int i = 0; i < 20000; ++i) {
        void* block = magazine.Allocate(3);
        std::memset(block, t, kBlockBytes[3]);
        {
          const std::lock_guard<std::mutex> lock(mutex);
          shared.push_back(block);
          if (i % 2 == 0) continue;
          block = shared[shared.size() / 2];
          std::swap(shared[shared.size() / 2], shared.back());
          shared.pop_back();
        }
        magazine.Free(3, block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<void*>(shared.begin(), shared.end()).size(), shared.size());
  for (void* const block : shared) BlockPool::Free(3, block);
}

TEST(AllocateBlockTest, PlainThreadAndWorkerUseEachOthersBlocks) {
  TestScheduler world;
  BlockPool& pool = world.scheduler().blocks();
  for (const size_t bytes : {size_t{1}, size_t{64}, size_t{640}, size_t{641}, size_t{100000}}) {
    void* const from_thread = AllocateBlock(pool, BlockClassOf(bytes), bytes);
    std::memset(from_thread, 1, bytes);
    void* from_worker = nullptr;
    Task::Start(world.domain(), "trader", [&] {
      ReleaseBlock(from_thread, BlockClassOf(bytes));
      from_worker = AllocateBlock(pool, BlockClassOf(bytes), bytes);
      std::memset(from_worker, 2, bytes);
    }).Unref();
    world.Run();
    ASSERT_NE(from_worker, nullptr);
    ReleaseBlock(from_worker, BlockClassOf(bytes));
  }
}

TEST(AllocateBlockTest, WorkerUsesItsMagazine) {
  if (kAddressSanitizer) GTEST_SKIP() << "each block is an allocation of its own";
  TestScheduler world;
  Task::Start(world.domain(), "user", [&] {
    BlockPool& pool = world.scheduler().blocks();
    void* const block = AllocateBlock(pool, BlockClassOf(100), 100);
    ReleaseBlock(block, BlockClassOf(100));
    EXPECT_EQ(world.worker().magazine().Allocate(BlockClassOf(100)), block);
    ReleaseBlock(block, BlockClassOf(100));
  }).Unref();
  world.Run();
}

TEST(AllocateBlockTest, BlockOfAnotherSchedulerGoesHome) {
  TestScheduler here;
  TestScheduler there;
  BlockPool& pool = there.scheduler().blocks();
  void* const block = AllocateBlock(pool, BlockClassOf(64), 64);
  Task::Start(here.domain(), "stranger", [&] {
    ReleaseBlock(block, BlockClassOf(64));
    void* const again = AllocateBlock(pool, BlockClassOf(64), 64);
    if (!kAddressSanitizer) {
      EXPECT_EQ(again, block);
    }
    ReleaseBlock(again, BlockClassOf(64));
  }).Unref();
  here.Run();
}

TEST(AllocateBlockTest, BlockOutlivesItsScheduler) {
  void* from_worker = nullptr;
  void* from_thread = nullptr;
  {
    TestScheduler world;
    BlockPool& pool = world.scheduler().blocks();
    from_thread = AllocateBlock(pool, BlockClassOf(224), 224);
    Task::Start(world.domain(), "giver", [&] {
      from_worker = AllocateBlock(pool, BlockClassOf(96), 96);
    }).Unref();
    world.Run();
  }
  std::memset(from_worker, 1, 96);
  std::memset(from_thread, 1, 224);
  TestScheduler other;
  Task::Start(other.domain(), "taker", [&] {
    ReleaseBlock(from_worker, BlockClassOf(96));
  }).Unref();
  other.Run();
  ReleaseBlock(from_thread, BlockClassOf(224));
}

}  // namespace
}  // namespace rehearse
