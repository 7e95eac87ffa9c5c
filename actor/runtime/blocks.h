// Memory for what one scheduler's actors send and are made of, from wherever it is nearest.
//
// On a worker that is its magazine, without an atomic; elsewhere the pool. It lies on the way of
// each message, so it is inline.

#ifndef REHEARSE_ACTOR_RUNTIME_BLOCKS_H_
#define REHEARSE_ACTOR_RUNTIME_BLOCKS_H_

#include <cstddef>
#include <new>

#include "rehearse/actor/runtime/block_pool.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

// The block that is at hand; null if that takes more than a few instructions. For the way of each
// message, whose other way is then a function of its own.
inline void* BlockAtHand(BlockPool& pool, uint8_t size_class) {
  Worker* const worker = CurrentWorker();
  if (size_class == kUnpooled || worker == nullptr || &worker->magazine().pool() != &pool) {
    return nullptr;
  }
  return worker->magazine().AtHand(size_class);
}

// A block of `size_class`, which BlockClassOf(bytes) gave for no fewer than `bytes`. Any thread.
inline void* AllocateBlock(BlockPool& pool, uint8_t size_class, size_t bytes) {
  if (size_class == kUnpooled) [[unlikely]] {
    return ::operator new(bytes);
  }
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->magazine().pool() == &pool) [[likely]] {
    return worker->magazine().Allocate(size_class);
  }
  return pool.Allocate(size_class);
}

// What AllocateBlock gave for the same class. Any thread, at any time.
inline void ReleaseBlock(void* block, uint8_t size_class) {
  if (size_class == kUnpooled) [[unlikely]] {
    return ::operator delete(block);
  }
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->magazine().pool() == &BlockPool::Of(block)) [[likely]] {
    worker->magazine().Free(size_class, block);
  } else {
    BlockPool::Free(size_class, block);
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_BLOCKS_H_
