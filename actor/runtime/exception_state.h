// The C++ runtime's exception globals of a thread, kept for each fiber.
//
// The list of caught exceptions and the count of those in flight belong to the thread (Itanium C++
// ABI: Exception Handling, 2.2.2); a handler that suspends inside a `catch` would leave its own to
// whoever runs next. They are saved and loaded at each switch, through a pointer that the worker
// looks up once: __cxa_get_globals is declared const, so a compiler may keep its result over a
// switch.

#ifndef REHEARSE_ACTOR_RUNTIME_EXCEPTION_STATE_H_
#define REHEARSE_ACTOR_RUNTIME_EXCEPTION_STATE_H_

#include <cxxabi.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "the layout of the exception globals is known for x86-64 and AArch64 only"
#endif

namespace rehearse {

struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;

  static ExceptionState* OfThisThread() {
    return reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_EXCEPTION_STATE_H_
