// One end of a secure channel over an ordered stream of bytes: Noise or TLS.
//
// A state machine without I/O. What the peer sends goes in, what is to be sent comes out, and
// between them there is text, once each side knows who the other is.

#ifndef REHEARSE_NET_LIBP2P_SECURE_CHANNEL_H_
#define REHEARSE_NET_LIBP2P_SECURE_CHANNEL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

// The peer, as it has proven.
struct SecurePeer {
  PublicKey key;
  PeerId id;
  // The multiplexer that was agreed on within the handshake; empty: it has yet to be.
  std::string muxer;
};

struct SecureOptions {
  bool dialer = false;  // or the one who was dialled
  // Who must be at the other end; nobody in particular if it is empty.
  std::optional<PeerId> expected = std::nullopt;
  // Multiplexers to agree on within the handshake, the best first.
  std::vector<std::string> muxers = {"/yamux/1.0.0"};
};

// For one connection; one fiber at a time.
class SecureChannel {
 public:
  virtual ~SecureChannel() = default;

  // Takes what the peer sent, in pieces of any size.
  //   kPermissionDenied  the peer is somebody else than expected, or has not proven who it is.
  //   kDataLoss          it broke the protocol, or somebody changed bytes on the way.
  //   kUnimplemented     it has a key, or wants a multiplexer, that is not known here.
  //   kUnavailable       it refuses to go on; the message has its reason, if it gave one.
  // Each is the end: send what TakeWire has (the peer is told, as far as the protocol can), and
  // close. Later calls return the same.
  virtual absl::Status Receive(absl::string_view wire) = 0;

  // Seals `text` for the peer.
  //   kFailedPrecondition  the channel does not stand yet.
  //   otherwise            as Receive, what ended the channel.
  virtual absl::Status Send(absl::string_view text) = 0;

  // Says that nothing more will be sent, if the protocol can.
  virtual void Close() = 0;

  // What is to be sent to the peer; empty if nothing is. As much as was received and sent gives.
  virtual std::string TakeWire() = 0;

  // What the peer has sealed for us, as far as it was received.
  virtual std::string TakeText() = 0;

  // The peer, once the handshake is over for us. Text may be sent from then on.
  virtual const std::optional<SecurePeer>& peer() const = 0;

  // The peer said that it sends nothing more.
  virtual bool peer_closed() const = 0;
};

// The status for a peer that has proven to be somebody else.
absl::Status CheckExpected(const std::optional<PeerId>& expected, const PeerId& found);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_SECURE_CHANNEL_H_
