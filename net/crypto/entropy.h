// Where keys come from.
//
// Not a Random: that one repeats by design, and who sees some of its numbers can tell the rest. In
// production a HostEntropy stands behind it; in the simulator and in tests, bytes that the seed
// gives, so that the same seed makes the same keys, handshakes and packets.

#ifndef REHEARSE_NET_CRYPTO_ENTROPY_H_
#define REHEARSE_NET_CRYPTO_ENTROPY_H_

#include <cstdint>

#include "absl/types/span.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {

// Each node has its own. Called on the node's fibers, of any worker.
class Entropy {
 public:
  virtual ~Entropy() = default;

  // Fills `out` with bytes that nobody can guess. Cannot fail.
  virtual void Fill(absl::Span<uint8_t> out) = 0;
};

template <size_t N>
Secret<N> DrawSecret(Entropy& entropy) {
  Secret<N> secret;
  entropy.Fill(absl::MakeSpan(secret.data(), N));
  return secret;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_ENTROPY_H_
