#include "rehearse/actor/runtime/block_pool.h"

#include <new>

namespace rehearse {
namespace {

constexpr size_t kHeaderBytes = 64;

}  // namespace

BlockPool* BlockPool::Create() { return new BlockPool; }

BlockPool::~BlockPool() {
  for (std::byte* const slab : slabs_) ::operator delete (slab, std::align_val_t{kChunkBytes});
}

void BlockPool::Release() {
  bool last = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    released_ = true;
    last = in_use_ == 0;
  }
  if (last) delete this;
}

uint64_t BlockPool::in_use() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return in_use_;
}

BlockBatch BlockPool::Take(uint8_t size_class) {
  const std::lock_guard<std::mutex> lock(mutex_);
  BlockBatch batch;
  if (!batches_[size_class].empty()) {
    batch = batches_[size_class].back();
    batches_[size_class].pop_back();
  } else {
    batch = Carve(size_class);
  }
  in_use_ += batch.count;
  return batch;
}

void BlockPool::Give(uint8_t size_class, BlockBatch batch) {
  bool last = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_use_ -= batch.count;
    if (batch.count != 0) batches_[size_class].push_back(batch);
    last = released_ && in_use_ == 0;
  }
  if (last) delete this;
}

void* BlockPool::Allocate(uint8_t size_class) {
  const std::lock_guard<std::mutex> lock(mutex_);
  BlockBatch& loose = loose_[size_class];
  if (loose.count == 0) {
    if (!batches_[size_class].empty()) {
      loose = batches_[size_class].back();
      batches_[size_class].pop_back();
    } else {
      loose = Carve(size_class);
    }
  }
  FreeBlock* const block = loose.first;
  loose.first = block->next;
  --loose.count;
  ++in_use_;
  return block;
}

void BlockPool::Free(uint8_t size_class, void* block) {
  BlockPool& pool = Of(block);
  bool last = false;
  {
    const std::lock_guard<std::mutex> lock(pool.mutex_);
    BlockBatch& loose = pool.loose_[size_class];
    loose.first = new (block) FreeBlock{loose.first};
    if (++loose.count >= kBatch) {
      pool.batches_[size_class].push_back(loose);
      loose = {};
    }
    last = --pool.in_use_ == 0 && pool.released_;
  }
  if (last) delete &pool;
}

BlockPool::Chunk* BlockPool::NewChunk() {
  if (slab_used_ == kSlabBytes) {
    void* const slab = ::operator new (kSlabBytes, std::align_val_t{kChunkBytes});
    slabs_.push_back(static_cast<std::byte*>(slab));
    slab_used_ = 0;
  }
  std::byte* const memory = slabs_.back() + slab_used_;
  slab_used_ += kChunkBytes;
  return new (memory) Chunk{this, kHeaderBytes};
}

BlockBatch BlockPool::Carve(uint8_t size_class) {
  const size_t bytes = kBlockBytes[size_class];
  Chunk*& chunk = open_[size_class];
  if (chunk == nullptr || chunk->used + bytes > kChunkBytes) {
    chunk = NewChunk();
  }
  BlockBatch batch;
  FreeBlock** link = &batch.first;
  while (batch.count < kBatch && chunk->used + bytes <= kChunkBytes) {
    void* const memory = reinterpret_cast<std::byte*>(chunk) + chunk->used;
    chunk->used += bytes;
    *link = new (memory) FreeBlock{nullptr};
    link = &(*link)->next;
    ++batch.count;
  }
  return batch;
}

}  // namespace rehearse
