#include "rehearse/sim/hermetic/mappings.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace rehearse::sim {
namespace {

constexpr uintptr_t kMappings = 0x7e70'0000'0000;
constexpr size_t kRangeBytes = size_t{4} << 30;
constexpr size_t kPageBytes = 4096;
constexpr size_t kPatternBytes = size_t{256} << 10;

long MapAt(uintptr_t at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}

// A file of one byte value, or -1. Mapped privately it is memory that costs what is touched.
int MakePattern(unsigned char fill) {
  const int fd = static_cast<int>(syscall(SYS_memfd_create, "fill", MFD_CLOEXEC));
  if (fd < 0) return -1;
  unsigned char page[kPageBytes];
  std::memset(page, fill, sizeof page);
  for (size_t i = 0; i < kPatternBytes / kPageBytes; ++i) {
    if (write(fd, page, sizeof page) != static_cast<ssize_t>(sizeof page)) {
      close(fd);
      return -1;
    }
  }
  return fd;
}

}  // namespace

void Mappings::Open(const MappingsOptions& options) {
  options_ = options;
  const uintptr_t low = kMappings + static_cast<size_t>(2 * options.number) * kRangeBytes;
  cursor_ = options.perturbed ? low + 2 * kRangeBytes : low;
  end_ = low + kRangeBytes;
  pattern_ = -1;
}

void* Mappings::Map(size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0 || bytes == 0) return MAP_FAILED;
  const size_t left = options_.perturbed ? cursor_ - end_ : end_ - cursor_;
  // A page between two mappings, so that the kernel doesn't join them, nor a run over the end pass.
  const size_t taken = ((bytes + kPageBytes - 1) & ~(kPageBytes - 1)) + kPageBytes;
  if (bytes >= kRangeBytes || taken > left) return MAP_FAILED;
  const uintptr_t at = options_.perturbed ? cursor_ - taken : cursor_;
  const long got = MapAt(at, bytes, protection, flags | MAP_FIXED_NOREPLACE, fd, offset);
  if (got == -1) return MAP_FAILED;
  void* const pointer = reinterpret_cast<void*>(got);
  if (static_cast<uintptr_t>(got) != at) return pointer;  // an older kernel took it as a hint
  cursor_ = options_.perturbed ? at : at + taken;
  if (options_.perturbed && (flags & MAP_STACK) != 0) FillStack(at, bytes);
  return pointer;
}

void Mappings::FillStack(uintptr_t at, size_t bytes) {
  if (pattern_ < 0) pattern_ = MakePattern(options_.fill);
  if (pattern_ < 0) return;
  for (size_t done = 0; done < bytes; done += kPatternBytes) {
    MapAt(at + done, std::min(kPatternBytes, bytes - done), PROT_READ | PROT_WRITE,
          MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE | MAP_STACK, pattern_, 0);
  }
}

}  // namespace rehearse::sim
