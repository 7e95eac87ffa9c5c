// The handshake Noise_XX_25519_ChaChaPoly_SHA256, with an empty prologue.
//
//   -> e
//   <- e, ee, s, es
//   -> s, se
//
// After it, both sides know the other's static key, and share secrets that nobody else has. It
// doesn't say whose static key that is: the payloads do.

#ifndef REHEARSE_NET_LIBP2P_NOISE_NOISE_XX_H_
#define REHEARSE_NET_LIBP2P_NOISE_NOISE_XX_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/x25519.h"
#include "rehearse/net/libp2p/noise/noise_state.h"

namespace rehearse::net {

// One side of one handshake. Messages are written and read in turns, the dialler first: three in
// all. After an error it is of no further use.
class NoiseXx {
 public:
  // `ephemeral` is for this handshake alone.
  NoiseXx(bool dialer, const X25519KeyPair& ephemeral, const X25519KeyPair& fixed);

  // The next message, which carries `payload`.
  //   kFailedPrecondition  it is the peer's turn.
  absl::StatusOr<std::string> Write(absl::string_view payload);

  // Reads the peer's next message and returns its payload. That of the first is not secret.
  //   kDataLoss            it is no such message.
  //   kFailedPrecondition  it is our turn.
  absl::StatusOr<std::string> Read(absl::string_view message);

  bool done() const { return messages_ == 3; }

  // The peer's static key, once it was read: from the second message, or the third.
  const std::optional<X25519Public>& peer_static() const { return peer_static_; }

  // Once done: to seal what we send, and to open what the peer does.
  std::pair<CipherState, CipherState> Split() const;

 private:
  bool our_turn() const { return !done() && (messages_ % 2 == 0) == dialer_; }
  absl::Status MixAgreement(const X25519KeyPair& ours, const X25519Public& theirs);
  absl::Status WriteKeys(std::string& out);
  absl::Status ReadKeys(absl::string_view& message);
  absl::Status ReadEphemeral(absl::string_view& message);
  absl::Status ReadStatic(absl::string_view& message);

  const bool dialer_;
  const X25519KeyPair ephemeral_;
  const X25519KeyPair static_;
  SymmetricState symmetric_;
  int messages_ = 0;  // written and read
  std::optional<X25519Public> peer_ephemeral_;
  std::optional<X25519Public> peer_static_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_NOISE_NOISE_XX_H_
