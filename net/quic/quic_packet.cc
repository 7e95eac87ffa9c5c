#include "rehearse/net/quic/quic_packet.h"

#include <algorithm>
#include <array>

#include "absl/types/span.h"
#include "rehearse/net/quic/ngtcp2_api.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_path.h"

namespace rehearse::net {
namespace {

// RFC 9000, 14.1: a datagram that begins a connection has at least so many bytes.
constexpr size_t kFirstBytesMin = 1200;
constexpr size_t kAnswerBytesMax = 1200;
// A reset looks like any short packet. It is smaller than what it answers, so that two who answer
// each other's come to an end.
constexpr size_t kResetBytesMin = 21;
constexpr size_t kResetBytesMax = 43;
constexpr ngtcp2_duration kTokenTimeout = 10 * NGTCP2_SECONDS;

using Buffer = std::array<uint8_t, kAnswerBytesMax>;

ngtcp2_cid IdOf(absl::string_view bytes) {
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, quic::Data(bytes), std::min<size_t>(bytes.size(), NGTCP2_MAX_CIDLEN));
  return id;
}

std::string Written(const Buffer& buffer, ngtcp2_ssize written) {
  return written <= 0 ? "" : std::string(quic::View(buffer.data(), static_cast<size_t>(written)));
}

}  // namespace

absl::string_view QuicDestination(absl::string_view datagram) {
  ngtcp2_version_cid ids;
  if (datagram.empty() || ngtcp2_pkt_decode_version_cid(&ids, quic::Data(datagram), datagram.size(),
                                                        kQuicIdBytes) != 0) {
    return {};
  }
  return quic::View(ids.dcid, ids.dcidlen);
}

absl::string_view ResetToken(absl::string_view datagram) {
  const bool is_long = !datagram.empty() && (static_cast<uint8_t>(datagram[0]) & 0x80) != 0;
  if (is_long || datagram.size() < kResetBytesMin) return {};
  return datagram.substr(datagram.size() - NGTCP2_STATELESS_RESET_TOKENLEN);
}

QuicArrival ReadQuicArrival(absl::string_view datagram) {
  QuicArrival arrival;
  ngtcp2_version_cid ids;
  if (datagram.empty()) return arrival;
  const int error =
      ngtcp2_pkt_decode_version_cid(&ids, quic::Data(datagram), datagram.size(), kQuicIdBytes);
  if (error != 0 && error != NGTCP2_ERR_VERSION_NEGOTIATION) return arrival;
  arrival.version = ids.version;
  arrival.destination = std::string(quic::View(ids.dcid, ids.dcidlen));
  arrival.source = std::string(quic::View(ids.scid, ids.scidlen));
  if (error == NGTCP2_ERR_VERSION_NEGOTIATION) {
    if (datagram.size() >= kFirstBytesMin) arrival.kind = QuicArrival::Kind::kUnknownVersion;
    return arrival;
  }
  const bool is_long = (static_cast<uint8_t>(datagram[0]) & 0x80) != 0;
  arrival.kind = is_long ? QuicArrival::Kind::kLong : QuicArrival::Kind::kShort;
  ngtcp2_pkt_hd header;
  if (is_long && ids.version == NGTCP2_PROTO_VER_V1 && datagram.size() >= kFirstBytesMin &&
      ngtcp2_accept(&header, quic::Data(datagram), datagram.size()) == 0 &&
      header.type == NGTCP2_PKT_INITIAL) {
    arrival.kind = QuicArrival::Kind::kInitial;
    arrival.token = std::string(quic::TokenOf(header));
  }
  return arrival;
}

std::string WriteVersionNegotiation(const QuicArrival& arrival, Entropy& entropy) {
  Buffer buffer;
  uint8_t unused = 0;
  entropy.Fill(absl::MakeSpan(&unused, 1));
  const std::array<uint32_t, 1> versions{NGTCP2_PROTO_VER_V1};
  return Written(buffer, ngtcp2_pkt_write_version_negotiation(
                             buffer.data(), buffer.size(), unused, quic::Data(arrival.source),
                             arrival.source.size(), quic::Data(arrival.destination),
                             arrival.destination.size(), versions.data(), versions.size()));
}

std::string WriteRefusal(const QuicArrival& arrival) {
  Buffer buffer;
  const ngtcp2_cid destination = IdOf(arrival.source);
  const ngtcp2_cid source = IdOf(arrival.destination);
  return Written(buffer, ngtcp2_crypto_write_connection_close(
                             buffer.data(), buffer.size(), arrival.version, &destination, &source,
                             NGTCP2_CONNECTION_REFUSED, nullptr, 0));
}

std::string WriteReset(const QuicArrival& arrival, size_t datagram_bytes, absl::string_view secret,
                       Entropy& entropy) {
  if (datagram_bytes <= kResetBytesMin) return "";
  const size_t size = std::min(datagram_bytes - 1, kResetBytesMax);
  std::array<uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token;
  std::array<uint8_t, kResetBytesMax> random;
  const ngtcp2_cid id = IdOf(arrival.destination);
  if (ngtcp2_crypto_generate_stateless_reset_token(token.data(), quic::Data(secret), secret.size(),
                                                   &id) != 0) {
    return "";
  }
  const size_t random_bytes = size - token.size();
  entropy.Fill(absl::MakeSpan(random.data(), random_bytes));
  Buffer buffer;
  return Written(buffer,
                 ngtcp2_pkt_write_stateless_reset(buffer.data(), buffer.size(), token.data(),
                                                  random.data(), random_bytes));
}

std::string WriteRetry(const QuicArrival& arrival, const SocketAddress& from,
                       absl::string_view secret, Entropy& entropy, Instant now) {
  ngtcp2_cid retry;
  retry.datalen = kQuicIdBytes;
  entropy.Fill(absl::MakeSpan(retry.data, retry.datalen));
  // The dialler has drawn the same, from the same seed. The library would abort the process.
  if (quic::View(retry) == arrival.destination) return "";
  quic::IpEnd peer(from);
  const ngtcp2_cid original = IdOf(arrival.destination);
  std::array<uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token;
  const ngtcp2_ssize token_bytes = ngtcp2_crypto_generate_retry_token(
      token.data(), quic::Data(secret), secret.size(), arrival.version, &peer.any.sa, peer.size,
      &retry, &original, quic::Stamp(now));
  if (token_bytes <= 0) return "";
  Buffer buffer;
  const ngtcp2_cid destination = IdOf(arrival.source);
  return Written(buffer, ngtcp2_crypto_write_retry(buffer.data(), buffer.size(), arrival.version,
                                                   &destination, &retry, &original, token.data(),
                                                   static_cast<size_t>(token_bytes)));
}

std::optional<std::string> VerifyRetry(const QuicArrival& arrival, const SocketAddress& from,
                                       absl::string_view secret, Instant now) {
  quic::IpEnd peer(from);
  const ngtcp2_cid retry = IdOf(arrival.destination);
  ngtcp2_cid original;
  if (arrival.token.empty() || ngtcp2_crypto_verify_retry_token(
                                   &original, quic::Data(arrival.token), arrival.token.size(),
                                   quic::Data(secret), secret.size(), arrival.version, &peer.any.sa,
                                   peer.size, &retry, kTokenTimeout, quic::Stamp(now)) != 0) {
    return std::nullopt;
  }
  return std::string(quic::View(original));
}

}  // namespace rehearse::net
