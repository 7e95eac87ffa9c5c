// An array that grows, and whose elements stay where they are.
//
// Chunks double, so that a small one costs a small one: an empty world has a dozen fibers, a busy
// node millions of requests.

#ifndef REHEARSE_ACTOR_RUNTIME_STABLE_ARRAY_H_
#define REHEARSE_ACTOR_RUNTIME_STABLE_ARRAY_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace rehearse {

// One thread at a time grows it. Elements are default-initialised; what is read of one that was
// there when its index was learned, any thread may read.
template <typename T>
class StableArray {
 public:
  // Each chunk is twice the one before.
  static constexpr uint32_t kFirstChunk = 64;
  static constexpr uint32_t kChunksMax = 16;
  static constexpr uint32_t kSizeMax = (kFirstChunk << kChunksMax) - kFirstChunk;

  StableArray() = default;
  ~StableArray() {
    for (uint32_t i = 0; i < chunk_count_; ++i) delete[] chunks_[i].load(std::memory_order_relaxed);
  }
  StableArray(const StableArray&) = delete;
  StableArray& operator=(const StableArray&) = delete;

  // Adds a chunk. While size() is less than kSizeMax.
  void Grow() {
    T* const chunk = new T[kFirstChunk << chunk_count_];
    chunks_[chunk_count_++].store(chunk, std::memory_order_release);
  }

  // So many have a place; for the thread that grows it.
  uint32_t size() const { return (kFirstChunk << chunk_count_) - kFirstChunk; }

  T& operator[](uint32_t index) const {
    const uint32_t place = index + kFirstChunk;
    const auto chunk = static_cast<uint32_t>(std::bit_width(place) - std::bit_width(kFirstChunk));
    return chunks_[chunk].load(std::memory_order_acquire)[place - (kFirstChunk << chunk)];
  }

 private:
  std::array<std::atomic<T*>, kChunksMax> chunks_{};
  uint32_t chunk_count_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_STABLE_ARRAY_H_
