// A secure channel by Noise, as libp2p has it ("/noise").
//
// Each message goes behind two bytes of its length. Three of the handshake, the second and third of
// which say who is there; then those of either side. There is no farewell: who needs to know that
// nothing is missing asks the multiplexer above.

#ifndef REHEARSE_NET_LIBP2P_NOISE_NOISE_CHANNEL_H_
#define REHEARSE_NET_LIBP2P_NOISE_NOISE_CHANNEL_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/chacha_poly.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/crypto/x25519.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/noise/noise_xx.h"
#include "rehearse/net/libp2p/secure_channel.h"

namespace rehearse::net {

inline constexpr absl::string_view kNoiseProtocol = "/noise";

// What a node has for all its channels: its identity, which outlives this, and a static key that
// lives as long as the process.
class NoiseKeys {
 public:
  NoiseKeys(const Identity& identity, Entropy& entropy)
      : identity_(identity), static_(DrawSecret<32>(entropy)) {}

  const Identity& identity() const { return identity_; }
  const X25519KeyPair& fixed() const { return static_; }

 private:
  const Identity& identity_;
  const X25519KeyPair static_;
};

class NoiseChannel final : public SecureChannel {
 public:
  // The most text that one message carries.
  static constexpr size_t kTextBytesMax = 65535 - kSealBytes;

  // `keys` outlives it. Draws the ephemeral key from `entropy`.
  NoiseChannel(const NoiseKeys& keys, Entropy& entropy, SecureOptions options);

  absl::Status Receive(absl::string_view wire) override;
  absl::Status Send(absl::string_view text) override;
  void Close() override {}
  std::string TakeWire() override { return std::exchange(wire_, {}); }
  std::string TakeText() override { return std::exchange(text_, {}); }
  const std::optional<SecurePeer>& peer() const override { return peer_; }
  bool peer_closed() const override { return false; }

 private:
  absl::Status OnMessage(absl::string_view message);
  absl::Status OnHandshake(absl::string_view message);
  absl::Status WriteHandshake(absl::string_view payload);
  absl::Status OnPayload(absl::string_view bytes);
  void AppendMessage(absl::string_view message);

  const NoiseKeys& keys_;
  const SecureOptions options_;
  NoiseXx handshake_;
  std::optional<CipherState> sealing_;
  std::optional<CipherState> opening_;
  std::optional<SecurePeer> peer_;
  std::string received_;  // what is not a whole message yet
  std::string wire_;
  std::string text_;
  absl::Status error_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_NOISE_NOISE_CHANNEL_H_
