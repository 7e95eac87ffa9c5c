// A worker's own stock of memory blocks.

#ifndef REHEARSE_ACTOR_RUNTIME_MAGAZINE_H_
#define REHEARSE_ACTOR_RUNTIME_MAGAZINE_H_

#include <array>
#include <cstdint>
#include <new>

#include "rehearse/actor/runtime/block_pool.h"

namespace rehearse {

// Two batches a size class: one to take from, one that waits to be full or empty. So a worker that
// allocates and frees around a batch's edge does not go to the pool each time. Its worker's thread
// only.
class Magazine {
 public:
  explicit Magazine(BlockPool& pool) : pool_(pool) {}
  ~Magazine() {
    for (uint8_t i = 0; i < kBlockClasses; ++i) {
      pool_.Give(i, shelves_[i].open);
      pool_.Give(i, shelves_[i].full);
    }
  }
  Magazine(const Magazine&) = delete;
  Magazine& operator=(const Magazine&) = delete;

  // As Allocate, if that takes but a few instructions; else null. For the way of each message,
  // whose longer way is then a function of its own.
  void* AtHand(uint8_t size_class) {
    Shelf& shelf = shelves_[size_class];
    if (shelf.open.count == 0) [[unlikely]] {
      return nullptr;
    }
    FreeBlock* const block = shelf.open.first;
    shelf.open.first = block->next;
    --shelf.open.count;
    return block;
  }

  void* Allocate(uint8_t size_class) {
    Shelf& shelf = shelves_[size_class];
    if (shelf.open.count == 0) [[unlikely]] {
      shelf.open = shelf.full.count != 0 ? shelf.full : pool_.Take(size_class);
      shelf.full = {};
    }
    return AtHand(size_class);
  }

  // `block` came from this magazine's pool.
  void Free(uint8_t size_class, void* block) {
    Shelf& shelf = shelves_[size_class];
    if (shelf.open.count == BlockPool::kBatch) [[unlikely]] {
      if (shelf.full.count != 0) pool_.Give(size_class, shelf.full);
      shelf.full = shelf.open;
      shelf.open = {};
    }
    shelf.open.first = new (block) FreeBlock{shelf.open.first};
    ++shelf.open.count;
  }

  BlockPool& pool() const { return pool_; }

 private:
  struct Shelf {
    BlockBatch open;
    BlockBatch full;
  };

  BlockPool& pool_;
  std::array<Shelf, kBlockClasses + 1> shelves_;  // that of kUnpooled is always empty
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_MAGAZINE_H_
