#include "rehearse/sim/hermetic/arena.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "rehearse/actor/env/check.h"

namespace rehearse::sim {
namespace {

constexpr uint32_t kLive = 0x4c495645;
constexpr uint32_t kFreed = 0x46524545;

// Mapped in steps, so that limits on address space count what is used.
constexpr size_t kFirstStepBytes = size_t{2} << 20;
constexpr size_t kStepBytes = size_t{64} << 20;

// Freed blocks from here on go back to the kernel, and come again as zeros.
constexpr size_t kReturnBytes = size_t{1} << 20;
constexpr size_t kPageBytes = 4096;

constexpr size_t kFineBytes = 256;  // up to here, a size class for each 16 bytes
constexpr size_t kFineClasses = kFineBytes / 16;

// Above, four to each doubling: at most a fifth of a block is wasted.
constexpr size_t ClassOf(size_t bytes) {
  if (bytes <= kFineBytes) return bytes == 0 ? 0 : (bytes - 1) / 16;
  const int log = std::bit_width(bytes - 1) - 1;
  const size_t quarter = ((bytes - 1) >> (log - 2)) & 3;
  return kFineClasses + static_cast<size_t>(log - 8) * 4 + quarter;
}

constexpr size_t BytesOf(size_t size_class) {
  if (size_class < kFineClasses) return (size_class + 1) * 16;
  const size_t above = size_class - kFineClasses;
  return (5 + above % 4) << (6 + above / 4);
}

static_assert(BytesOf(ClassOf(256)) == 256 && BytesOf(ClassOf(257)) == 320);
static_assert(BytesOf(ClassOf(320)) == 320 && BytesOf(ClassOf(512)) == 512);
static_assert(BytesOf(ClassOf(513)) == 640 && BytesOf(ClassOf(size_t{1} << 40)) == size_t{1} << 40);

constexpr uintptr_t RoundUp(uintptr_t value, size_t unit) {
  return (value + unit - 1) & ~(unit - 1);
}

// Not through mmap(), which places what simulated code maps.
bool Map(uintptr_t at, size_t bytes) {
  const long got =
      syscall(SYS_mmap, at, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got == -1) return false;
  if (static_cast<uintptr_t>(got) == at) return true;
  munmap(reinterpret_cast<void*>(got),
         bytes);  // a kernel that doesn't know the flag took it as a hint
  return false;
}

}  // namespace

void Arena::Open(const ArenaOptions& options) {
  options_ = options;
  cursor_ = options_.perturbed ? options_.base + options_.bytes_max : options_.base;
  mapped_ = cursor_;
  gaps_ = options_.fill + 1;
  untouched_ = nullptr;
  free_ = {};
}

void* Arena::Allocate(size_t bytes, size_t alignment) {
  const size_t slack = alignment > kHeaderBytes ? alignment : 0;
  if (bytes >= options_.bytes_max || slack >= options_.bytes_max) return nullptr;
  Header* const block = Take(ClassOf(bytes + slack));
  if (block == nullptr) return nullptr;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(block + 1);
  const uintptr_t payload = slack == 0 ? begin : RoundUp(begin, alignment);
  Header* const header = reinterpret_cast<Header*>(payload) - 1;
  header->state = kLive;
  header->size_class = block->size_class;
  header->offset = payload - begin;
  void* const pointer = reinterpret_cast<void*>(payload);
  std::memset(pointer, options_.fill, std::min(bytes, kFillBytesMax));
  return pointer;
}

void* Arena::AllocateZeroed(size_t bytes) {
  untouched_ = nullptr;
  void* const pointer = Allocate(bytes);
  if (pointer == nullptr) return nullptr;
  const bool fresh = untouched_ == static_cast<Header*>(pointer) - 1;
  std::memset(pointer, 0, fresh ? std::min(bytes, kFillBytesMax) : bytes);
  return pointer;
}

void Arena::Free(void* pointer) {
  Header& header = LiveHeader(pointer);
  const size_t size_class = header.size_class;
  const size_t bytes = BytesOf(size_class);
  header.state = kFreed;  // it may lie inside the block; the block's own is marked below
  Header* const block =
      reinterpret_cast<Header*>(static_cast<std::byte*>(pointer) - header.offset) - 1;
  std::memset(static_cast<void*>(block + 1), options_.fill, std::min(bytes, kFillBytesMax));
  if (bytes >= kReturnBytes) {
    const uintptr_t begin = RoundUp(reinterpret_cast<uintptr_t>(block + 1), kPageBytes);
    madvise(reinterpret_cast<void*>(begin), bytes - kPageBytes, MADV_DONTNEED);
  }
  // An inner header told where the block begins; it was filled over just now, and no longer says
  // live.
  block->state = kFreed;
  block->size_class = static_cast<uint32_t>(size_class);
  FreeList& list = free_[size_class];
  if (options_.perturbed && list.first != nullptr) {
    block->next = nullptr;
    list.last->next = block;
  } else {
    block->next = list.first;
    list.first = block;
  }
  if (options_.perturbed) list.last = block;
}

size_t Arena::UsableBytes(const void* pointer) const {
  const Header& header = LiveHeader(pointer);
  return BytesOf(header.size_class) - header.offset;
}

size_t Arena::used_bytes() const {
  return options_.perturbed ? options_.base + options_.bytes_max - cursor_
                            : cursor_ - options_.base;
}

Arena::Header* Arena::Take(size_t size_class) {
  FreeList& list = free_[size_class];
  if (list.first != nullptr) {
    Header* const block = list.first;
    list.first = block->next;
    return block;
  }
  Header* const block = Carve(kHeaderBytes + BytesOf(size_class));
  if (block != nullptr) block->size_class = static_cast<uint32_t>(size_class);
  return block;
}

Arena::Header* Arena::Carve(size_t bytes) {
  uintptr_t low = cursor_;
  if (options_.perturbed) {
    // A linear congruential generator's high bits: gaps of 0 to 112 bytes.
    gaps_ = gaps_ * 6364136223846793005u + 1442695040888963407u;
    const size_t taken = bytes + (gaps_ >> 61) * 16;
    if (taken > cursor_ - options_.base) return nullptr;
    low = cursor_ - taken;
  } else if (bytes > options_.base + options_.bytes_max - cursor_) {
    return nullptr;
  }
  if (!Reach(low, low + bytes)) return nullptr;
  cursor_ = options_.perturbed ? low : low + bytes;
  untouched_ = reinterpret_cast<Header*>(low);
  return reinterpret_cast<Header*>(low);
}

// Sees to it that [low, high), which begins or ends at the cursor, is mapped.
bool Arena::Reach(uintptr_t low, uintptr_t high) {
  const size_t least = used_bytes() == 0 ? kFirstStepBytes : kStepBytes;
  if (options_.perturbed) {
    if (low >= mapped_) return true;
    const size_t step = std::min(std::max(RoundUp(mapped_ - low, kPageBytes), least),
                                 static_cast<size_t>(mapped_ - options_.base));
    if (!Map(mapped_ - step, step)) return false;
    mapped_ -= step;
    return true;
  }
  if (high <= mapped_) return true;
  const size_t step = std::min(std::max(RoundUp(high - mapped_, kPageBytes), least),
                               static_cast<size_t>(options_.base + options_.bytes_max - mapped_));
  if (!Map(mapped_, step)) return false;
  mapped_ += step;
  return true;
}

Arena::Header& Arena::LiveHeader(const void* pointer) {
  Header* const header = static_cast<Header*>(const_cast<void*>(pointer)) - 1;
  REHEARSE_CHECK(header->state == kLive, header->state == kFreed
                                             ? "memory was freed twice, or used after it was freed"
                                             : "memory was freed that was never allocated, or "
                                               "what stands before it was overwritten");
  return *header;
}

}  // namespace rehearse::sim
