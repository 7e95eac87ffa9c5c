#include "rehearse/actor/env/instant.h"

#include "absl/strings/str_format.h"

namespace rehearse {

std::string Instant::ToString() const {
  if (infinite()) return "never";
  return absl::StrFormat("%d.%09ds", nanos_ / 1000000000, nanos_ % 1000000000);
}

}  // namespace rehearse
