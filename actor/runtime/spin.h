// Waiting for another thread without going to sleep.

#ifndef REHEARSE_ACTOR_RUNTIME_SPIN_H_
#define REHEARSE_ACTOR_RUNTIME_SPIN_H_

#include <cstdint>

#include "rehearse/actor/runtime/yield.h"

namespace rehearse {

// Looks up to `times` whether `found()`, some 10 to 50 ns apart. Whether it was. The other may be
// behind this thread on the same core, so it gets its turn now and then.
template <typename Found>
bool SpinUntil(int32_t times, const Found& found) {
  constexpr int32_t kBetweenTurns = 64;
  for (int32_t i = 1; i <= times; ++i) {
    if (found()) return true;
    if (i % kBetweenTurns == 0) YieldThread();
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  return false;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_SPIN_H_
