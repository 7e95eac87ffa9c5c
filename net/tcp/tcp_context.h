// What the listeners and connections of one TcpNetwork share: where they are, what they count, and
// the fibers that work for them.

#ifndef REHEARSE_NET_TCP_TCP_CONTEXT_H_
#define REHEARSE_NET_TCP_TCP_CONTEXT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_options.h"

namespace rehearse::net {

// One for each of TcpCounters.
enum class TcpEvent : uint8_t {
  kAccepted,
  kDialed,
  kClosed,
  kProven,
  kEnded,
  kRefusedLimit,
  kRefusedPreamble,
  kLostInHandshake,
  kRefusedStalled,
  kRefusedFrame,
  kRefusedRate,
  kRefusedProof,
  kRefusedPeer,
  kBrokeProtocol,
  kRefusedStream,
  kExhausted,
};

// Called on the node's fibers, of any worker. Fibers that it started hold it.
class TcpContext : public std::enable_shared_from_this<TcpContext> {
 public:
  // Node and sockets outlive the fibers that are started.
  // Its lines in the log begin with `transport`.
  TcpContext(Sockets& sockets, Node& node, const TcpOptions& options,
             std::string transport = "tcp");

  Sockets& sockets;
  Node& node;
  const TcpOptions options;

  void Count(TcpEvent event) {
    counts_[static_cast<size_t>(event)].fetch_add(1, std::memory_order_relaxed);
  }
  // Counts `event`, and says what became of `peer`: "refuse /ip4/…: why".
  void Report(TcpEvent event, absl::string_view verb, absl::string_view peer,
              absl::string_view why);
  // Whether the log has room for a line just now; then Tell writes one without counting anything.
  bool Tells() { return log_.Takes(Now()); }
  void Tell(absl::string_view verb, absl::string_view peer, absl::string_view why);
  TcpCounters counters() const;

  // A place among the incoming connections. False: all are taken.
  bool TryEnter();
  void Leave() { incoming_.fetch_sub(1, std::memory_order_relaxed); }

  // Runs `body` on a fiber of the node.
  void Start(std::string name, absl::AnyInvocable<void()> body);

  // Parks until the fibers that were started have ended, or `deadline`.
  absl::Status AwaitFibers(Instant deadline);

 private:
  static constexpr size_t kEvents = static_cast<size_t>(TcpEvent::kExhausted) + 1;

  static Instant Now();
  void OnFiberEnd();

  const std::string transport_;
  std::array<std::atomic<uint64_t>, kEvents> counts_{};
  std::atomic<int> incoming_{0};
  LimitedLog log_;

  SpinLock lock_;
  int fibers_ = 0;
  std::vector<WaitToken> waiters_;
};

// A place among the incoming connections, held. Empty for an outgoing one.
class IncomingPlace {
 public:
  IncomingPlace() = default;
  // Takes over a place that was entered.
  explicit IncomingPlace(std::shared_ptr<TcpContext> context) : context_(std::move(context)) {}
  IncomingPlace(IncomingPlace&&) = default;
  IncomingPlace& operator=(IncomingPlace&&) = delete;
  ~IncomingPlace() {
    if (context_ != nullptr) context_->Leave();
  }

 private:
  std::shared_ptr<TcpContext> context_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_CONTEXT_H_
