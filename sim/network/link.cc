#include "rehearse/sim/network/link.h"

#include <bit>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

// -ln(u / 2^64) in units of 2^-32, for u > 0. log2(1 + m) is taken as m + 0.3437 m (1 - m), which
// is off by less than 0.01.
uint64_t MinusLog(uint64_t u) {
  const int zeros = std::countl_zero(u);
  const uint64_t mantissa = (zeros == 63 ? 0 : (u << (zeros + 1)) >> 32);  // m in 2^-32
  const uint64_t bend = (mantissa * ((uint64_t{1} << 32) - mantissa)) >> 32;
  const uint64_t log2_fraction = mantissa + ((bend * 1476) >> 12) - ((bend * 68) >> 12);
  const uint64_t log2_total = (static_cast<uint64_t>(zeros + 1) << 32) - log2_fraction;
  return static_cast<uint64_t>((static_cast<unsigned __int128>(log2_total) * 2977044472u) >> 32);
}

}  // namespace

absl::Duration Latency::Draw(DecisionStream& stream) const {
  const int64_t low = absl::ToInt64Nanoseconds(min);
  const int64_t high = absl::ToInt64Nanoseconds(max);
  const int64_t range = high > low ? high - low : 0;
  switch (shape) {
    case Shape::kUniform: return absl::Nanoseconds(stream.Between(low, high));
    case Shape::kBimodal: return stream.Chance(slow) ? max : min;
    case Shape::kExponential: {
      const uint64_t units = MinusLog(stream.Bits() | 1);
      const auto mean = static_cast<unsigned __int128>(range / 4);
      return absl::Nanoseconds(low + static_cast<int64_t>((mean * units) >> 32));
    }
    case Shape::kLongTail: {
      // scale * (1 / u - 1) for a uniform u: the chance of more than x is scale / (scale + x).
      const uint64_t u = (stream.Bits() >> 32) + 1;
      const auto over = (static_cast<unsigned __int128>(range / 16) << 32) / u;
      const int64_t extra = over > static_cast<unsigned __int128>(range) * 16
                                ? range * 16
                                : static_cast<int64_t>(over) - range / 16;
      return absl::Nanoseconds(low + extra);
    }
  }
  return min;
}

std::string Latency::ToString() const {
  const char* const name = shape == Shape::kUniform       ? "uniform"
                           : shape == Shape::kExponential ? "exponential"
                           : shape == Shape::kBimodal     ? "bimodal"
                                                          : "long-tail";
  return absl::StrCat(name, "(", absl::FormatDuration(min), ",", absl::FormatDuration(max), ")");
}

}  // namespace rehearse::sim
