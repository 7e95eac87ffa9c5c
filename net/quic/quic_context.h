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

#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/streams/stream_services.h"
#include "rehearse/net/quic/quic_options.h"
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
  kJunk,
  kDropped,
  kRetries,
  kResets,
  kVersionNegotiations,
  kPacketsIn,
  kPacketsOut,
};

class QuicContext {
 public:
  // `streams` starts the fibers, and has node and sockets. What is not shared outlives them.
  QuicContext(std::shared_ptr<TcpContext> streams, const Identity& identity, Entropy& entropy,
              std::unique_ptr<QuicTls> tls, const QuicOptions& options,
              const AdmissionOptions& admission, StreamServices::Options services);

  const std::shared_ptr<TcpContext> streams;
  const Identity& identity;
  StreamServices services;
  const std::shared_ptr<Admission> admission;
  Entropy& entropy;
  const std::unique_ptr<QuicTls> tls;
  const QuicOptions options;
  // By which answers of ours are known again that nobody remembers; the identity's.
  const std::string secret;

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
