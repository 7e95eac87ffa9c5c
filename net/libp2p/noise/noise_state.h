// The inner objects of the Noise Protocol Framework (revision 34, section 5), for one suite:
// 25519, ChaChaPoly, SHA256.

#ifndef REHEARSE_NET_LIBP2P_NOISE_NOISE_STATE_H_
#define REHEARSE_NET_LIBP2P_NOISE_NOISE_STATE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/secret.h"
#include "rehearse/net/crypto/sha256.h"

namespace rehearse::net {

// A key and how often it was used.
class CipherState {
 public:
  explicit CipherState(const Secret<32>& key, uint64_t used = 0) : key_(key), used_(used) {}

  // Appends the sealed `text`, or what was sealed, to `out`.
  //   kResourceExhausted  the key has sealed as many messages as it may.
  absl::Status Seal(absl::string_view associated, absl::string_view text, std::string& out);
  //   kDataLoss  it was not sealed with this key, as this message; as kResourceExhausted.
  absl::Status Open(absl::string_view associated, absl::string_view sealed, std::string& out);

 private:
  absl::Status CheckUsed() const;

  Secret<32> key_;
  uint64_t used_;
};

// What both sides have said and agreed on so far, folded into a hash and a key.
class SymmetricState {
 public:
  // `protocol` is the whole name, of at most 32 bytes.
  explicit SymmetricState(absl::string_view protocol);

  void MixHash(absl::string_view data);
  void MixKey(const Secret<32>& input);

  // With no key yet, the text goes as it is.
  absl::Status EncryptAndHash(absl::string_view text, std::string& out);
  absl::Status DecryptAndHash(absl::string_view sealed, std::string& out);

  // The keys of the messages to come: the dialler's, then the listener's.
  std::pair<CipherState, CipherState> Split() const;

 private:
  Sha256Digest hash_{};
  Secret<32> chaining_key_;
  CipherState cipher_{Secret<32>()};
  bool has_key_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_NOISE_NOISE_STATE_H_
