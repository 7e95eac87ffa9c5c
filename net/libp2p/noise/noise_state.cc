#include "rehearse/net/libp2p/noise/noise_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/chacha_poly.h"

namespace rehearse::net {

absl::Status CipherState::CheckUsed() const {
  // The last nonce is reserved (section 5.1).
  if (used_ < UINT64_MAX) return absl::OkStatus();
  return absl::ResourceExhaustedError("noise: the key has sealed as many messages as it may");
}

absl::Status CipherState::Seal(absl::string_view associated, absl::string_view text,
                               std::string& out) {
  REHEARSE_RETURN_IF_ERROR(CheckUsed());
  net::Seal(key_, used_++, associated, text, out);
  return absl::OkStatus();
}

absl::Status CipherState::Open(absl::string_view associated, absl::string_view sealed,
                               std::string& out) {
  REHEARSE_RETURN_IF_ERROR(CheckUsed());
  if (!net::Open(key_, used_, associated, sealed, out)) {
    return absl::DataLossError(absl::StrCat("noise: message ", used_, ", of ", sealed.size(),
                                            " bytes, was not sealed by the peer"));
  }
  ++used_;
  return absl::OkStatus();
}

SymmetricState::SymmetricState(absl::string_view protocol) {
  std::copy_n(protocol.begin(), std::min(protocol.size(), hash_.size()), hash_.begin());
  chaining_key_ = Secret<32>(hash_);
}

void SymmetricState::MixHash(absl::string_view data) { hash_ = Sha256(ViewOf(hash_), data); }

void SymmetricState::MixKey(const Secret<32>& input) {
  auto [chaining_key, key] = TwoKeysByHkdf(chaining_key_.view(), input.view());
  chaining_key_ = chaining_key;
  cipher_ = CipherState(key);
  has_key_ = true;
}

absl::Status SymmetricState::EncryptAndHash(absl::string_view text, std::string& out) {
  const size_t begin = out.size();
  if (has_key_) {
    REHEARSE_RETURN_IF_ERROR(cipher_.Seal(ViewOf(hash_), text, out));
  } else {
    out.append(text.data(), text.size());
  }
  MixHash(absl::string_view(out).substr(begin));
  return absl::OkStatus();
}

absl::Status SymmetricState::DecryptAndHash(absl::string_view sealed, std::string& out) {
  if (has_key_) {
    REHEARSE_RETURN_IF_ERROR(cipher_.Open(ViewOf(hash_), sealed, out));
  } else {
    out.append(sealed.data(), sealed.size());
  }
  MixHash(sealed);
  return absl::OkStatus();
}

std::pair<CipherState, CipherState> SymmetricState::Split() const {
  const auto [first, second] = TwoKeysByHkdf(chaining_key_.view(), "");
  return {CipherState(first), CipherState(second)};
}

}  // namespace rehearse::net
