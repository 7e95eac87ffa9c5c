#include "rehearse/net/node/node_discovery.h"

#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

// How long it looks around before the program begins: a question and its answers wait for 120 ms
// each. And how long whoever was found may take.
constexpr absl::Duration kLookAround = absl::Seconds(1);
constexpr absl::Duration kMeetTimeout = absl::Seconds(5);
constexpr absl::Duration kLook = absl::Milliseconds(5);

}  // namespace

// Where it listens at all addresses of the host, those of the networks that hear of it.
LanPeer NodeDiscovery::Self(const PeerId& self, absl::string_view listening) const {
  LanPeer peer{self, {}};
  const absl::StatusOr<Multiaddr> at =
      Multiaddr::Parse(flags_.advertise.empty() ? listening : flags_.advertise);
  if (listening.empty() || !at.ok()) return peer;
  Multiaddr address = at->WithoutPeer();
  if (address.parts.front().value != "0.0.0.0") {
    peer.addresses.push_back(std::move(address));
    return peer;
  }
  for (const std::string& ip : multicast_.OwnIps()) {
    address.parts.front().value = ip;
    peer.addresses.push_back(address);
  }
  return peer;
}

absl::Status NodeDiscovery::Begin(const Identity* self, absl::string_view listening, Meet meet) {
  if (flags_.mdns == NodeFlags::Mdns::kNone) return absl::OkStatus();
  meet_ = std::move(meet);
  auto mdns = Mdns::Start({node_, multicast_, [this](const LanPeer& peer) { OnFound(peer); }},
                          Self(self->peer_id(), listening));
  if (!mdns.ok()) {
    node_.log().Write(Severity::kWarning, absl::StrCat("mdns: ", mdns.status().message()));
    return absl::OkStatus();
  }
  mdns_ = *std::move(mdns);
  for (size_t i = 0; i < kMeetersMax; ++i) {
    meeters_[i] = &Task::Start(node_, "meet", [this, i] { MeetAll(i); });
  }
  return AwaitFirst();
}

absl::Status NodeDiscovery::AwaitFirst() {
  for (absl::Duration past = {}; past < kMeetTimeout; past += kLook) {
    {
      const Guard lock(lock_);
      const bool nobody = tried_ == found_in_all_ && past >= kLookAround;
      if (met_ > 0 || nobody) return absl::OkStatus();
    }
    REHEARSE_RETURN_IF_ERROR(Sleep(kLook));
  }
  return absl::OkStatus();
}

void NodeDiscovery::OnFound(const LanPeer& peer) {
  log_.Write(node_.clock().Now(), absl::StrCat("found ", peer.id.ToString(), " nearby"));
  WaitToken woken;
  {
    const Guard lock(lock_);
    if (found_.size() == kFoundMax) return;
    found_.push_back(peer);
    ++found_in_all_;
    for (WaitToken& idle : idle_) {
      if (!woken) woken = std::exchange(idle, {});
    }
  }
  Waitable::Wake(woken, WakeReason::kNotified);
}

void NodeDiscovery::MeetAll(size_t meeter) {
  while (const std::optional<LanPeer> next = NextFound(meeter)) {
    const bool is_there = meet_(*next);
    const Guard lock(lock_);
    ++tried_;
    if (is_there) ++met_;
  }
}

std::optional<LanPeer> NodeDiscovery::NextFound(size_t meeter) {
  while (true) {
    Wait wait(node_.scheduler(), "found nearby");
    {
      const Guard lock(lock_);
      if (!found_.empty()) {
        LanPeer next = std::move(found_.front());
        found_.pop_front();
        return next;
      }
      idle_[meeter] = wait.token();
    }
    if (wait.Until(Instant::Infinite()) == WakeReason::kStopped) return std::nullopt;
  }
}

void NodeDiscovery::Leave() {
  if (mdns_ == nullptr) return;
  mdns_->Leave();
  for (Task* const meeter : meeters_) {
    meeter->RequestStop();
    meeter->Unref();
  }
}

}  // namespace rehearse::net
