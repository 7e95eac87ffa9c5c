// Stacks for fibers: reserved in slabs, guarded, never given back while the pool lives.
//
// 64 KiB reserved cost what is touched, a page. A guard page lies below each stack: installed
// without a mapping of its own where the kernel can (MADV_GUARD_INSTALL, Linux 6.13), else by
// protection for the first kProtectedGuards stacks (each costs two of the process's 65,530
// mappings), else a canary word, which tells of an overflow after the fact.

#ifndef REHEARSE_ACTOR_RUNTIME_STACK_POOL_H_
#define REHEARSE_ACTOR_RUNTIME_STACK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rehearse {

enum class StackGuard : uint8_t { kInstalled, kProtected, kCanary };

struct Stack {
  std::byte* bottom = nullptr;  // lowest usable address, above the guard
  std::byte* top = nullptr;     // one past the highest; 16-byte aligned, coloured
  StackGuard guard = StackGuard::kCanary;

  size_t size() const { return static_cast<size_t>(top - bottom); }
  // Whether the canary at the bottom is as it was.
  bool intact() const { return guard != StackGuard::kCanary || CanaryStands(); }

 private:
  bool CanaryStands() const;
};

struct StackPoolOptions {
  size_t stack_bytes = size_t{64} << 10;  // reserved, guard included; a multiple of the page
  bool may_install_guards = true;         // tests turn these off to reach the fallbacks
  size_t protected_guards_max = 16000;
};

// One worker's; on its thread only.
class StackPool {
 public:
  explicit StackPool(StackPoolOptions options = {});
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  // A new stack. Aborts with a message if the kernel has no memory to map: nothing can run then.
  Stack Allocate();

  // Gives the memory below `above` (an address on the stack) back to the kernel; contents are lost.
  void Trim(const Stack& stack, const std::byte* above);

  size_t count() const { return count_; }

 private:
  void AddSlab();
  StackGuard Protect(std::byte* page);

  const StackPoolOptions options_;
  std::vector<std::byte*> slabs_;
  size_t used_in_slab_ = 0;  // bytes
  size_t count_ = 0;
  size_t protected_guards_ = 0;
  bool can_install_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_STACK_POOL_H_
