#include "rehearse/net/libp2p/noise/noise_xx.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/chacha_poly.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kProtocol = "Noise_XX_25519_ChaChaPoly_SHA256";
constexpr size_t kKeyBytes = 32;

absl::Status WrongTurn(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("noise: ", what, " out of turn"));
}

// Takes so many bytes off the front.
absl::StatusOr<absl::string_view> Take(size_t count, absl::string_view& message) {
  if (message.size() < count) {
    return absl::DataLossError(absl::StrCat("noise: a handshake message ends within a key: ",
                                            message.size(), " bytes, where ", count, " go"));
  }
  const absl::string_view taken = message.substr(0, count);
  message.remove_prefix(count);
  return taken;
}

}  // namespace

NoiseXx::NoiseXx(bool dialer, const X25519KeyPair& ephemeral, const X25519KeyPair& fixed)
    : dialer_(dialer), ephemeral_(ephemeral), static_(fixed), symmetric_(kProtocol) {
  symmetric_.MixHash("");  // the prologue
}

absl::StatusOr<std::string> NoiseXx::Write(absl::string_view payload) {
  if (!our_turn()) return WrongTurn("a message was written");
  std::string message;
  REHEARSE_RETURN_IF_ERROR(WriteKeys(message));
  REHEARSE_RETURN_IF_ERROR(symmetric_.EncryptAndHash(payload, message));
  ++messages_;
  return message;
}

absl::StatusOr<std::string> NoiseXx::Read(absl::string_view message) {
  if (our_turn() || done()) return WrongTurn("a message came");
  REHEARSE_RETURN_IF_ERROR(ReadKeys(message));
  std::string payload;
  REHEARSE_RETURN_IF_ERROR(symmetric_.DecryptAndHash(message, payload));
  ++messages_;
  return payload;
}

// The first message has e; the second e, ee, s, es; the third s, se.
absl::Status NoiseXx::WriteKeys(std::string& out) {
  const absl::string_view fixed = ViewOf(static_.public_key());
  if (messages_ < 2) {
    absl::StrAppend(&out, ViewOf(ephemeral_.public_key()));
    symmetric_.MixHash(ViewOf(ephemeral_.public_key()));
  }
  if (messages_ == 0) return absl::OkStatus();
  if (messages_ == 1) REHEARSE_RETURN_IF_ERROR(MixAgreement(ephemeral_, *peer_ephemeral_));
  REHEARSE_RETURN_IF_ERROR(symmetric_.EncryptAndHash(fixed, out));
  return MixAgreement(static_, *peer_ephemeral_);
}

absl::Status NoiseXx::ReadKeys(absl::string_view& message) {
  if (messages_ < 2) REHEARSE_RETURN_IF_ERROR(ReadEphemeral(message));
  if (messages_ == 0) return absl::OkStatus();
  if (messages_ == 1) REHEARSE_RETURN_IF_ERROR(MixAgreement(ephemeral_, *peer_ephemeral_));
  REHEARSE_RETURN_IF_ERROR(ReadStatic(message));
  return MixAgreement(ephemeral_, *peer_static_);
}

absl::Status NoiseXx::ReadEphemeral(absl::string_view& message) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view key, Take(kKeyBytes, message));
  peer_ephemeral_ = FixedFrom<kKeyBytes>(key);
  symmetric_.MixHash(key);
  return absl::OkStatus();
}

absl::Status NoiseXx::ReadStatic(absl::string_view& message) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view sealed, Take(kKeyBytes + kSealBytes, message));
  std::string key;
  REHEARSE_RETURN_IF_ERROR(symmetric_.DecryptAndHash(sealed, key));
  peer_static_ = FixedFrom<kKeyBytes>(key);
  return absl::OkStatus();
}

absl::Status NoiseXx::MixAgreement(const X25519KeyPair& ours, const X25519Public& theirs) {
  const std::optional<Secret<32>> shared = ours.Agree(theirs);
  if (!shared.has_value()) {
    return absl::DataLossError("noise: the peer's key makes the shared secret zero");
  }
  symmetric_.MixKey(*shared);
  return absl::OkStatus();
}

std::pair<CipherState, CipherState> NoiseXx::Split() const {
  auto [of_dialer, of_listener] = symmetric_.Split();
  if (dialer_) return {of_dialer, of_listener};
  return {of_listener, of_dialer};
}

}  // namespace rehearse::net
