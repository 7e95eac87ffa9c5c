#include "rehearse/net/crypto/x25519.h"

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {

X25519KeyPair::X25519KeyPair(const Secret<32>& private_key) : private_key_(private_key) {
  crypto_scalarmult_base(public_key_.data(), private_key_.data());
}

std::optional<Secret<32>> X25519KeyPair::Agree(const X25519Public& theirs) const {
  Secret<32> shared;
  if (crypto_scalarmult(shared.data(), private_key_.data(), theirs.data()) != 0) {
    return std::nullopt;
  }
  return shared;
}

}  // namespace rehearse::net
