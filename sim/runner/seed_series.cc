#include "rehearse/sim/runner/seed_series.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/random.h"

namespace rehearse::sim {

uint64_t SeedOf(absl::string_view suite, absl::string_view name, uint64_t index) {
  return Random(HashLabel(absl::StrCat(suite, ".", name))).Split("seeds").At(index);
}

std::string Hex(uint64_t value) { return absl::StrCat("0x", absl::Hex(value, absl::kZeroPad16)); }

}  // namespace rehearse::sim
