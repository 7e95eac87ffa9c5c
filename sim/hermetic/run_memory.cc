#include "rehearse/sim/hermetic/run_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "rehearse/sim/hermetic/arena.h"
#include "rehearse/sim/hermetic/mappings.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REHEARSE_PLACES_MEMORY 0
#else
#define REHEARSE_PLACES_MEMORY 1
#endif

namespace rehearse::sim {
namespace {

// Each run of one process has its own range; then memory is the C library's.
constexpr uintptr_t kArenas = 0x7e90'0000'0000;
constexpr size_t kArenaBytes = size_t{64} << 30;
constexpr int kRunsMax = 16;

// Set before main() by nothing: allocation begins before constructors do.
constinit Arena arena;
constinit Mappings mappings;
constinit int runs = 0;
constinit thread_local bool inside = false;

}  // namespace

bool RunMemoryInForce() { return REHEARSE_PLACES_MEMORY != 0; }

unsigned char FillOf(Perturbation perturbation) {
  // Zero is the one that unset flags and pointers notice, so it comes every other time.
  constexpr unsigned char kFills[] = {0x00, 0x01, 0x00, 0x7f};
  return perturbation == 0 ? 0xcd : kFills[perturbation % 4];
}

RunMemory::RunMemory(Perturbation perturbation) {
  if (!RunMemoryInForce() || runs == kRunsMax) return;
  const bool perturbed = perturbation != 0;
  arena.Open({.base = kArenas + static_cast<size_t>(runs) * kArenaBytes,
              .bytes_max = kArenaBytes,
              .fill = FillOf(perturbation),
              .perturbed = perturbed});
  mappings.Open({.number = runs, .fill = FillOf(perturbation), .perturbed = perturbed});
  ++runs;
  inside = true;
}

RunMemory::~RunMemory() { inside = false; }

OutsideRunMemory::OutsideRunMemory() : was_inside_(inside) { inside = false; }
OutsideRunMemory::~OutsideRunMemory() { inside = was_inside_; }

size_t RunMemoryUsedBytes() { return runs == 0 ? 0 : arena.used_bytes(); }

#if REHEARSE_PLACES_MEMORY

namespace {

void* OrNoMemory(void* pointer) {
  if (pointer == nullptr) errno = ENOMEM;
  return pointer;
}

bool IsRunMemory(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) - kArenas < kRunsMax * kArenaBytes;
}

// Of a run that is over, only the last one's range is still kept in order.
void FreeRunMemory(void* pointer) {
  if (arena.Owns(pointer)) arena.Free(pointer);
}

}  // namespace

#endif

}  // namespace rehearse::sim

#if REHEARSE_PLACES_MEMORY

// The C library's own allocator, under the names that are left when its public ones are replaced.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* pointer, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* pointer);
}

namespace sim = rehearse::sim;

extern "C" {

void* malloc(size_t bytes) noexcept {
  return sim::inside ? sim::OrNoMemory(sim::arena.Allocate(bytes)) : __libc_malloc(bytes);
}

void free(void* pointer) noexcept {
  if (!sim::IsRunMemory(pointer)) {
    __libc_free(pointer);
  } else {
    sim::FreeRunMemory(pointer);
  }
}

void* calloc(size_t count, size_t bytes) noexcept {
  if (!sim::inside) return __libc_calloc(count, bytes);
  size_t all = 0;
  const bool overflow = __builtin_mul_overflow(count, bytes, &all);
  return sim::OrNoMemory(overflow ? nullptr : sim::arena.AllocateZeroed(all));
}

// A block stays on the side that allocated it.
void* realloc(void* pointer, size_t bytes) noexcept {
  if (pointer == nullptr) return malloc(bytes);
  if (!sim::IsRunMemory(pointer)) return __libc_realloc(pointer, bytes);
  const size_t had = sim::arena.Owns(pointer) ? sim::arena.UsableBytes(pointer) : 0;
  if (bytes != 0 && bytes <= had && bytes > had / 2) return pointer;
  void* const moved = bytes == 0 ? nullptr : malloc(bytes);
  if (moved != nullptr) std::memcpy(moved, pointer, std::min(had, bytes));
  if (moved != nullptr || bytes == 0) free(pointer);
  return moved;
}

void* memalign(size_t alignment, size_t bytes) noexcept {
  if (!sim::inside) return __libc_memalign(alignment, bytes);
  return sim::OrNoMemory(sim::arena.Allocate(bytes, std::bit_ceil(alignment)));
}

void* aligned_alloc(size_t alignment, size_t bytes) noexcept { return memalign(alignment, bytes); }

int posix_memalign(void** out, size_t alignment, size_t bytes) noexcept {
  if (alignment % sizeof(void*) != 0 || !std::has_single_bit(alignment)) return EINVAL;
  const int saved = errno;
  void* const pointer = memalign(alignment, bytes);
  errno = saved;
  if (pointer == nullptr) return ENOMEM;
  *out = pointer;
  return 0;
}

void* valloc(size_t bytes) noexcept { return memalign(4096, bytes); }
void* pvalloc(size_t bytes) noexcept { return memalign(4096, (bytes + 4095) & ~size_t{4095}); }

size_t malloc_usable_size(void* pointer) noexcept {
  if (pointer == nullptr) return 0;
  if (sim::IsRunMemory(pointer)) return sim::arena.UsableBytes(pointer);
  static const auto next =
      reinterpret_cast<decltype(&malloc_usable_size)>(dlsym(RTLD_NEXT, "malloc_usable_size"));
  return next(pointer);
}

void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  if (sim::inside && at == nullptr) {
    void* const placed = sim::mappings.Map(bytes, protection, flags, fd, offset);
    if (placed != MAP_FAILED) return placed;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, fd, offset));
}

void* mmap64(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  return mmap(at, bytes, protection, flags, fd, offset);
}

}  // extern "C"

#endif
