#include "rehearse/actor/runtime/stack_pool.h"

#include <sys/mman.h>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse {
namespace {

constexpr size_t kSlabBytes = size_t{16} << 20;
constexpr size_t kPageBytes = 4096;
constexpr uint64_t kCanaryWord = 0x5245484541525345u;

// From the kernel's uapi headers, newer than the C library's.
constexpr int kMadvGuardInstall = 102;

// Tops at one page offset would share a few cache sets: 20,000 fibers in turn cost 52 ns a switch,
// and 13 ns with tops spread over 16 places.
constexpr size_t kColours = 16;
constexpr size_t kColourBytes = 128;

}  // namespace

bool Stack::CanaryStands() const {
  return *reinterpret_cast<const uint64_t*>(bottom) == kCanaryWord;
}

StackPool::StackPool(StackPoolOptions options)
    : options_(options), can_install_(options.may_install_guards) {
  REHEARSE_CHECK(options_.stack_bytes % kPageBytes == 0 && options_.stack_bytes >= 4 * kPageBytes &&
                     options_.stack_bytes <= kSlabBytes,
                 "stack_bytes must be a multiple of 4 KiB between 16 KiB and 16 MiB");
}

StackPool::~StackPool() {
  for (std::byte* const slab : slabs_) {
    SanitizerUnpoison(slab, kSlabBytes);  // what is mapped here next is not the frames' any more
    munmap(slab, kSlabBytes);
  }
}

Stack StackPool::Allocate() {
  if (slabs_.empty() || used_in_slab_ + options_.stack_bytes > kSlabBytes) AddSlab();
  std::byte* const base = slabs_.back() + used_in_slab_;
  used_in_slab_ += options_.stack_bytes;
  Stack stack;
  stack.guard = Protect(base);
  stack.bottom = stack.guard == StackGuard::kCanary ? base : base + kPageBytes;
  stack.top = base + options_.stack_bytes - (count_ % kColours) * kColourBytes;
  if (stack.guard == StackGuard::kCanary) *reinterpret_cast<uint64_t*>(base) = kCanaryWord;
  ++count_;
  return stack;
}

void StackPool::Trim(const Stack& stack, const std::byte* above) {
  const auto low = (reinterpret_cast<uintptr_t>(stack.bottom) + kPageBytes - 1) & ~(kPageBytes - 1);
  const auto high = reinterpret_cast<uintptr_t>(above) & ~(kPageBytes - 1);
  const uintptr_t from = stack.guard == StackGuard::kCanary ? low + kPageBytes : low;
  if (from < high) madvise(reinterpret_cast<void*>(from), high - from, MADV_DONTNEED);
}

void StackPool::AddSlab() {
  void* const slab = mmap(nullptr, kSlabBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  REHEARSE_CHECK(
      slab != MAP_FAILED,
      "no memory for 16 MiB of stacks: raise the process's limits, or suspend fewer handlers");
  // A huge page at the first touch would cost 2 MiB for one shallow stack.
  madvise(slab, kSlabBytes, MADV_NOHUGEPAGE);
  slabs_.push_back(static_cast<std::byte*>(slab));
  used_in_slab_ = 0;
}

StackGuard StackPool::Protect(std::byte* page) {
  if (can_install_) {
    if (madvise(page, kPageBytes, kMadvGuardInstall) == 0) return StackGuard::kInstalled;
    can_install_ = false;
  }
  if (protected_guards_ < options_.protected_guards_max &&
      mprotect(page, kPageBytes, PROT_NONE) == 0) {
    ++protected_guards_;
    return StackGuard::kProtected;
  }
  return StackGuard::kCanary;
}

}  // namespace rehearse
