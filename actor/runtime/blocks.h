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

// The calling thread's worker, if its blocks are of `pool`; else null.
inline Worker* WorkerOf(const BlockPool& pool) {
  Worker* const worker = CurrentWorker();
  return worker != nullptr && &worker->magazine().pool() == &pool ? worker : nullptr;
}

// A block of `size_class`, which BlockClassOf(bytes) gave for no fewer than `bytes`. Any thread.
inline void* AllocateBlock(BlockPool& pool, uint8_t size_class, size_t bytes) {
  if (size_class == kUnpooled) [[unlikely]] {
    return ::operator new(bytes);
  }
  if (Worker* const worker = WorkerOf(pool); worker != nullptr) [[likely]] {
    return worker->magazine().Allocate(size_class);
  }
  return pool.Allocate(size_class);
}

// What AllocateBlock gave for the same class. Any thread, at any time; `worker` is the thread's
// own, for who knows it.
inline void ReleaseBlock(void* block, uint8_t size_class, Worker* worker = CurrentWorker()) {
  if (size_class == kUnpooled) [[unlikely]] {
    return ::operator delete(block);
  }
  if (worker != nullptr && &worker->magazine().pool() == &BlockPool::Of(block)) [[likely]] {
    worker->magazine().Free(size_class, block);
  } else {
    BlockPool::Free(size_class, block);
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_BLOCKS_H_
