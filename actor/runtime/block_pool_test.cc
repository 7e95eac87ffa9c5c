#include "rehearse/actor/runtime/block_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace rehearse {
namespace {

std::vector<void*> BlocksOf(BlockBatch batch) {
  std::vector<void*> blocks;
  for (FreeBlock* block = batch.first; block != nullptr; block = block->next) {
    blocks.push_back(block);
  }
  EXPECT_EQ(blocks.size(), batch.count);
  return blocks;
}

TEST(BlockPoolTest, EachSizeGoesToTheSmallestClassThatFits) {
  if (kAddressSanitizer) {
    EXPECT_EQ(BlockClassOf(64), kUnpooled);
    return;
  }
  EXPECT_EQ(BlockClassOf(0), 0);
  for (uint8_t i = 0; i < kBlockClasses; ++i) {
    EXPECT_EQ(BlockClassOf(kBlockBytes[i]), i);
    EXPECT_EQ(BlockClassOf(kBlockBytes[i] + 1), i + 1);
  }
  EXPECT_EQ(BlockClassOf(kBlockBytes.back() + 1), kUnpooled);
}

TEST(BlockPoolTest, BlocksAreAlignedWholeAndTheirOwn) {
  BlockPool* const pool = BlockPool::Create();
  for (uint8_t size_class = 0; size_class < kBlockClasses; ++size_class) {
    const size_t bytes = kBlockBytes[size_class];
    std::vector<void*> blocks;
    for (int i = 0; i < 3000; ++i) {
      void* const block = pool->Allocate(size_class);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t), 0u);
      ASSERT_EQ(&BlockPool::Of(block), pool);
      ASSERT_EQ(&BlockPool::Of(static_cast<std::byte*>(block) + bytes - 1), pool);
      std::memset(block, i % 251, bytes);
      blocks.push_back(block);
    }
    for (size_t i = 0; i < blocks.size(); ++i) {
      const auto* const bytes_of = static_cast<const unsigned char*>(blocks[i]);
      ASSERT_EQ(bytes_of[0], i % 251);
      ASSERT_EQ(bytes_of[bytes - 1], i % 251);
      BlockPool::Free(size_class, blocks[i]);
    }
  }
  pool->Release();
}

TEST(BlockPoolTest, FreedBlockIsTheNextToBeAllocated) {
  BlockPool* const pool = BlockPool::Create();
  void* const block = pool->Allocate(2);
  BlockPool::Free(2, block);
  EXPECT_EQ(pool->Allocate(2), block);
  BlockPool::Free(2, block);
  pool->Release();
}

TEST(BlockPoolTest, ManyRoundsUseTheSameMemory) {
  BlockPool* const pool = BlockPool::Create();
  std::set<void*> seen;
  for (int round = 0; round < 100; ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i < 200; ++i) blocks.push_back(pool->Allocate(0));
    seen.insert(blocks.begin(), blocks.end());
    for (void* const block : blocks) BlockPool::Free(0, block);
  }
  EXPECT_LE(seen.size(), 200u + 2 * BlockPool::kBatch);
  pool->Release();
}

TEST(BlockPoolTest, BatchesHoldDistinctBlocksAndAreUsedAgain) {
  BlockPool* const pool = BlockPool::Create();
  const BlockBatch first = pool->Take(0);
  EXPECT_GE(first.count, 1u);
  EXPECT_LE(first.count, BlockPool::kBatch);
  const std::vector<void*> blocks = BlocksOf(first);
  EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
  pool->Give(0, first);
  const BlockBatch second = pool->Take(0);
  EXPECT_EQ(BlocksOf(second), blocks);
  pool->Give(0, second);
  pool->Release();
}

// 448 does not divide a chunk; no batch reaches over its end.
TEST(BlockPoolTest, LastBatchOfAChunkMayBeShort) {
  BlockPool* const pool = BlockPool::Create();
  std::vector<BlockBatch> batches;
  bool shorter = false;
  for (int i = 0; i < 10; ++i) {
    batches.push_back(pool->Take(6));
    shorter |= batches.back().count < BlockPool::kBatch;
    for (void* const block : BlocksOf(batches.back())) ASSERT_EQ(&BlockPool::Of(block), pool);
  }
  EXPECT_TRUE(shorter);
  for (const BlockBatch& batch : batches) pool->Give(6, batch);
  pool->Release();
}

TEST(BlockPoolTest, EmptyBatchMayBeGiven) {
  BlockPool* const pool = BlockPool::Create();
  pool->Give(0, {});
  const BlockBatch batch = pool->Take(0);
  EXPECT_GE(batch.count, 1u);
  pool->Give(0, batch);
  pool->Release();
}

// That it goes then is for the leak checker to see.
TEST(BlockPoolTest, ReleasedPoolLivesUntilItsLastBlockIsFreed) {
  BlockPool* const pool = BlockPool::Create();
  void* const first = pool->Allocate(0);
  void* const second = pool->Allocate(5);
  const BlockBatch batch = pool->Take(1);
  pool->Release();
  BlockPool::Free(0, first);
  std::memset(second, 1, kBlockBytes[5]);
  pool->Give(1, batch);
  EXPECT_EQ(&BlockPool::Of(second), pool);
  std::thread([second] { BlockPool::Free(5, second); }).join();
}

TEST(BlockPoolTest, UnusedPoolGoesAtOnce) { BlockPool::Create()->Release(); }

TEST(BlockPoolTest, ThreadsAllocateAndFreeAtTheSameTime) {
  BlockPool* const pool = BlockPool::Create();
  constexpr int kThreads = 4;
  std::vector<std::vector<void*>> left(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([pool, t, &mine = left[static_cast<size_t>(t)]] {
      for (int i = 0; i < 5000; ++i) {
        void* const block = pool->Allocate(1);
        std::memset(block, t, kBlockBytes[1]);
        mine.push_back(block);
        if (i % 3 == 0) {
          BlockPool::Free(1, mine[mine.size() / 2]);
          mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(mine.size() / 2));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Each thread's blocks are still as it left them; now others free them, and the pool is not held.
  pool->Release();
  threads.clear();
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &others = left[static_cast<size_t>((t + 1) % kThreads)]] {
      for (void* const block : others) {
        ASSERT_EQ(*static_cast<unsigned char*>(block), (t + 1) % kThreads);
        BlockPool::Free(1, block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace rehearse
