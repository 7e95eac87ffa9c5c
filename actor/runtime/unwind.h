// Ending a parked handler by force: its destructors run, its code does not.
//
// A killed fiber unwinds its own stack with _Unwind_ForcedUnwind (Itanium C++ ABI: Exception
// Handling, 1.6.3). The C++ runtime lets a `catch (...)` see such an unwinding; when one ends
// without rethrowing, the exception's cleanup function starts the unwinding anew from there, so
// swallowing does not help, nor does a loop around it. The exception object is one of the C++
// runtime's own class: a foreign one could not be caught inside another catch block.

#ifndef REHEARSE_ACTOR_RUNTIME_UNWIND_H_
#define REHEARSE_ACTOR_RUNTIME_UNWIND_H_

#include <exception>
#include <string>

#include "absl/functional/function_ref.h"

namespace rehearse {

class Fiber;

enum class GuardResult : uint8_t {
  kReturned,
  kThrew,    // an exception left the body
  kUnwound,  // ForceUnwind ended it
};

// Runs `body`, and is where its exceptions and forced unwindings end. `thrown` is set for kThrew.
GuardResult RunGuarded(Fiber& fiber, absl::FunctionRef<void()> body, std::exception_ptr& thrown);
// The same for body(first, second): what each message goes through, so that arguments are in the
// order in which they go on, and what was thrown is left to TakeThrown.
GuardResult CallGuarded(void* first, void* second, void (*body)(void*, void*), Fiber& fiber);
// What left the last body of `fiber`, once.
std::exception_ptr TakeThrown(Fiber& fiber);

// Unwinds `fiber`, which is running, to its innermost CallGuarded.
[[noreturn]] void ForceUnwind(Fiber& fiber);

// Why ForceUnwind would end the process instead, in words that name the function: a frame between
// here and CallGuarded is noexcept, or has no unwind data. Empty if nothing is in the way. With
// clang a noexcept frame looks like a catch (...) and is not seen.
std::string FindUnwindBarrier();

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_UNWIND_H_
