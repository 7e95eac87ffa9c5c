// What can be set about QUIC, and what is counted.

#ifndef REHEARSE_NET_QUIC_QUIC_OPTIONS_H_
#define REHEARSE_NET_QUIC_QUIC_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace rehearse::net {

// Of connections and endpoints.
struct QuicOptions {
  // How long a peer may take to prove who it is.
  absl::Duration handshake_timeout = absl::Seconds(10);
  // After so much silence a connection is over.
  absl::Duration idle_timeout = absl::Seconds(30);
  // While there are streams, a silent peer is asked whether it is there; before a third of its own
  // idle timeout is over, at the latest.
  absl::Duration keep_alive = absl::Seconds(10);
  // How long the dialler keeps a connection without streams, and how long who was dialled does.
  absl::Duration unused_timeout = absl::Seconds(30);
  absl::Duration incoming_unused_timeout = absl::Minutes(5);
  // How long an endpoint with nothing to do keeps its socket.
  absl::Duration linger_timeout = absl::Seconds(1);
  // A connection that is to close once it has no streams waits so long for what was written to
  // arrive, and for the peer to end those that are over on our side.
  absl::Duration farewell_timeout = absl::Seconds(5);

  // What a stream holds of what came in and was not read yet, and all those of a connection.
  size_t stream_window_bytes = size_t{256} << 10;
  size_t connection_window_bytes = size_t{4} << 20;
  // What a stream holds of what was written and the peer has not acknowledged; then writers park.
  size_t send_bytes_max = size_t{256} << 10;
  // Streams that a peer may have open at a time.
  size_t incoming_streams_max = 1024;
  // Of them, those whose protocol the peer has yet to name; further ones are reset.
  size_t choosing_max = 256;
  // Streams of a connection that were reset so; whoever goes on is ended.
  size_t refused_streams_max = 1000;
  // What the library holds for a connection, of what came out of order, what is on its way, and its
  // books; who makes it hold more is ended.
  size_t library_bytes_max = size_t{16} << 20;
  // Packets grow to this where the path takes it; below 1,200 there is no QUIC.
  size_t packet_bytes_max = 1452;

  // With more connections in their handshake than this, strangers first prove that they get what is
  // sent to their address (Retry), before anything is kept of them.
  size_t handshakes_before_retry = 64;
  // Datagrams that wait to be looked at; more are dropped.
  size_t waiting_datagrams_max = 1024;
};

// Since the endpoint, or the network, was made.
struct QuicCounters {
  uint64_t accepted = 0;  // incoming connections that were proven
  uint64_t dialed = 0;    // outgoing ones
  uint64_t closed = 0;    // of both, those that are over

  // Incoming connections that came to nothing, by reason; each is counted in frame_counters(), too.
  uint64_t refused_limit = 0;  // too many are open, or begin in a second, or nobody listens
  uint64_t refused_proof = 0;  // a bad certificate or none, the wrong ALPN, a broken handshake
  uint64_t refused_peer = 0;   // it has proven who it is, and is not on the list of those allowed
  uint64_t lost_in_handshake = 0;
  // Connections that stood.
  uint64_t broke_protocol = 0;   // sent what QUIC does not allow: beyond a window, a flood, …
  uint64_t refused_streams = 0;  // streams, not connections: too many were open, or made no choice

  // Datagrams.
  uint64_t junk = 0;                  // of no connection, and not a good beginning of one
  uint64_t dropped = 0;               // QuicOptions::waiting_datagrams_max were waiting
  uint64_t retries = 0;               // answered by a demand to prove the address
  uint64_t resets = 0;                // answered by "I know nothing of that connection"
  uint64_t version_negotiations = 0;  // answered by the versions that are spoken here

  uint64_t packets_in = 0;
  uint64_t packets_out = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_OPTIONS_H_
