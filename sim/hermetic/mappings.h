// Where mappings of a run lie, its stacks among them, if the program doesn't ask for a place.

#ifndef REHEARSE_SIM_HERMETIC_MAPPINGS_H_
#define REHEARSE_SIM_HERMETIC_MAPPINGS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace rehearse::sim {

struct MappingsOptions {
  int number = 0;  // of the run in this process: each has a range of its own
  unsigned char fill = 0xcd;
  // Elsewhere and downwards; and stacks, which the kernel gives out as zeros, hold `fill`.
  bool perturbed = false;
};

// One thread's. Throws nothing and allocates nothing.
class Mappings {
 public:
  constexpr Mappings() = default;
  Mappings(const Mappings&) = delete;
  Mappings& operator=(const Mappings&) = delete;

  void Open(const MappingsOptions& options);

  // As mmap(2) without an address. MAP_FAILED if that place is taken or the range is full; then the
  // kernel may choose. What is unmapped leaves a hole.
  void* Map(size_t bytes, int protection, int flags, int fd, off_t offset);

 private:
  void FillStack(uintptr_t at, size_t bytes);

  MappingsOptions options_;
  uintptr_t cursor_ = 0;
  uintptr_t end_ = 0;  // of the range, in the cursor's direction
  int pattern_ = -1;   // a file of `fill` bytes
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_MAPPINGS_H_
