#include "rehearse/actor/runtime/magazine.h"

#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

void* AllocateBlock(BlockPool& pool, size_t bytes) {
  const uint8_t size_class = BlockClassOf(bytes);
  if (size_class == kUnpooled) return ::operator new(bytes);
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->magazine().pool() == &pool) {
    return worker->magazine().Allocate(size_class);
  }
  return pool.Allocate(size_class);
}

void FreeBlockOf(void* block, size_t bytes) {
  const uint8_t size_class = BlockClassOf(bytes);
  if (size_class == kUnpooled) return ::operator delete(block);
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->magazine().pool() == &BlockPool::Of(block)) {
    worker->magazine().Free(size_class, block);
  } else {
    BlockPool::Free(size_class, block);
  }
}

}  // namespace rehearse
