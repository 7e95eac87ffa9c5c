// Memory whose addresses and contents a seed repeats.
//
// A program that orders things by address, hashes a pointer or reads what nobody wrote gives
// another run whenever its memory lies elsewhere. Here it lies at a fixed address, is handed out by
// nothing but the order of the calls, and is filled with one byte before and after use. A perturbed
// arena does all of it in another way, so that such a program shows itself.

#ifndef REHEARSE_SIM_HERMETIC_ARENA_H_
#define REHEARSE_SIM_HERMETIC_ARENA_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace rehearse::sim {

struct ArenaOptions {
  uintptr_t base = 0x7e90'0000'0000;  // a multiple of the page
  size_t bytes_max = size_t{64} << 30;
  // Fills what is allocated and what was freed; beyond kFillBytesMax of one block, nothing is.
  unsigned char fill = 0xcd;
  // From the end of the range downwards with gaps, and freed blocks are taken up in the order in
  // which they were freed. Otherwise upwards without, and the last freed is taken first.
  bool perturbed = false;
};

// One thread's. It maps what it needs as it grows, and never gives anything back: freed blocks are
// kept by size class. It throws nothing and allocates nothing itself.
class Arena {
 public:
  static constexpr size_t kFillBytesMax = size_t{64} << 10;

  constexpr Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Begins with nothing allocated. The range must be free; if it turns out not to be, Allocate says
  // so.
  void Open(const ArenaOptions& options);

  // Null when the range is full, or taken by another mapping, or the kernel has no memory. The
  // alignment is a power of two; a block of no bytes has an address of its own.
  void* Allocate(size_t bytes, size_t alignment = kHeaderBytes);

  // As Allocate, all zero.
  void* AllocateZeroed(size_t bytes);

  // What Allocate gave, once; aborts if it was freed before or never was allocated.
  void Free(void* pointer);

  // How many bytes may be used at `pointer`: at least as many as were asked for.
  size_t UsableBytes(const void* pointer) const;

  bool Owns(const void* pointer) const {
    return reinterpret_cast<uintptr_t>(pointer) - options_.base < options_.bytes_max;
  }

  // Of the range, freed or not.
  size_t used_bytes() const;

 private:
  // Stands before each block that was handed out.
  struct Header {
    uint32_t state;
    uint32_t size_class;
    union {
      uint64_t offset;  // of a live block: from the block's first header to this one
      Header* next;     // of a free one
    };
  };
  static constexpr size_t kHeaderBytes = 16;
  static constexpr size_t kClassesMax = 160;

  struct FreeList {
    Header* first = nullptr;
    Header* last = nullptr;
  };

  Header* Take(size_t size_class);
  Header* Carve(size_t bytes);
  bool Reach(uintptr_t low, uintptr_t high);
  static Header& LiveHeader(const void* pointer);

  ArenaOptions options_;
  uintptr_t cursor_ = 0;               // where the next block begins, or ends if perturbed
  uintptr_t mapped_ = 0;               // how far the range is mapped, in the cursor's direction
  uint64_t gaps_ = 0;                  // chooses the gaps
  const Header* untouched_ = nullptr;  // the block that Carve gave last: still zero from the kernel
  std::array<FreeList, kClassesMax> free_{};
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_ARENA_H_
