#include "rehearse/sim/network/sim_endpoint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

// An attempt under way.
class SimEndpoint::Packet final : public Timer {
 public:
  Packet(std::shared_ptr<SimEndpoint> from, Outgoing out, uint64_t link_number, uint64_t hash,
         bool duplicate)
      : from_(std::move(from)),
        out_(std::move(out)),
        link_number_(link_number),
        hash_(hash),
        duplicate_(duplicate) {}

  void Fire() override {
    const std::unique_ptr<Packet> self(this);
    from_->OnArrival(*this);
  }

 private:
  friend class SimEndpoint;

  // It lives while this travels: a stream that its program has let go still sends what it owes.
  const std::shared_ptr<SimEndpoint> from_;
  Outgoing out_;  // a duplicate's has no frame
  const uint64_t link_number_;
  const uint64_t hash_;
  const bool duplicate_;
};

std::shared_ptr<SimEndpoint> SimEndpoint::Create(SimSwitch& hub, NodeId host, NodeId peer_host) {
  auto endpoint = std::make_shared<SimEndpoint>(hub, host, peer_host);
  endpoint->number_ = hub.next_endpoint_++;
  hub.Keep(endpoint);
  return endpoint;
}

SimEndpoint::SimEndpoint(SimSwitch& hub, NodeId host, NodeId peer_host)
    : hub_(hub), host_(host), peer_host_(peer_host) {}

std::string SimEndpoint::peer_name() const {
  return absl::StrCat("/sim/", hub_.fabric().host_name(peer_host_));
}

absl::Status SimEndpoint::Write(std::string frame, Instant deadline) {
  if (frame.size() > net::kFrameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a frame of ", frame.size(), " bytes is larger than ", net::kFrameBytesMax));
  }
  const size_t window = hub_.fabric().stream_options().window_bytes;
  // A frame that is larger than the window goes when the window is empty.
  while (over_.empty() && unread_at_peer_ != 0 && unread_at_peer_ + frame.size() > window) {
    if (deadline <= hub_.fabric().time().now()) return WaitStatus(WakeReason::kDeadline, "write");
    Wait wait(hub_.scheduler(), "Write");
    writers_.push_back(wait.token());
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "write");
  }
  if (!over_.empty()) {
    return absl::UnavailableError(absl::StrCat("write to ", peer_name(), ": ", over_));
  }
  unread_at_peer_ += frame.size();
  Queue(false, std::move(frame));
  return absl::OkStatus();
}

absl::StatusOr<std::string> SimEndpoint::Read(Instant deadline) {
  while (ready_.empty() || read_closed_) {
    if (read_closed_) {
      return absl::UnavailableError(absl::StrCat("read from ", peer_name(), ": closed here"));
    }
    if (!over_.empty()) {
      return absl::UnavailableError(absl::StrCat("read from ", peer_name(), ": ", over_));
    }
    Wait wait(hub_.scheduler(), "Read");
    reader_ = wait.token();
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "read");
  }
  std::string frame = std::move(ready_.front());
  ready_.pop_front();
  if (const std::shared_ptr<SimEndpoint> peer = peer_.lock()) {
    peer->unread_at_peer_ -= frame.size();
    while (!peer->writers_.empty()) {
      Waitable::Wake(peer->writers_.front(), WakeReason::kNotified);
      peer->writers_.pop_front();
    }
  }
  return frame;
}

void SimEndpoint::Close() {
  if (std::exchange(closed_, true)) return;
  if (over_.empty()) Queue(true, "");
  End("closed here");
}

void SimEndpoint::CloseRead() {
  read_closed_ = true;
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
}

void SimEndpoint::Abort() {
  if (std::exchange(closed_, true)) return;
  if (over_.empty()) ResetPeer();
  gone_ = true;
  End("closed here");
}

void SimEndpoint::Die(bool silent) {
  // What was closed before, the machine goes on sending.
  if (closed_ && !silent) return;
  if (over_.empty() && !silent) ResetPeer();
  gone_ = true;
  over_ = "the process is gone";
}

void SimEndpoint::End(absl::string_view why) {
  if (over_.empty()) over_ = std::string(why);
  WakeAll();
}

void SimEndpoint::Break(absl::string_view why) {
  if (std::exchange(gone_, true)) return;
  End(why);
}

void SimEndpoint::Queue(bool last, std::string frame) {
  Transmit({.number = next_out_++,
            .last = last,
            .frame = std::move(frame),
            .backoff = hub_.fabric().stream_options().retransmit_min,
            .spent = absl::ZeroDuration()});
}

void SimEndpoint::Transmit(Outgoing out) {
  if (gone_) return;
  Fabric& fabric = hub_.fabric();
  const uint64_t hash = HashBytes(out.frame);
  const Fabric::Sent sent = fabric.SendPacket(
      host_, peer_host_, hash, [&](uint64_t link_number, absl::Duration latency, bool duplicate) {
        // The first of two takes the frame along.
        auto* const packet =
            new Packet(shared_from_this(), std::move(out), link_number, hash, duplicate);
        fabric.time().Schedule(*packet, fabric.time().now() + latency);
      });
  if (sent == Fabric::Sent::kLost) Resend(std::move(out));
}

// No acknowledgement came.
void SimEndpoint::Resend(Outgoing out) {
  Fabric& fabric = hub_.fabric();
  const StreamOptions& options = fabric.stream_options();
  if (out.spent + out.backoff > options.give_up) return Break("timed out");
  const Instant again = fabric.time().now() + out.backoff;
  out.spent += out.backoff;
  out.backoff = std::min(out.backoff * 2, options.retransmit_max);
  fabric.time().At(again, [self = shared_from_this(), out = std::move(out)]() mutable {
    self->Transmit(std::move(out));
  });
}

// At the peer's host.
void SimEndpoint::OnArrival(Packet& packet) {
  Fabric& fabric = hub_.fabric();
  if (!fabric.Arrives(host_, peer_host_, packet.link_number_, packet.hash_)) {
    if (!packet.duplicate_) Resend(std::move(packet.out_));
    return;
  }
  const std::shared_ptr<SimEndpoint> peer = peer_.lock();
  if (peer == nullptr || peer->gone_) {
    if (!packet.duplicate_) OnUnknownThere(std::move(packet.out_));
  } else if (packet.duplicate_ || packet.out_.number < peer->next_in_ ||
             peer->early_.contains(packet.out_.number)) {
    fabric.CountDuplicateDropped(host_, peer_host_, packet.link_number_);
  } else {
    peer->TakeInOrder(packet.out_.number, packet.out_.last, std::move(packet.out_.frame));
  }
}

// The peer's host knows nothing of the stream, or no more. It answers with a reset; without it, or
// if that is lost, the frame is sent again, as any other that nobody acknowledges.
void SimEndpoint::OnUnknownThere(Outgoing out) {
  Fabric& fabric = hub_.fabric();
  if (fabric.host_state(peer_host_) == Fabric::HostState::kSilent) return Resend(std::move(out));
  fabric.time().At(fabric.time().now() + fabric.DrawLatency(peer_host_, host_),
                   [self = shared_from_this(), out = std::move(out)]() mutable {
                     if (self->hub_.fabric().Open(self->peer_host_, self->host_)) {
                       self->Break("reset by peer");
                     } else {
                       self->Resend(std::move(out));
                     }
                   });
}

void SimEndpoint::TakeInOrder(uint64_t number, bool last, std::string frame) {
  if (number != next_in_) {
    early_[number] = {last, std::move(frame)};
    return;
  }
  while (true) {
    ++next_in_;
    if (last) {
      ended_by_peer_ = true;
      End("closed by peer");
    } else if (!closed_) {
      ready_.push_back(std::move(frame));
    }
    const auto next = early_.find(next_in_);
    if (next == early_.end()) break;
    last = next->second.last;
    frame = std::move(next->second.frame);
    early_.erase(next);
  }
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
}

// Once. If it is lost, the peer learns of it when it writes.
void SimEndpoint::ResetPeer() {
  Fabric& fabric = hub_.fabric();
  fabric.time().At(fabric.time().now() + fabric.DrawLatency(host_, peer_host_),
                   [from = host_, to = peer_host_, &fabric, weak = peer_] {
                     const std::shared_ptr<SimEndpoint> peer = weak.lock();
                     if (peer != nullptr && fabric.Open(from, to)) peer->Break("reset by peer");
                   });
}

void SimEndpoint::WakeAll() {
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
  for (const WaitToken& writer : std::exchange(writers_, {})) {
    Waitable::Wake(writer, WakeReason::kNotified);
  }
}

}  // namespace rehearse::sim
