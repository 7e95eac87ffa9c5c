// What the endpoints and connections of one QuicNetwork share.

#ifndef REHEARSE_NET_QUIC_QUIC_CONTEXT_H_
#define REHEARSE_NET_QUIC_QUIC_CONTEXT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/peer_dialer.h"
#include "rehearse/net/libp2p/streams/frame_listeners.h"
#include "rehearse/net/libp2p/streams/stream_services.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/quic/quic_session.h"
#include "rehearse/net/quic/quic_tls.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

// One for each of QuicCounters.
enum class QuicCount : uint8_t {
  kAccepted,
  kDialed,
  kClosed,
  kRefusedLimit,
  kRefusedProof,
  kRefusedPeer,
  kLostInHandshake,
  kBrokeProtocol,
  kRefusedStream,
  kJunk,
  kDropped,
  kRetries,
  kResets,
  kVersionNegotiations,
  kPacketsIn,
  kPacketsOut,
};

// Opens a stream on `session` and agrees on `protocol`; parks.
//   kUnimplemented  the peer does not serve it.
//   as QuicSession::Open; as ProposeProtocols
absl::StatusOr<std::unique_ptr<QuicStream>> OpenStream(QuicSession& session,
                                                       absl::string_view protocol,
                                                       Instant deadline);

class QuicContext : public std::enable_shared_from_this<QuicContext> {
 public:
  // `streams` starts the fibers, and has node and sockets. What is not shared outlives them.
  QuicContext(std::shared_ptr<TcpContext> streams, const Identity& identity, Entropy& entropy,
              std::unique_ptr<QuicTls> tls, const QuicOptions& options,
              const AdmissionOptions& admission, std::shared_ptr<UnreadBudget> unread,
              StreamServices::Options services);

  const std::shared_ptr<TcpContext> streams;
  const Identity& identity;
  StreamServices services;
  const std::shared_ptr<Admission> admission;
  const std::shared_ptr<UnreadBudget> unread;
  // Streams of frames are for one of them.
  FrameListeners listeners;
  PeerDialer<QuicSession> peers;
  Entropy& entropy;
  const std::unique_ptr<QuicTls> tls;
  const QuicOptions options;
  // By which answers of ours are known again that nobody remembers; the identity's.
  const std::string secret;

  // Serves a stream that a peer has opened; parks. Frames are for `frames`, or if that is closed or
  // null, for another listener.
  void Select(std::unique_ptr<QuicStream> stream, std::shared_ptr<FrameStreams> frames);
  // Serves those on a connection that was dialled here, each on a fiber of its own.
  void OnStreamOfDialed(std::unique_ptr<QuicStream> stream);

  // Tells those that we have connections with, each on a fiber of its own.
  void PushIdentify();

  void Count(QuicCount count, uint64_t more = 1) {
    counts_[static_cast<size_t>(count)].fetch_add(more, std::memory_order_relaxed);
  }
  QuicCounters counters() const;

 private:
  static constexpr size_t kCounts = static_cast<size_t>(QuicCount::kPacketsOut) + 1;

  std::array<std::atomic<uint64_t>, kCounts> counts_{};
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_CONTEXT_H_
