// What the handshake of Noise carries for libp2p: whose static key it is.

#ifndef REHEARSE_NET_LIBP2P_NOISE_NOISE_PAYLOAD_H_
#define REHEARSE_NET_LIBP2P_NOISE_NOISE_PAYLOAD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/x25519.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

struct NoisePayload {
  std::string identity_key;  // an encoded PublicKey
  std::string identity_signature;
  std::vector<std::string> muxers;  // the best first

  static constexpr size_t kMuxersMax = 16;

  // For the owner of `identity`, whose static key in this process is `fixed`.
  static NoisePayload Make(const Identity& identity, const X25519Public& fixed,
                           std::vector<std::string> muxers);

  std::string Encode() const;

  //   kDataLoss  it is no payload.
  static absl::StatusOr<NoisePayload> Decode(absl::string_view bytes);

  // The key, if its owner has signed `fixed`.
  //   kPermissionDenied  somebody else has, or nobody.
  //   kDataLoss          it is no key.
  //   kUnimplemented     a key whose signatures can't be checked here.
  absl::StatusOr<PublicKey> Verify(const X25519Public& fixed) const;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_NOISE_NOISE_PAYLOAD_H_
