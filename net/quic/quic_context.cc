#include "rehearse/net/quic/quic_context.h"

#include "absl/types/span.h"

namespace rehearse::net {
namespace {

constexpr size_t kSecretBytes = 32;

std::string DrawBytes(Entropy& entropy, size_t bytes) {
  std::string drawn(bytes, '\0');
  entropy.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(drawn.data()), bytes));
  return drawn;
}

}  // namespace

QuicContext::QuicContext(std::shared_ptr<TcpContext> streams, Entropy& entropy,
                         std::unique_ptr<QuicTls> tls, const QuicOptions& options)
    : streams(std::move(streams)),
      entropy(entropy),
      tls(std::move(tls)),
      options(options),
      secret(DrawBytes(entropy, kSecretBytes)) {}

QuicCounters QuicContext::counters() const {
  const auto of = [this](QuicCount count) {
    return counts_[static_cast<size_t>(count)].load(std::memory_order_relaxed);
  };
  return {.accepted = of(QuicCount::kAccepted),
          .dialed = of(QuicCount::kDialed),
          .closed = of(QuicCount::kClosed),
          .refused_limit = of(QuicCount::kRefusedLimit),
          .refused_proof = of(QuicCount::kRefusedProof),
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
