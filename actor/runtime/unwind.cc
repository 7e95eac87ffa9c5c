#include "rehearse/actor/runtime/unwind.h"

#include <cxxabi.h>
#include <unwind.h>

#include <cstdint>
#include <new>
#include <utility>

#include "absl/debugging/symbolize.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/sanitizer.h"

namespace rehearse {
namespace {

// What travels through the frames. Nobody can name its type, so only `catch (...)` stops at it.
struct Killed {
  Fiber* fiber;
};

_Unwind_Exception* HeaderOf(void* object) {
  // The C++ runtime's header ends with the unwinder's, directly in front of the object.
  return static_cast<_Unwind_Exception*>(object) - 1;
}

_Unwind_Reason_Code GoOn(int, _Unwind_Action actions, _Unwind_Exception_Class, _Unwind_Exception*,
                         _Unwind_Context*, void*) {
  REHEARSE_CHECK((actions & _UA_END_OF_STACK) == 0, "a kill unwound past its handler's guard");
  return _URC_NO_REASON;
}

// A catch (...) is over, and the exception with it.
void OnCaught(_Unwind_Reason_Code, _Unwind_Exception* header) {
  void* const object = header + 1;
  Fiber& fiber = *static_cast<Killed*>(object)->fiber;
  const bool swallowed = fiber.unwinding == object;
  abi::__cxa_free_exception(object);
  if (swallowed) ForceUnwind(fiber);
}

uint64_t ReadUleb(const uint8_t*& at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = *at++;
    value |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

template <typename T>
uint64_t ReadFixed(const uint8_t*& at) {
  T value;
  __builtin_memcpy(&value, at, sizeof(value));
  at += sizeof(value);
  return static_cast<uint64_t>(value);
}

// The encodings that g++ and clang use in call-site tables (LSB, "DWARF Exception Header
// Encoding").
uint64_t ReadEncoded(uint8_t encoding, const uint8_t*& at) {
  switch (encoding & 0x0f) {
    case 0x01: return ReadUleb(at);
    case 0x02: return ReadFixed<uint16_t>(at);
    case 0x03: return ReadFixed<uint32_t>(at);
    case 0x0a: return ReadFixed<int16_t>(at);
    case 0x0b: return ReadFixed<int32_t>(at);
    default: return ReadFixed<uint64_t>(at);
  }
}

// Whether the function may be left by an exception at `ip`: a call that no call site covers ends in
// std::terminate.
bool CoversCall(const uint8_t* table, uintptr_t start, uintptr_t ip) {
  constexpr uint8_t kOmitted = 0xff;
  const uint8_t landing_encoding = *table++;
  if (landing_encoding != kOmitted) ReadEncoded(landing_encoding, table);
  const uint8_t types_encoding = *table++;
  if (types_encoding != kOmitted) ReadUleb(table);
  const uint8_t sites_encoding = *table++;
  const uint64_t sites_bytes = ReadUleb(table);
  const uint8_t* const end = table + sites_bytes;
  while (table < end) {
    const uint64_t begin = ReadEncoded(sites_encoding, table);
    const uint64_t length = ReadEncoded(sites_encoding, table);
    ReadEncoded(sites_encoding, table);
    ReadUleb(table);
    if (ip - start >= begin && ip - start < begin + length) return true;
  }
  return false;
}

std::string NameOf(uintptr_t address) {
  char name[512];
  if (absl::Symbolize(reinterpret_cast<const void*>(address), name, sizeof(name))) return name;
  return absl::StrCat("0x", absl::Hex(address));
}

struct Walk {
  bool reached_guard = false;
  uintptr_t last_ip = 0;
  std::string barrier;
};

_Unwind_Reason_Code Visit(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  const uintptr_t ip = _Unwind_GetIP(context) - 1;
  const uintptr_t start = _Unwind_GetRegionStart(context);
  walk.last_ip = ip;
  if (start == reinterpret_cast<uintptr_t>(&CallGuarded)) {
    walk.reached_guard = true;
    return _URC_NORMAL_STOP;
  }
  const auto* const table = static_cast<const uint8_t*>(_Unwind_GetLanguageSpecificData(context));
  if (table != nullptr && !CoversCall(table, start, ip)) {
    walk.barrier = absl::StrCat(NameOf(ip), " is noexcept");
    return _URC_NORMAL_STOP;
  }
  return _URC_NO_REASON;
}

}  // namespace

GuardResult RunGuarded(Fiber& fiber, absl::FunctionRef<void()> body, std::exception_ptr& thrown) {
  const auto call = [](void* body, void*) { (*static_cast<absl::FunctionRef<void()>*>(body))(); };
  const GuardResult result = CallGuarded(&body, nullptr, call, fiber);
  if (result == GuardResult::kThrew) thrown = TakeThrown(fiber);
  return result;
}

std::exception_ptr TakeThrown(Fiber& fiber) { return std::exchange(fiber.thrown, nullptr); }

[[gnu::noinline]] GuardResult CallGuarded(void* first, void* second, void (*body)(void*, void*),
                                          Fiber& fiber) {
  try {
    body(first, second);
    return GuardResult::kReturned;
  } catch (...) {
    if (fiber.unwinding != nullptr) {
      fiber.unwinding = nullptr;  // this catch is the one that may end it
      return GuardResult::kUnwound;
    }
    fiber.thrown = std::current_exception();
    return GuardResult::kThrew;
  }
}

void ForceUnwind(Fiber& fiber) {
  void* const object = abi::__cxa_allocate_exception(sizeof(Killed));
  new (object) Killed{&fiber};
  auto* const counted = abi::__cxa_init_primary_exception(
      object, const_cast<std::type_info*>(&typeid(Killed)), nullptr);
  *reinterpret_cast<int*>(counted) = 1;
  _Unwind_Exception* const header = HeaderOf(object);
  header->exception_cleanup = &OnCaught;
  fiber.unwinding = object;
  ++ExceptionState::OfThisThread()->uncaught;
  SanitizerForgetFrames();
  _Unwind_ForcedUnwind(header, reinterpret_cast<_Unwind_Stop_Fn>(&GoOn), nullptr);
  REHEARSE_CHECK(false, "the unwinder gave up");
  __builtin_unreachable();
}

std::string FindUnwindBarrier() {
  Walk walk;
  _Unwind_Backtrace(&Visit, &walk);
  if (walk.reached_guard) return "";
  if (!walk.barrier.empty()) return walk.barrier;
  return absl::StrCat("the caller of ", NameOf(walk.last_ip), " has no unwind data");
}

}  // namespace rehearse
