#include "rehearse/sim/network/sim_endpoint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

// A frame under way.
class SimEndpoint::Packet final : public Timer {
 public:
  Packet(std::shared_ptr<SimEndpoint> from, std::shared_ptr<SimEndpoint> to, uint64_t number,
         bool last, std::string frame)
      : from(std::move(from)),
        to(std::move(to)),
        number(number),
        last(last),
        frame(std::move(frame)) {}

  void Fire() override {
    const std::unique_ptr<Packet> self(this);
    to->OnPacket(*this);
  }

  // Both live while it travels: a stream that its program has let go still sends what it owes.
  std::shared_ptr<SimEndpoint> from;
  std::shared_ptr<SimEndpoint> to;
  uint64_t number;
  bool last;
  std::string frame;
  uint64_t link_number = 0;
  uint64_t hash = 0;
  bool duplicate = false;
  absl::Duration backoff;
  absl::Duration spent;
};

std::shared_ptr<SimEndpoint> SimEndpoint::Create(SimSwitch& hub, NodeId host, NodeId peer_host) {
  auto endpoint = std::make_shared<SimEndpoint>(hub, host, peer_host);
  endpoint->number_ = hub.next_endpoint_++;
  hub.endpoints_[endpoint->number_] = endpoint;
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
    Wait wait(hub_.scheduler(), "Write");
    writers_.push_back(wait.token());
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "write");
  }
  if (!over_.empty()) {
    return absl::UnavailableError(absl::StrCat("write to ", peer_name(), ": ", over_));
  }
  unread_at_peer_ += frame.size();
  Transmit(next_out_++, false, std::move(frame), hub_.fabric().stream_options().retransmit_min,
           absl::ZeroDuration());
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
  if (over_.empty()) {
    Transmit(next_out_++, true, "", hub_.fabric().stream_options().retransmit_min,
             absl::ZeroDuration());
    over_ = "closed here";
  }
  WakeAll();
}

void SimEndpoint::CloseRead() {
  read_closed_ = true;
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
}

void SimEndpoint::Abort() {
  if (std::exchange(closed_, true)) return;
  if (over_.empty()) {
    ResetPeer("reset by peer");
    over_ = "closed here";
  }
  WakeAll();
}

void SimEndpoint::Die(bool silent) {
  dead_ = true;
  silent_ = silent;
  if (over_.empty() && !silent) ResetPeer("reset by peer");
  over_ = "the process is gone";
}

void SimEndpoint::Break(const std::string& why) {
  if (dead_ || !over_.empty()) return;
  over_ = why;
  WakeAll();
}

void SimEndpoint::Transmit(uint64_t number, bool last, std::string frame, absl::Duration backoff,
                           absl::Duration spent) {
  const std::shared_ptr<SimEndpoint> peer = peer_.lock();
  if (peer == nullptr || dead_) return;
  Fabric& fabric = hub_.fabric();
  const uint64_t hash = HashBytes(frame);
  const Fabric::Sent sent = fabric.SendPacket(
      host_, peer_host_, hash, [&](uint64_t link_number, absl::Duration latency, bool duplicate) {
        auto* const packet =
            new Packet(shared_from_this(), peer, number, last, duplicate ? std::string() : frame);
        packet->link_number = link_number;
        packet->hash = hash;
        packet->duplicate = duplicate;
        packet->backoff = backoff;
        packet->spent = spent;
        fabric.time().Schedule(*packet, fabric.time().now() + latency);
      });
  if (sent == Fabric::Sent::kOnItsWay) return;
  const StreamOptions& options = fabric.stream_options();
  if (spent + backoff > options.give_up) return Break("timed out");
  fabric.time().At(fabric.time().now() + backoff,
                   [self = shared_from_this(), number, last, frame = std::move(frame), backoff,
                    spent, next = std::min(backoff * 2, options.retransmit_max)]() mutable {
                     self->Transmit(number, last, std::move(frame), next, spent + backoff);
                   });
}

// At the receiver.
void SimEndpoint::OnPacket(Packet& packet) {
  Fabric& fabric = hub_.fabric();
  const std::shared_ptr<SimEndpoint>& sender = packet.from;
  if (!fabric.Arrives(peer_host_, host_, packet.link_number, packet.hash)) {
    // A partition: the sender goes on trying.
    if (packet.duplicate) return;
    const StreamOptions& options = fabric.stream_options();
    if (packet.spent + packet.backoff > options.give_up) return sender->Break("timed out");
    fabric.time().At(fabric.time().now() + packet.backoff,
                     [from = packet.from, number = packet.number, last = packet.last,
                      frame = std::move(packet.frame), spent = packet.spent + packet.backoff,
                      next = std::min(packet.backoff * 2, options.retransmit_max)]() mutable {
                       from->Transmit(number, last, std::move(frame), next, spent);
                     });
    return;
  }
  if (dead_) {
    const bool answers = fabric.host_state(host_) != Fabric::HostState::kSilent;
    fabric.time().At(
        fabric.time().now() +
            (answers ? fabric.DrawLatency(host_, peer_host_) : fabric.stream_options().give_up),
        [from = packet.from, answers] { from->Break(answers ? "reset by peer" : "timed out"); });
    return;
  }
  if (packet.duplicate || packet.number < next_in_ || early_.contains(packet.number)) {
    return fabric.CountDuplicateDropped(peer_host_, host_, packet.link_number);
  }
  TakeInOrder(packet.number, packet.last, std::move(packet.frame));
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
      Break("closed by peer");
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

void SimEndpoint::ResetPeer(const std::string& why) {
  Fabric& fabric = hub_.fabric();
  fabric.time().At(fabric.time().now() + fabric.DrawLatency(host_, peer_host_),
                   [this_host = host_, peer_host = peer_host_, &fabric, peer = peer_, why] {
                     const auto endpoint = peer.lock();
                     if (endpoint != nullptr && fabric.Open(this_host, peer_host)) {
                       endpoint->Break(why);
                     }
                   });
}

void SimEndpoint::WakeAll() {
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
  for (const WaitToken& writer : std::exchange(writers_, {})) {
    Waitable::Wake(writer, WakeReason::kNotified);
  }
}

}  // namespace rehearse::sim
