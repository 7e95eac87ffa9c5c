// The host's entropy: the kernel's generator.

#ifndef REHEARSE_NET_CRYPTO_HOST_ENTROPY_H_
#define REHEARSE_NET_CRYPTO_HOST_ENTROPY_H_

#include "rehearse/net/crypto/entropy.h"

namespace rehearse::net {

// Holds nothing; ends the process if the kernel has no entropy to give, since there is no way to go
// on.
class HostEntropy final : public Entropy {
 public:
  void Fill(absl::Span<uint8_t> out) override;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_HOST_ENTROPY_H_
