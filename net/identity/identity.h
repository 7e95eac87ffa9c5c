// Who this node is: its private key, and what follows from it.

#ifndef REHEARSE_NET_IDENTITY_IDENTITY_H_
#define REHEARSE_NET_IDENTITY_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/ed25519.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

// An Ed25519 key pair. Constant, so that any fiber may use it.
class Identity {
 public:
  explicit Identity(const Secret<32>& seed);

  static Identity Generate(Entropy& entropy) { return Identity(DrawSecret<32>(entropy)); }

  // Reads what EncodePrivateKey writes, and the older form that repeats the public key.
  //   kDataLoss       it is no private key, or its two halves do not belong together.
  //   kUnimplemented  it is of another type than Ed25519.
  static absl::StatusOr<Identity> DecodePrivateKey(absl::string_view bytes);

  // As libp2p writes it. Wipe it when it was used.
  std::string EncodePrivateKey() const;

  // A signature over `message`, which public_key().Verify accepts.
  std::string Sign(absl::string_view message) const;

  const PublicKey& public_key() const { return public_key_; }
  const PeerId& peer_id() const { return peer_id_; }

 private:
  Ed25519KeyPair pair_;
  PublicKey public_key_;
  PeerId peer_id_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_IDENTITY_H_
