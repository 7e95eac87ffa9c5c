// Two connections that exchange their packets in memory, in a time that jumps.

#ifndef REHEARSE_NET_QUIC_TESTING_QUIC_PAIR_H_
#define REHEARSE_NET_QUIC_TESTING_QUIC_PAIR_H_

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_options.h"
#include "rehearse/net/quic/quic_packet.h"
#include "rehearse/net/quic/quic_tls.h"

namespace rehearse::net {

inline absl::Time TestWall() { return absl::FromUnixSeconds(1'750'000'000); }

// All that one side has.
struct QuicSide {
  explicit QuicSide(uint64_t seed, absl::string_view alpn = kQuicAlpn)
      : entropy(seed),
        keys(*TlsKeys::Make(identity, entropy, TestWall())),
        tls(*QuicTls::Make(*keys, alpn)) {}

  QuicConnection::Context context() { return {*tls, entropy, options, secret}; }

  SeededEntropy entropy;
  const Identity identity = Identity::Generate(entropy);
  const std::unique_ptr<TlsKeys> keys;
  const std::unique_ptr<QuicTls> tls;
  QuicOptions options;
  const std::string secret = std::string(32, 's');
};

// What a test does with what came: all that it read, by stream.
struct QuicHeard {
  std::vector<QuicEvent> events;

  bool Has(QuicEvent::Kind kind) const { return Find(kind) != nullptr; }
  const QuicEvent* Find(QuicEvent::Kind kind) const {
    for (const QuicEvent& event : events) {
      if (event.kind == kind) return &event;
    }
    return nullptr;
  }
  std::string Data(int64_t stream) const {
    std::string all;
    for (const QuicEvent& event : events) {
      if (event.kind == QuicEvent::Kind::kData && event.stream == stream) all += event.bytes;
    }
    return all;
  }
};

class QuicPair {
 public:
  // What becomes of a packet on its way: true, it arrives.
  using Filter = std::function<bool(bool from_dialer, std::string& packet)>;

  QuicPair(QuicSide& dialer, QuicSide& listener, std::optional<PeerId> expected = std::nullopt)
      : listener_side_(listener) {
    dialer_ = *QuicConnection::Dial(dialer.context(), {.ends = {kDialer, kListener},
                                                       .expected = std::move(expected),
                                                       .now = now,
                                                       .wall = TestWall()});
  }

  // Until nothing happens any more, or `limit` is over.
  void Run(absl::Duration limit = absl::Seconds(60)) {
    const Instant end = now + limit;
    while (true) {
      const bool sent = Send(*dialer_, true) | (listener_ != nullptr && Send(*listener_, false));
      if (sent || Deliver()) continue;
      const Instant next = NextTimer();
      if (next > end) break;
      now = std::max(now, next);
      dialer_->OnTimer(now);
      if (listener_ != nullptr) listener_->OnTimer(now);
      Hear();
    }
    now = end;
  }

  QuicConnection& dialer() { return *dialer_; }
  QuicConnection& listener() { return *listener_; }
  bool has_listener() const { return listener_ != nullptr; }

  SocketAddress dialer_address = kDialer;
  Filter filter;
  Instant now = Instant::FromNanos(0);
  QuicHeard dialer_heard;
  QuicHeard listener_heard;
  bool consumes = true;
  uint64_t packets = 0;

 private:
  static inline const SocketAddress kDialer{"10.0.0.1", 1111};
  static inline const SocketAddress kListener{"10.0.0.2", 2222};

  bool Send(QuicConnection& from, bool is_dialer) {
    bool sent = false;
    while (true) {
      SocketAddress to;
      const absl::string_view packet = from.NextPacket(now, to);
      if (packet.empty()) break;
      sent = true;
      ++packets;
      std::string copy(packet);
      if (filter == nullptr || filter(is_dialer, copy)) wire_.emplace_back(is_dialer, copy);
    }
    from.OnPacketsSent(now);
    Hear();
    return sent;
  }

  bool Deliver() {
    if (wire_.empty()) return false;
    now = now + absl::Milliseconds(1);
    for (const auto& [from_dialer, packet] : std::exchange(wire_, {})) {
      if (!from_dialer) {
        dialer_->Receive(kListener, packet, now);
      } else if (listener_ == nullptr) {
        Accept(packet);
      } else {
        listener_->Receive(dialer_address, packet, now);
      }
      Hear();
    }
    return true;
  }

  void Accept(absl::string_view packet) {
    const QuicArrival arrival = ReadQuicArrival(packet);
    if (arrival.kind != QuicArrival::Kind::kInitial) return;
    listener_ =
        *QuicConnection::Accept(listener_side_.context(), {.ends = {kListener, kDialer},
                                                           .version = arrival.version,
                                                           .destination = arrival.destination,
                                                           .source = arrival.source,
                                                           .now = now,
                                                           .wall = TestWall()});
    listener_->Receive(kDialer, packet, now);
  }

  Instant NextTimer() const {
    const Instant next = dialer_->next_timer();
    return listener_ == nullptr ? next : std::min(next, listener_->next_timer());
  }

  void Hear() {
    Take(*dialer_, dialer_heard);
    if (listener_ != nullptr) Take(*listener_, listener_heard);
  }
  void Take(QuicConnection& connection, QuicHeard& heard) {
    for (QuicEvent& event : connection.TakeEvents()) {
      if (event.kind == QuicEvent::Kind::kData && consumes) {
        connection.Consume(event.stream, event.bytes.size());
      }
      heard.events.push_back(std::move(event));
    }
  }

  QuicSide& listener_side_;
  std::unique_ptr<QuicConnection> dialer_;
  std::unique_ptr<QuicConnection> listener_;
  std::deque<std::pair<bool, std::string>> wire_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_TESTING_QUIC_PAIR_H_
