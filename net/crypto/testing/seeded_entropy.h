// Entropy that a seed gives: the same keys each time.

#ifndef REHEARSE_NET_CRYPTO_TESTING_SEEDED_ENTROPY_H_
#define REHEARSE_NET_CRYPTO_TESTING_SEEDED_ENTROPY_H_

#include <cstdint>

#include "absl/types/span.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/net/crypto/entropy.h"

namespace rehearse::net {

// Whoever knows the seed knows the keys. One fiber at a time.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : random_(seed) {}

  void Fill(absl::Span<uint8_t> out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(random_.Next());
  }

 private:
  Random random_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_TESTING_SEEDED_ENTROPY_H_
