// Where a search has been, so that it goes nowhere twice.

#ifndef REHEARSE_SIM_CHECK_INTERNAL_CONFIGURATION_SET_H_
#define REHEARSE_SIM_CHECK_INTERNAL_CONFIGURATION_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "rehearse/actor/env/random.h"

namespace rehearse::sim {

// A set of numbers as a 128-bit hash (Zobrist's): adding one and taking it out are the same step.
struct Fingerprint {
  uint64_t low = 0;
  uint64_t high = 0;

  Fingerprint With(uint64_t item) const {
    return {low ^ Mix64((item + 1) * 0x9e3779b97f4a7c15u),
            high ^ Mix64((item + 1) * 0xd1342543de82ef95u + 0x2545f4914f6cdd1du)};
  }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// A set of small numbers as bits.
class BitSet {
 public:
  // For numbers below `bound`.
  explicit BitSet(size_t bound) : words_((bound + 63) / 64) {}

  bool Has(size_t i) const { return (words_[i / 64] >> (i % 64)) & 1; }
  void Flip(size_t i) { words_[i / 64] ^= uint64_t{1} << (i % 64); }
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  std::vector<uint64_t> words_;
};

// The configurations of one search: what is known of each is `print` (the state and the known
// operations that have their place) and `spent` (the unknown operations that have).
//
// To have spent less is never worse: the unknown operation that was saved need never be used. So a
// configuration is covered by any with the same print that spent a part of it.
class ConfigurationSet {
 public:
  // `spent` of each configuration has numbers below `unknown_bound`.
  explicit ConfigurationSet(size_t unknown_bound) : words_((unknown_bound + 63) / 64) {}

  // False if the configuration was covered already. Adds the comparisons it took to `*steps`.
  bool Insert(const Fingerprint& print, const BitSet& spent, uint64_t* steps);

  void Clear();

  // Memory used, at most.
  uint64_t bytes() const;

 private:
  struct FingerprintHash {
    size_t operator()(const Fingerprint& print) const { return print.low; }
  };

  static constexpr uint32_t kEnd = UINT32_MAX;

  bool Covers(uint32_t node, const BitSet& spent) const;

  const size_t words_;  // of a set of unknown operations
  // order-free: looked up, never iterated.
  absl::flat_hash_map<Fingerprint, uint32_t, FingerprintHash> first_;  // the last node put there
  std::vector<uint32_t> next_;                                         // by node
  std::vector<uint64_t> spent_;                                        // by node, `words_` each
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_INTERNAL_CONFIGURATION_SET_H_
