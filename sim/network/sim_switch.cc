#include "rehearse/sim/network/sim_switch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/network/sim_endpoint.h"

namespace rehearse::sim {

absl::StatusOr<std::shared_ptr<SimEndpoint>> SimAcceptor::Accept() {
  while (pending_.empty()) {
    if (closed_) return absl::UnavailableError("accept: the listener was closed");
    Wait wait(hub_.scheduler(), "Accept");
    waiter_ = wait.token();
    const WakeReason reason = wait.Until(Instant::Infinite());
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "accept");
  }
  std::shared_ptr<SimEndpoint> endpoint = std::move(pending_.front());
  pending_.pop_front();
  return endpoint;
}

void SimAcceptor::Close() {
  if (std::exchange(closed_, true)) return;
  const auto at = hub_.acceptors_.find(address_);
  if (at != hub_.acceptors_.end() && at->second.get() == this) hub_.acceptors_.erase(at);
  for (const auto& endpoint : std::exchange(pending_, {})) endpoint->Close();
  Waitable::Wake(std::exchange(waiter_, {}), WakeReason::kNotified);
}

// One dial: shared by the fiber that waits and the packets that travel.
class SimSwitch::Dialling : public std::enable_shared_from_this<Dialling> {
 public:
  Dialling(SimSwitch& hub, Fabric::Link& there, Fabric::Link& back, std::string address)
      : hub_(hub), there_(there), back_(back), address_(std::move(address)) {}

  void Start(absl::Duration backoff) {
    const Fabric::Departure departure =
        hub_.fabric().SendPacket(there_, {.hash = HashBytesOf(address_)});
    if (departure.lost) return Retry(backoff);
    // A second request would change nothing.
    At(departure.arrives,
       [this, number = departure.number, backoff] { OnRequest(number, backoff); });
  }

  absl::StatusOr<std::shared_ptr<SimEndpoint>> Await(Instant deadline) {
    while (!done_) {
      Wait wait(hub_.scheduler(), "Dial");
      waiter_ = wait.token();
      const WakeReason reason = wait.Until(deadline);
      if (reason == WakeReason::kNotified) continue;
      done_ = true;
      return WaitStatus(reason, absl::StrCat("dial ", address_));
    }
    if (!status_.ok()) return status_;
    return endpoint_;
  }

 private:
  static uint64_t HashBytesOf(const std::string& address) { return HashLabel(address); }

  template <typename F>
  void At(Instant when, F happen) {
    hub_.fabric().time().At(when, [self = shared_from_this(), happen] { happen(); });
  }
  Instant now() const { return hub_.fabric().time().now(); }

  void Retry(absl::Duration backoff) {
    if (done_) return;
    if (backoff > hub_.fabric().stream_options().give_up) {
      return Finish(absl::UnavailableError(absl::StrCat("dial ", address_, ": timed out")));
    }
    At(now() + backoff, [this, backoff] {
      if (!done_) Start(backoff * 2);
    });
  }

  // At the host that is dialled.
  void OnRequest(uint64_t number, absl::Duration backoff) {
    Fabric& fabric = hub_.fabric();
    if (!fabric.Arrives(there_, number, HashBytesOf(address_))) return Retry(backoff);
    if (fabric.host_state(there_.to) == Fabric::HostState::kSilent) return Retry(backoff);
    const auto at = hub_.acceptors_.find(address_);
    std::shared_ptr<SimEndpoint> ours;
    if (at != hub_.acceptors_.end()) {
      ours = SimEndpoint::Create(hub_, there_, back_);
      auto theirs = SimEndpoint::Create(hub_, back_, there_);
      ours->Connect(*theirs);
      theirs->Connect(*ours);
      at->second->pending_.push_back(std::move(theirs));
      Waitable::Wake(std::exchange(at->second->waiter_, {}), WakeReason::kNotified);
    }
    At(Fabric::DrawArrival(back_, now()), [this, ours] { OnResponse(ours); });
  }

  void OnResponse(const std::shared_ptr<SimEndpoint>& ours) {
    if (done_) {  // nobody waits any more
      if (ours != nullptr) ours->Close();
      return;
    }
    endpoint_ = ours;
    Finish(ours == nullptr ? absl::UnavailableError(absl::StrCat("dial ", address_, ": refused"))
                           : absl::OkStatus());
  }

  void Finish(absl::Status status) {
    done_ = true;
    status_ = std::move(status);
    Waitable::Wake(waiter_, WakeReason::kNotified);
  }

  SimSwitch& hub_;
  Fabric::Link& there_;
  Fabric::Link& back_;
  const std::string address_;
  bool done_ = false;
  absl::Status status_;
  std::shared_ptr<SimEndpoint> endpoint_;
  WaitToken waiter_;
};

SimSwitch::SimSwitch(Fabric& fabric, Scheduler& scheduler)
    : fabric_(fabric), scheduler_(scheduler), datagrams_(fabric, scheduler) {}
SimSwitch::~SimSwitch() = default;

absl::StatusOr<std::shared_ptr<SimAcceptor>> SimSwitch::Listen(NodeId host,
                                                               absl::string_view address) {
  auto acceptor = std::make_shared<SimAcceptor>(*this, host, std::string(address));
  if (!acceptors_.try_emplace(std::string(address), acceptor).second) {
    return absl::AlreadyExistsError(absl::StrCat("listen at ", address, ": in use"));
  }
  return acceptor;
}

absl::StatusOr<std::shared_ptr<SimEndpoint>> SimSwitch::Dial(NodeId from, NodeId to,
                                                             absl::string_view address,
                                                             Instant deadline) {
  return Dial(fabric_.link(from, to), fabric_.link(to, from), address, deadline);
}

absl::StatusOr<std::shared_ptr<SimEndpoint>> SimSwitch::DialLocally(NodeId host,
                                                                    absl::string_view address,
                                                                    Instant deadline) {
  return Dial(fabric_.local(host), fabric_.local(host), address, deadline);
}

absl::StatusOr<std::shared_ptr<SimEndpoint>> SimSwitch::Dial(Fabric::Link& there,
                                                             Fabric::Link& back,
                                                             absl::string_view address,
                                                             Instant deadline) {
  auto dialling = std::make_shared<Dialling>(*this, there, back, std::string(address));
  dialling->Start(absl::Seconds(1));
  return dialling->Await(deadline);
}

void SimSwitch::OnHostDown(NodeId host, bool silent) {
  datagrams_.OnHostDown(host);
  std::erase_if(acceptors_, [host](const auto& entry) { return entry.second->host() == host; });
  for (auto& [number, weak] : endpoints_) {
    const std::shared_ptr<SimEndpoint> endpoint = weak.lock();
    if (endpoint != nullptr && endpoint->host() == host) endpoint->Die(silent);
  }
  ForgetGone();
}

void SimSwitch::ResetStreams(NodeId host, NodeId peer) {
  for (auto& [number, weak] : endpoints_) {
    const std::shared_ptr<SimEndpoint> endpoint = weak.lock();
    if (endpoint == nullptr || endpoint->host() != host || endpoint->peer_host() != peer) continue;
    endpoint->Break("reset by peer");
  }
  ForgetGone();
}

PacketPtr SimSwitch::TakePacket(SimEndpoint& from) {
  if (from.under_way_++ == 0 && from.closed_) from.self_ = from.shared_from_this();
  if (spare_packets_.empty()) spare_packets_.push_back(std::make_unique<Packet>());
  PacketPtr packet(spare_packets_.back().release());
  spare_packets_.pop_back();
  packet->from = &from;
  return packet;
}

void SimSwitch::TakeBack(Packet& packet) {
  SimEndpoint& from = *packet.from;
  if (!packet.frame.empty()) packet.frame = std::string();
  spare_packets_.emplace_back(&packet);
  if (--from.under_way_ == 0) std::exchange(from.self_, nullptr).reset();
}

// What is gone keeps its memory until it is forgotten here: that is done each time there are twice
// as many as were alive.
void SimSwitch::Keep(const std::shared_ptr<SimEndpoint>& endpoint) {
  if (endpoints_.size() >= endpoints_max_) {
    ForgetGone();
    endpoints_max_ = std::max(kEndpointsKept, 2 * endpoints_.size());
  }
  endpoints_[endpoint->number()] = endpoint;
}

void SimSwitch::ForgetGone() {
  std::erase_if(endpoints_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace rehearse::sim
