// The one generator of chance, pinned: the same numbers from every build, for ever.
//
// It is counter-based: draw number `index` of a stream is a function of (key, index) alone, and a
// stream's key is a function of (seed, label). A new draw in one stream moves nothing in another,
// and leaving one draw out does not shift the rest. Only the seed's origin differs between the
// worlds: the host's entropy in production, the run's seed in the simulator.

#ifndef REHEARSE_ACTOR_ENV_RANDOM_H_
#define REHEARSE_ACTOR_ENV_RANDOM_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ratio.h"

namespace rehearse {

// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, variant 13 of Stafford's mixers):
// a bijection of 64-bit words in which each input bit reaches each output bit.
constexpr uint64_t Mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// FNV-1a over the bytes, finished with Mix64. For labels and names; not for hostile input.
uint64_t HashLabel(absl::string_view label);

// One stream of chance. A value: a copy goes on from the same place. Not for cryptography. Use it
// on one fiber at a time.
class Random {
 public:
  explicit constexpr Random(uint64_t seed) : key_(Mix64(seed ^ 0x9e3779b97f4a7c15u)) {}

  // An independent stream named `label` (and `number`, for one a node or a link). Draws nothing.
  Random Split(absl::string_view label, uint64_t number = 0) const {
    return Random(key_ ^ HashLabel(label) ^ Mix64(number * 0xd1342543de82ef95u + 1));
  }

  // 64 uniform bits.
  uint64_t Next() { return At(index_++); }

  // Draw `index` of this stream, without moving it.
  uint64_t At(uint64_t index) const {
    return Mix64(Mix64(key_ + index * 0x9e3779b97f4a7c15u) ^ key_);
  }

  // Uniform in [0, bound); 0 for bounds 0 and 1. Multiply-shift: the bias is below bound / 2^64.
  uint64_t Below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * bound) >> 64);
  }

  // Uniform in [low, high]; `low` if high < low.
  int64_t Between(int64_t low, int64_t high) {
    if (high <= low) return low;
    const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    return static_cast<int64_t>(static_cast<uint64_t>(low) +
                                (span == UINT64_MAX ? Next() : Below(span + 1)));
  }

  bool Chance(Ratio odds) { return !odds.never() && Below(odds.denominator) < odds.numerator; }

  // How many numbers were drawn so far.
  uint64_t index() const { return index_; }

 private:
  uint64_t key_;
  uint64_t index_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_RANDOM_H_
