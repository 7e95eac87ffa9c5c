#include "rehearse/net/quic/quic_context.h"

namespace rehearse::net {
namespace {

// Nobody else can make this signature, and we make it of nothing else: a secret that is the same
// after a restart, so that peers believe that we have forgotten them.
std::string SecretOf(const Identity& identity) { return identity.Sign("rehearse-quic-tokens:"); }

}  // namespace

QuicContext::QuicContext(std::shared_ptr<TcpContext> streams, const Identity& identity,
                         Entropy& entropy, std::unique_ptr<QuicTls> tls, const QuicOptions& options,
                         const AdmissionOptions& admission, StreamServices::Options services)
    : streams(std::move(streams)),
      identity(identity),
      services(this->streams->node, identity, std::move(services)),
      admission(std::make_shared<Admission>(admission)),
      entropy(entropy),
      tls(std::move(tls)),
      options(options),
      secret(SecretOf(identity)) {}

QuicCounters QuicContext::counters() const {
  const auto of = [this](QuicCount count) {
    return counts_[static_cast<size_t>(count)].load(std::memory_order_relaxed);
  };
  return {.accepted = of(QuicCount::kAccepted),
          .dialed = of(QuicCount::kDialed),
          .closed = of(QuicCount::kClosed),
          .refused_limit = of(QuicCount::kRefusedLimit),
          .refused_proof = of(QuicCount::kRefusedProof),
          .refused_peer = of(QuicCount::kRefusedPeer),
          .lost_in_handshake = of(QuicCount::kLostInHandshake),
          .junk = of(QuicCount::kJunk),
          .dropped = of(QuicCount::kDropped),
          .retries = of(QuicCount::kRetries),
          .resets = of(QuicCount::kResets),
          .version_negotiations = of(QuicCount::kVersionNegotiations),
          .packets_in = of(QuicCount::kPacketsIn),
          .packets_out = of(QuicCount::kPacketsOut)};
}

}  // namespace rehearse::net
