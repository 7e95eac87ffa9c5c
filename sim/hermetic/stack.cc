#include "rehearse/sim/hermetic/stack.h"

#include <alloca.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstring>

namespace rehearse::sim {
namespace {

// Arguments and environment take a quarter of the stack at most, and here we are above 8 MiB of it.
constexpr size_t kBelowTop = size_t{5} << 19;
constexpr size_t kStackBytesMin = size_t{4} << 20;
constexpr size_t kFillBytes = size_t{64} << 10;
constexpr size_t kPageBytes = 4096;

// One past the highest address of the main stack: the kernel puts the program's path there, last.
uintptr_t MainStackTop() {
  const uintptr_t path = getauxval(AT_EXECFN);
  if (path == 0) return 0;
  const uintptr_t end = path + std::strlen(reinterpret_cast<const char*>(path)) + 1 + sizeof(void*);
  return (end + kPageBytes - 1) & ~(kPageBytes - 1);
}

// Where the callee's frame shall begin; 0 if that can't be.
uintptr_t Target(Perturbation perturbation) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur < kStackBytesMin) return 0;
  const uintptr_t top = MainStackTop();
  return top == 0 ? 0 : top - kBelowTop - (perturbation % 64) * 1040;
}

[[gnu::noinline]] void FillBelow(unsigned char fill) {
  void* const unset = alloca(kFillBytes);
  std::memset(unset, fill, kFillBytes);
  asm volatile("" ::"r"(unset) : "memory");
}

}  // namespace

[[gnu::noinline]] void CallOnFixedStack(Perturbation perturbation,
                                        const std::function<void()>& body) {
  const uintptr_t target = RunMemoryInForce() ? Target(perturbation) : 0;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (target != 0 && here > target && here - target < kStackBytesMin) {
    void* const skipped = alloca((here - target) & ~uintptr_t{15});
    asm volatile("" ::"r"(skipped) : "memory");
  }
  if (perturbation != 0 && RunMemoryInForce()) FillBelow(FillOf(perturbation));
  body();
}

}  // namespace rehearse::sim
