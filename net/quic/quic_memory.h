// The memory that the QUIC library holds for one connection, counted.
//
// The library keeps more of what a peer sends than the windows say: a byte that comes out of order
// takes a block of 8 KiB, a hole between two such bytes takes a record, and nothing bounds their
// number but the window that they are in. Who counts what it has allocated knows it all.

#ifndef REHEARSE_NET_QUIC_QUIC_MEMORY_H_
#define REHEARSE_NET_QUIC_QUIC_MEMORY_H_

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "rehearse/net/quic/ngtcp2_api.h"

namespace rehearse::net {

// Outlives the library's connection. One fiber at a time.
class QuicMemory {
 public:
  QuicMemory() : calls_{this, &Malloc, &Free, &Calloc, &Realloc} {}
  QuicMemory(const QuicMemory&) = delete;
  QuicMemory& operator=(const QuicMemory&) = delete;

  const ngtcp2_mem* get() const { return &calls_; }
  // What it holds now.
  size_t bytes() const { return bytes_; }

 private:
  // In front of each block stands its size, in as much as keeps the block aligned.
  static constexpr size_t kHeaderBytes = alignof(std::max_align_t);

  static QuicMemory& Of(void* user) { return *static_cast<QuicMemory*>(user); }
  static size_t SizeOf(const char* block) {
    size_t size = 0;
    std::memcpy(&size, block, sizeof size);
    return size;
  }
  void* Enter(char* block, size_t size) {
    if (block == nullptr) return nullptr;
    std::memcpy(block, &size, sizeof size);
    bytes_ += size;
    return block + kHeaderBytes;
  }

  static void* Malloc(size_t size, void* user) {
    return Of(user).Enter(static_cast<char*>(std::malloc(kHeaderBytes + size)), size);
  }
  static void* Calloc(size_t count, size_t each, void* user) {
    return Of(user).Enter(static_cast<char*>(std::calloc(1, kHeaderBytes + count * each)),
                          count * each);
  }
  static void* Realloc(void* bytes, size_t size, void* user) {
    if (bytes == nullptr) return Malloc(size, user);
    char* const block = static_cast<char*>(bytes) - kHeaderBytes;
    const size_t before = SizeOf(block);
    char* const moved = static_cast<char*>(std::realloc(block, kHeaderBytes + size));
    if (moved == nullptr) return nullptr;
    Of(user).bytes_ -= before;
    return Of(user).Enter(moved, size);
  }
  static void Free(void* bytes, void* user) {
    if (bytes == nullptr) return;
    char* const block = static_cast<char*>(bytes) - kHeaderBytes;
    Of(user).bytes_ -= SizeOf(block);
    std::free(block);
  }

  const ngtcp2_mem calls_;
  size_t bytes_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_MEMORY_H_
