// Memory for cells and envelopes, in a few sizes.
//
// A worker allocates from its own magazine without an atomic; magazines trade full batches with the
// pool. Blocks are carved from chunks that know their pool, so that a block may be given back from
// any thread, even after its scheduler is gone: the pool waits for the last one.

#ifndef REHEARSE_ACTOR_RUNTIME_BLOCK_POOL_H_
#define REHEARSE_ACTOR_RUNTIME_BLOCK_POOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse {

// A block's size class; kUnpooled is for what is too large, and goes to operator new.
inline constexpr std::array<size_t, 8> kBlockBytes = {64, 96, 128, 160, 224, 320, 448, 640};
inline constexpr uint8_t kBlockClasses = kBlockBytes.size();
inline constexpr uint8_t kUnpooled = kBlockClasses;

constexpr uint8_t BlockClassOf(size_t bytes) {
  // Under the address sanitizer each block is an allocation of its own, so that it can tell them
  // apart.
  if (kAddressSanitizer) return kUnpooled;
  for (uint8_t i = 0; i < kBlockClasses; ++i) {
    if (bytes <= kBlockBytes[i]) return i;
  }
  return kUnpooled;
}

// A free block, linked. Lists are handed over by their first block.
struct FreeBlock {
  FreeBlock* next;
};

struct BlockBatch {
  FreeBlock* first = nullptr;
  uint32_t count = 0;
};

class BlockPool {
 public:
  static constexpr uint32_t kBatch = 64;

  static BlockPool* Create();

  // The owner needs it no more; it goes away with the last block in use. `magazines_hold` blocks
  // were given back already.
  void Release();

  // About kBatch blocks of `size_class`. Any thread.
  BlockBatch Take(uint8_t size_class);
  void Give(uint8_t size_class, BlockBatch batch);

  // One block, from a plain thread.
  void* Allocate(uint8_t size_class);
  // One block that may come from any pool.
  static void Free(uint8_t size_class, void* block);

  // Blocks that are not here: in use, or in a magazine, which has some hundred at most. Any thread.
  uint64_t in_use();

  static BlockPool& Of(void* block) {
    return *reinterpret_cast<Chunk*>(reinterpret_cast<uintptr_t>(block) & ~(kChunkBytes - 1))->pool;
  }

 private:
  // Aligned to its size, so that each block finds its head.
  static constexpr size_t kChunkBytes = size_t{64} << 10;
  // Chunks are cut from slabs, for the allocator touches a page in front of all that is aligned.
  static constexpr size_t kSlabBytes = size_t{1} << 20;
  struct Chunk {
    BlockPool* pool;
    size_t used;  // bytes from the chunk's start
  };

  BlockPool() = default;
  ~BlockPool();
  BlockBatch Carve(uint8_t size_class);
  Chunk* NewChunk();

  std::mutex mutex_;
  std::array<std::vector<BlockBatch>, kBlockClasses> batches_;
  std::array<BlockBatch, kBlockClasses> loose_;
  std::array<Chunk*, kBlockClasses> open_{};  // the chunk being carved
  std::vector<std::byte*> slabs_;
  size_t slab_used_ = kSlabBytes;  // of the last one
  uint64_t in_use_ = 0;            // blocks outside of this pool, magazines' included
  bool released_ = false;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_BLOCK_POOL_H_
