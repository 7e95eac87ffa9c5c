// Tells the address and the thread sanitizer about stack switches; nothing in other builds.

#ifndef REHEARSE_ACTOR_RUNTIME_SANITIZER_H_
#define REHEARSE_ACTOR_RUNTIME_SANITIZER_H_

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace rehearse {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

// What the sanitizers keep for each stack.
struct SanitizerState {
  const void* bottom = nullptr;
  size_t size = 0;
  void* fake_stack = nullptr;
  void* tsan_fiber = nullptr;

  void Create() {
#if defined(__SANITIZE_THREAD__)
    tsan_fiber = __tsan_create_fiber(0);
#endif
  }
  void AdoptThread() {
#if defined(__SANITIZE_THREAD__)
    tsan_fiber = __tsan_get_current_fiber();
#endif
  }
  void Destroy() {
#if defined(__SANITIZE_THREAD__)
    if (tsan_fiber != nullptr) __tsan_destroy_fiber(tsan_fiber);
    tsan_fiber = nullptr;
#endif
  }

  // On the stack that is left, directly before the jump.
  void StartSwitch([[maybe_unused]] SanitizerState& to) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack, to.bottom, to.size);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.tsan_fiber, 0);
#endif
  }

  // On the stack that is entered, directly after the jump; `from` learns its bounds.
  void FinishSwitch([[maybe_unused]] SanitizerState& from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, &from.bottom, &from.size);
#endif
  }
};

// Before frames are skipped by anything but return and throw.
inline void SanitizerForgetFrames() {
#if defined(__SANITIZE_ADDRESS__)
  __asan_handle_no_return();
#endif
}

// A stack is about to be used anew: what earlier frames poisoned is void.
inline void SanitizerUnpoison([[maybe_unused]] void* begin, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(begin, bytes);
#endif
}

// What is allocated while it lives may be left behind: for tests of crashes, which abandon stacks.
class LeaksExpected {
 public:
#if defined(__SANITIZE_ADDRESS__)
  LeaksExpected() { __lsan_disable(); }
  ~LeaksExpected() { __lsan_enable(); }
#else
  LeaksExpected() {}
  ~LeaksExpected() {}
#endif
  LeaksExpected(const LeaksExpected&) = delete;
  LeaksExpected& operator=(const LeaksExpected&) = delete;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_SANITIZER_H_
