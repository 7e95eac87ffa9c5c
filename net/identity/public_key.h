// The key that a peer is known by.

#ifndef REHEARSE_NET_IDENTITY_PUBLIC_KEY_H_
#define REHEARSE_NET_IDENTITY_PUBLIC_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

enum class KeyType : uint8_t { kRsa = 0, kEd25519 = 1, kSecp256k1 = 2, kEcdsa = 3 };

absl::string_view NameOf(KeyType type);

// What an encoded key may take: an RSA key of 8192 bits fits.
inline constexpr size_t kPublicKeyBytesMax = 2048;

// A key of any type can be read, written and made a peer id of; signatures can be checked of those
// that are Ed25519, or ECDSA on P-256. A value.
class PublicKey {
 public:
  // For Ed25519, `data` are the 32 bytes of the key.
  PublicKey(KeyType type, std::string data) : type_(type), data_(std::move(data)) {}

  // Reads what Encode writes, and no other form of it: peer ids are made of these bytes.
  //   kDataLoss  it is none; the message says what was expected.
  static absl::StatusOr<PublicKey> Decode(absl::string_view bytes);

  // The key that an id holds.
  //   kNotFound  it holds the hash of one.
  //   kDataLoss  what it holds is no key.
  static absl::StatusOr<PublicKey> FromPeerId(const PeerId& id);

  PeerId peer_id() const;

  // As a protobuf: the type, then the data.
  std::string Encode() const;

  // OK: `signature` is by the owner of this key, over `message`.
  //   kDataLoss       it is not.
  //   kUnimplemented  signatures by keys of this type can't be checked here.
  absl::Status Verify(absl::string_view message, absl::string_view signature) const;

  KeyType type() const { return type_; }
  const std::string& data() const { return data_; }
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  KeyType type_;
  std::string data_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_PUBLIC_KEY_H_
