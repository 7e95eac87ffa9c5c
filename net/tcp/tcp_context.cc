#include "rehearse/net/tcp/tcp_context.h"

#include <exception>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

TcpContext::TcpContext(Sockets& sockets, Node& node, const TcpOptions& options,
                       std::string transport)
    : sockets(sockets),
      node(node),
      options(options),
      transport_(std::move(transport)),
      log_(node.log(), options.refusal_lines_per_second) {}

Instant TcpContext::Now() {
  Worker* const worker = CurrentWorker();
  return worker == nullptr ? Instant() : worker->now();
}

void TcpContext::Report(TcpEvent event, absl::string_view verb, absl::string_view peer,
                        absl::string_view why) {
  Count(event);
  Tell(verb, peer, why);
}

void TcpContext::Tell(absl::string_view verb, absl::string_view peer, absl::string_view why) {
  log_.Write(Now(), absl::StrCat(transport_, ": ", verb, " ", peer, ": ", why));
}

TcpCounters TcpContext::counters() const {
  const auto of = [this](TcpEvent event) {
    return counts_[static_cast<size_t>(event)].load(std::memory_order_relaxed);
  };
  return {.accepted = of(TcpEvent::kAccepted),
          .dialed = of(TcpEvent::kDialed),
          .closed = of(TcpEvent::kClosed),
          .proven = of(TcpEvent::kProven),
          .ended = of(TcpEvent::kEnded),
          .refused_limit = of(TcpEvent::kRefusedLimit),
          .refused_preamble = of(TcpEvent::kRefusedPreamble),
          .lost_in_handshake = of(TcpEvent::kLostInHandshake),
          .refused_rate = of(TcpEvent::kRefusedRate),
          .refused_proof = of(TcpEvent::kRefusedProof),
          .refused_peer = of(TcpEvent::kRefusedPeer),
          .refused_stalled = of(TcpEvent::kRefusedStalled),
          .refused_frame = of(TcpEvent::kRefusedFrame),
          .broke_protocol = of(TcpEvent::kBrokeProtocol),
          .refused_streams = of(TcpEvent::kRefusedStream),
          .exhausted = of(TcpEvent::kExhausted)};
}

bool TcpContext::TryEnter() {
  if (incoming_.fetch_add(1, std::memory_order_relaxed) < options.incoming_max) return true;
  Leave();
  return false;
}

void TcpContext::Start(std::string name, absl::AnyInvocable<void()> body) {
  {
    const Lock lock(lock_);
    ++fibers_;
  }
  // Told at the very end, when the body and all that it held are gone.
  Task::Start(
      node, std::move(name), std::move(body),
      [self = shared_from_this()](GuardResult, const std::exception_ptr&) { self->OnFiberEnd(); })
      .Unref();
}

void TcpContext::OnFiberEnd() {
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    if (--fibers_ == 0) waiters = std::exchange(waiters_, {});
  }
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

absl::Status TcpContext::AwaitFibers(Instant deadline) {
  while (true) {
    Wait wait(node.scheduler(), "AwaitFibers");
    int left = 0;
    {
      const Lock lock(lock_);
      left = fibers_;
      if (left == 0) return absl::OkStatus();
      waiters_.push_back(wait.token());
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) {
      return WaitStatus(reason, absl::StrCat("wait for the network's ", left, " fibers to end"));
    }
  }
}

}  // namespace rehearse::net
