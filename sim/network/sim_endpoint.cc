#include "rehearse/sim/network/sim_endpoint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

void Packet::Fire() { from->OnArrival(PacketPtr(this)); }

void PacketReturn::operator()(Packet* packet) const { packet->from->hub().TakeBack(*packet); }

std::shared_ptr<SimEndpoint> SimEndpoint::Create(SimSwitch& hub, Fabric::Link& out,
                                                 Fabric::Link& back) {
  auto endpoint = std::make_shared<SimEndpoint>(hub, out, back);
  endpoint->number_ = hub.next_endpoint_++;
  hub.Keep(endpoint);
  return endpoint;
}

SimEndpoint::SimEndpoint(SimSwitch& hub, Fabric::Link& out, Fabric::Link& back)
    : hub_(hub), out_(out), back_(back) {}

SimEndpoint::~SimEndpoint() {
  REHEARSE_CHECK(under_way_ == 0, "an end of a stream was let go before it was closed");
  if (peer_ != nullptr) peer_->peer_ = nullptr;
}

std::string SimEndpoint::peer_name() const {
  return absl::StrCat("/sim/", hub_.fabric().host_name(peer_host()));
}

absl::Status SimEndpoint::Write(std::string&& frame, Instant deadline) {
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
  if (peer_ != nullptr) {
    peer_->unread_at_peer_ -= frame.size();
    while (!peer_->writers_.empty()) {
      Waitable::Wake(peer_->writers_.front(), WakeReason::kNotified);
      peer_->writers_.pop_front();
    }
  }
  return frame;
}

void SimEndpoint::Close() {
  if (closed_) return;
  MarkClosed();
  if (over_.empty()) Queue(true, "");
  End("closed here");
}

void SimEndpoint::CloseRead() {
  read_closed_ = true;
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
}

void SimEndpoint::Abort() {
  if (closed_) return;
  MarkClosed();
  if (over_.empty()) ResetPeer();
  Go();
  End("closed here");
}

void SimEndpoint::MarkClosed() {
  closed_ = true;
  if (under_way_ != 0) self_ = shared_from_this();
}

void SimEndpoint::Die(bool silent) {
  // What was closed before, the machine goes on sending.
  if (closed_ && !silent) return;
  if (over_.empty() && !silent) ResetPeer();
  Go();
  over_ = "the process is gone";
}

void SimEndpoint::End(absl::string_view why) {
  if (over_.empty()) over_ = std::string(why);
  WakeAll();
}

void SimEndpoint::Break(absl::string_view why) {
  if (gone_) return;
  Go();
  End(why);
}

// What came too early is for nobody now, and would keep its sender.
void SimEndpoint::Go() {
  gone_ = true;
  early_.clear();
}

void SimEndpoint::Queue(bool last, std::string&& frame) {
  PacketPtr packet = hub_.TakePacket(*this);
  packet->number = next_out_++;
  packet->last = last;
  packet->duplicate = false;
  packet->hash = HashBytes(frame);
  packet->frame = std::move(frame);
  packet->backoff = hub_.fabric().stream_options().retransmit_min;
  packet->spent = absl::ZeroDuration();
  Transmit(std::move(packet));
}

inline void SimEndpoint::Schedule(PacketPtr packet, Instant arrives) {
  hub_.fabric().time().Schedule(*packet.release(), arrives);
}

void SimEndpoint::Transmit(PacketPtr packet) {
  if (gone_) return;
  const Fabric::Departure departure =
      hub_.fabric().SendPacket(out_, {.hash = packet->hash, .bytes = packet->frame.size()});
  if (departure.lost) return Resend(std::move(packet));
  packet->link_number = departure.number;
  const uint64_t hash = packet->hash;
  Schedule(std::move(packet), departure.arrives);
  if (!departure.arrives_again.has_value()) return;
  PacketPtr second = hub_.TakePacket(*this);
  second->duplicate = true;
  second->hash = hash;
  second->link_number = departure.number;
  Schedule(std::move(second), *departure.arrives_again);
}

// No acknowledgement came.
void SimEndpoint::Resend(PacketPtr packet) {
  Fabric& fabric = hub_.fabric();
  const StreamOptions& options = fabric.stream_options();
  if (packet->spent + packet->backoff > options.give_up) return Break("timed out");
  const Instant again = fabric.time().now() + packet->backoff;
  packet->spent += packet->backoff;
  packet->backoff = std::min(packet->backoff * 2, options.retransmit_max);
  fabric.time().At(again,
                   [this, packet = std::move(packet)]() mutable { Transmit(std::move(packet)); });
}

// At the peer's host.
void SimEndpoint::OnArrival(PacketPtr packet) {
  Fabric& fabric = hub_.fabric();
  if (!fabric.Arrives(out_, packet->link_number, packet->hash)) {
    if (!packet->duplicate) Resend(std::move(packet));
  } else if (peer_ == nullptr || peer_->gone_) {
    if (!packet->duplicate) OnUnknownThere(std::move(packet));
  } else if (packet->duplicate || !peer_->TakeInOrder(packet)) {
    fabric.TraceDropped(out_, packet->link_number);
  }
}

// The peer's host knows nothing of the stream, or no more. It answers with a reset; without it, or
// if that is lost, the frame is sent again, as any other that nobody acknowledges.
void SimEndpoint::OnUnknownThere(PacketPtr packet) {
  Fabric& fabric = hub_.fabric();
  if (fabric.host_state(peer_host()) == Fabric::HostState::kSilent) {
    return Resend(std::move(packet));
  }
  fabric.time().At(Fabric::DrawArrival(back_, fabric.time().now()),
                   [this, packet = std::move(packet)]() mutable {
                     if (Fabric::Open(back_)) {
                       Break("reset by peer");
                     } else {
                       Resend(std::move(packet));
                     }
                   });
}

// False if it is here already.
bool SimEndpoint::TakeInOrder(PacketPtr& packet) {
  if (packet->number < next_in_) return false;
  if (const uint64_t place = packet->number - next_in_; place != 0) {
    if (early_.size() <= place) early_.resize(place + 1);
    if (early_[place] != nullptr) return false;
    early_[place] = std::move(packet);
    return true;
  }
  TakeNext(*packet);
  if (!early_.empty()) early_.pop_front();
  for (; !early_.empty() && early_.front() != nullptr; early_.pop_front()) {
    TakeNext(*early_.front());
  }
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
  return true;
}

void SimEndpoint::TakeNext(Packet& packet) {
  ++next_in_;
  if (packet.last) {
    ended_by_peer_ = true;
    End("closed by peer");
  } else if (!closed_) {
    ready_.push_back(std::move(packet.frame));
  }
}

// Once. If it is lost, the peer learns of it when it writes.
void SimEndpoint::ResetPeer() {
  VirtualTime& time = hub_.fabric().time();
  std::weak_ptr<SimEndpoint> weak;
  if (peer_ != nullptr) weak = peer_->weak_from_this();
  time.At(Fabric::DrawArrival(out_, time.now()), [&link = out_, weak = std::move(weak)] {
    const std::shared_ptr<SimEndpoint> peer = weak.lock();
    if (peer != nullptr && Fabric::Open(link)) peer->Break("reset by peer");
  });
}

void SimEndpoint::WakeAll() {
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
  for (const WaitToken& writer : std::exchange(writers_, {})) {
    Waitable::Wake(writer, WakeReason::kNotified);
  }
}

}  // namespace rehearse::sim
