#include "rehearse/net/libp2p/noise/noise_channel.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/noise/noise_payload.h"

namespace rehearse::net {
namespace {

constexpr size_t kLengthBytes = 2;

void AppendLength(size_t length, std::string& out) {
  out.push_back(static_cast<char>(length >> 8));
  out.push_back(static_cast<char>(length));
}

size_t ReadLength(absl::string_view bytes) {
  return static_cast<size_t>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
}

// The first of the dialler's that the listener has, too. Empty: one of them has named none.
absl::StatusOr<std::string> ChooseMuxer(const std::vector<std::string>& of_dialer,
                                        const std::vector<std::string>& of_listener) {
  if (of_dialer.empty() || of_listener.empty()) return std::string();
  for (const std::string& muxer : of_dialer) {
    if (std::find(of_listener.begin(), of_listener.end(), muxer) != of_listener.end()) {
      return muxer;
    }
  }
  return absl::UnimplementedError("noise: the peer has none of our multiplexers");
}

}  // namespace

NoiseChannel::NoiseChannel(const NoiseKeys& keys, Entropy& entropy, SecureOptions options)
    : keys_(keys),
      options_(std::move(options)),
      handshake_(options_.dialer, X25519KeyPair(DrawSecret<32>(entropy)), keys.fixed()) {
  if (options_.dialer) error_ = WriteHandshake("");
}

absl::Status NoiseChannel::Receive(absl::string_view wire) {
  if (!error_.ok()) return error_;
  received_.append(wire.data(), wire.size());
  absl::string_view rest = received_;
  while (error_.ok() && rest.size() >= kLengthBytes) {
    const size_t length = ReadLength(rest);
    if (rest.size() - kLengthBytes < length) break;
    error_ = OnMessage(rest.substr(kLengthBytes, length));
    rest.remove_prefix(kLengthBytes + length);
  }
  received_.erase(0, received_.size() - rest.size());
  return error_;
}

absl::Status NoiseChannel::OnMessage(absl::string_view message) {
  return opening_.has_value() ? opening_->Open("", message, text_) : OnHandshake(message);
}

absl::Status NoiseChannel::OnHandshake(absl::string_view message) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string payload, handshake_.Read(message));
  // The first message is not sealed, so that nothing is expected in it.
  if (handshake_.peer_static().has_value()) REHEARSE_RETURN_IF_ERROR(OnPayload(payload));
  if (!handshake_.done()) {
    const NoisePayload ours =
        NoisePayload::Make(keys_.identity(), keys_.fixed().public_key(), options_.muxers);
    REHEARSE_RETURN_IF_ERROR(WriteHandshake(ours.Encode()));
  }
  if (!handshake_.done()) return absl::OkStatus();
  auto [sealing, opening] = handshake_.Split();
  sealing_ = sealing;
  opening_ = opening;
  return absl::OkStatus();
}

absl::Status NoiseChannel::WriteHandshake(absl::string_view payload) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string message, handshake_.Write(payload));
  AppendMessage(message);
  return absl::OkStatus();
}

// The peer says who it is.
absl::Status NoiseChannel::OnPayload(absl::string_view bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const NoisePayload payload, NoisePayload::Decode(bytes));
  REHEARSE_ASSIGN_OR_RETURN(PublicKey key, payload.Verify(*handshake_.peer_static()));
  PeerId id = key.peer_id();
  REHEARSE_RETURN_IF_ERROR(CheckExpected(options_.expected, id));
  REHEARSE_ASSIGN_OR_RETURN(std::string muxer, options_.dialer
                                                   ? ChooseMuxer(options_.muxers, payload.muxers)
                                                   : ChooseMuxer(payload.muxers, options_.muxers));
  peer_.emplace(SecurePeer{std::move(key), std::move(id), std::move(muxer)});
  return absl::OkStatus();
}

absl::Status NoiseChannel::Send(absl::string_view text) {
  if (!error_.ok()) return error_;
  if (!sealing_.has_value()) {
    return absl::FailedPreconditionError("noise: text before the handshake was over");
  }
  while (!text.empty()) {
    const absl::string_view piece = text.substr(0, kTextBytesMax);
    AppendLength(piece.size() + kSealBytes, wire_);
    if (absl::Status sealed = sealing_->Seal("", piece, wire_); !sealed.ok()) {
      return error_ = sealed;
    }
    text.remove_prefix(piece.size());
  }
  return absl::OkStatus();
}

void NoiseChannel::AppendMessage(absl::string_view message) {
  AppendLength(message.size(), wire_);
  wire_.append(message.data(), message.size());
}

}  // namespace rehearse::net
