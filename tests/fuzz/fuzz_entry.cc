// How libFuzzer calls a target.

#include <cstddef>
#include <cstdint>

#include "rehearse/tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rehearse::Fuzz(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
