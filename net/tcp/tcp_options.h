// What can be set about a TcpNetwork, and what it counts.

#ifndef REHEARSE_NET_TCP_TCP_OPTIONS_H_
#define REHEARSE_NET_TCP_TCP_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace rehearse::net {

struct TcpOptions {
  // How long a peer may take to say that it is one.
  absl::Duration handshake_timeout = absl::Seconds(5);
  // How long a reader waits for the next bytes of a frame that has begun. Without a reader, and
  // between frames, a peer may be silent for ever.
  absl::Duration partial_frame_timeout = absl::Seconds(10);
  // How long a stream that was closed goes on sending what was written before.
  absl::Duration linger_timeout = absl::Seconds(5);
  // How long a listener rests when the host is out of descriptors.
  absl::Duration exhausted_pause = absl::Milliseconds(100);
  // Incoming connections at a time, those in their handshake included; further ones are refused.
  int incoming_max = 1024;
  // A stream's window: what it holds of written frames that the host has not taken yet. A frame
  // that is larger waits until nothing else is held.
  size_t send_bytes_max = size_t{256} << 10;
  // Lines about refused peers in a second; the others are counted.
  int refusal_lines_per_second = 10;
};

// Since the network was made.
struct TcpCounters {
  uint64_t accepted = 0;  // incoming connections whose handshake succeeded
  uint64_t dialed = 0;    // outgoing ones
  uint64_t closed = 0;    // of both, those that are gone
  // Of secure networks, where those above are streams on connections: connections of either side's
  // making whose peer has proven who it is, and those of them that are over.
  uint64_t proven = 0;
  uint64_t ended = 0;

  // Incoming connections that were refused, by reason.
  uint64_t refused_limit = 0;     // TcpOptions::incoming_max were open
  uint64_t refused_preamble = 0;  // it began with something else: a stranger
  uint64_t lost_in_handshake = 0;
  // The same of secure networks, besides.
  uint64_t refused_rate = 0;  // too many began in that second
  uint64_t refused_proof = 0;  // it has not proven who it is: no certificate, a bad one, no ALPN, …
  uint64_t refused_peer = 0;  // it has, and is not on the list of those that are allowed

  // Connections of either kind.
  uint64_t refused_stalled = 0;  // silent within the handshake, or within a frame
  uint64_t refused_frame = 0;    // sent what is no frame: too long, or with unknown flags
  // The same of secure networks, besides.
  uint64_t broke_protocol = 0;  // sent what their streams do not allow: beyond a window, a flood, …
  uint64_t refused_streams = 0;  // streams, not connections: too many were open, or made no choice

  uint64_t exhausted = 0;  // times that a listener found the host out of descriptors
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_OPTIONS_H_
