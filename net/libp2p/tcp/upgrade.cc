#include "rehearse/net/libp2p/tcp/upgrade.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/multistream/multistream.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
#include "rehearse/net/libp2p/tls/tls_channel.h"
#include "rehearse/net/libp2p/yamux/yamux_session.h"

namespace rehearse::net {
namespace {

constexpr size_t kReadBytesMax = size_t{16} << 10;

absl::StatusOr<std::unique_ptr<SecureChannel>> MakeChannel(absl::string_view security,
                                                           const ChannelKeys& keys,
                                                           const UpgradeOptions& options) {
  SecureOptions secure{.dialer = options.dialer, .expected = options.expected};
  if (security == kNoiseProtocol) {
    return std::make_unique<NoiseChannel>(keys.noise, keys.entropy, std::move(secure));
  }
  if (keys.tls == nullptr) return absl::UnimplementedError("TLS is not offered here");
  REHEARSE_ASSIGN_OR_RETURN(auto channel, TlsChannel::Make(*keys.tls, options.now, secure));
  return channel;
}

// The peer sends once more.
absl::Status ReadInto(SecureChannel& channel, StreamSocket& socket, Instant deadline) {
  std::string wire;
  REHEARSE_ASSIGN_OR_RETURN(const size_t count, socket.Read(kReadBytesMax, wire, deadline));
  if (count == 0) return absl::UnavailableError("it closed the connection within the handshake");
  return channel.Receive(wire);
}

absl::Status ShakeHands(SecureChannel& channel, StreamSocket& socket, absl::string_view first,
                        Instant deadline) {
  absl::Status status = first.empty() ? absl::OkStatus() : channel.Receive(first);
  for (;;) {
    // Last words, too.
    const std::string wire = channel.TakeWire();
    if (!wire.empty()) {
      const absl::Status written = socket.Write(wire, deadline);
      if (status.ok()) status = written;
    }
    if (!status.ok() || channel.peer().has_value()) return status;
    status = ReadInto(channel, socket, deadline);
  }
}

// Through the channel, where the handshake has left the multiplexer open.
template <typename Side>
absl::Status AgreeOnMuxer(Side side, SecureChannel& channel, StreamSocket& socket,
                          std::string& text, Instant deadline) {
  text = channel.TakeText();
  for (;;) {
    REHEARSE_RETURN_IF_ERROR(side.Receive(text));
    REHEARSE_RETURN_IF_ERROR(channel.Send(side.TakeOutput()));
    const std::string wire = channel.TakeWire();
    if (!wire.empty()) REHEARSE_RETURN_IF_ERROR(socket.Write(wire, deadline));
    if (side.done()) break;
    REHEARSE_RETURN_IF_ERROR(ReadInto(channel, socket, deadline));
    text = channel.TakeText();
  }
  text = side.TakeSurplus();
  return absl::OkStatus();
}

// They have agreed on a security, so that whatever goes wrong from there on is a proof that failed.
absl::Status NotProven(const absl::Status& status) {
  if (!absl::IsDataLoss(status) && !absl::IsUnimplemented(status)) return status;
  return absl::PermissionDeniedError(status.message());
}

}  // namespace

absl::StatusOr<Upgraded> Upgrade(StreamSocket& socket, const ChannelKeys& keys,
                                 const UpgradeOptions& options, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const Agreement security,
                            options.dialer ? ProposeProtocols(socket, options.securities, deadline)
                                           : AwaitProtocol(socket, options.securities, deadline));
  Upgraded upgraded;
  REHEARSE_ASSIGN_OR_RETURN(upgraded.channel, MakeChannel(security.protocol, keys, options));
  SecureChannel& channel = *upgraded.channel;
  REHEARSE_RETURN_IF_ERROR(NotProven(ShakeHands(channel, socket, security.surplus, deadline)));
  const std::string muxer(kYamuxProtocol);
  if (channel.peer()->muxer == muxer) {
    upgraded.text = channel.TakeText();
    return upgraded;
  }
  REHEARSE_RETURN_IF_ERROR(
      options.dialer
          ? AgreeOnMuxer(MultistreamProposer({muxer}), channel, socket, upgraded.text, deadline)
          : AgreeOnMuxer(MultistreamResponder({muxer}), channel, socket, upgraded.text, deadline));
  return upgraded;
}

}  // namespace rehearse::net
