#include "rehearse/sim/network/sim_network.h"

#include <deque>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/network/sim_endpoint.h"

namespace rehearse::sim {

class SimListenerState {
 public:
  NodeId host;
  bool closed = false;
  std::deque<std::shared_ptr<SimEndpoint>> pending;
  WaitToken acceptor;
};

namespace {

class SimStream final : public net::Stream {
 public:
  explicit SimStream(std::shared_ptr<SimEndpoint> endpoint) : endpoint_(std::move(endpoint)) {}
  ~SimStream() override { endpoint_->Close(); }
  absl::Status Write(std::string frame) override { return endpoint_->Write(std::move(frame)); }
  absl::StatusOr<std::string> Read() override { return endpoint_->Read(); }
  void Close() override { endpoint_->Close(); }
  std::string peer() const override { return endpoint_->peer_name(); }

 private:
  const std::shared_ptr<SimEndpoint> endpoint_;
};

// The host's name in "/sim/NAME" or "/sim/NAME/PORT"; empty if it is no such address.
absl::string_view HostOf(absl::string_view address) {
  constexpr absl::string_view kPrefix = "/sim/";
  if (!absl::StartsWith(address, kPrefix)) return "";
  address.remove_prefix(kPrefix.size());
  return address.substr(0, address.find('/'));
}

absl::Status BadAddress(absl::string_view what, absl::string_view address) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " ", address, ": a simulated node's address is /sim/NAME"));
}

}  // namespace

class SimListener final : public net::Listener {
 public:
  SimListener(SimSwitch& hub, std::string address, std::shared_ptr<SimListenerState> state)
      : hub_(hub), address_(std::move(address)), state_(std::move(state)) {}
  ~SimListener() override { Close(); }

  absl::StatusOr<std::unique_ptr<net::Stream>> Accept() override {
    while (state_->pending.empty()) {
      if (state_->closed) return absl::UnavailableError("accept: the listener was closed");
      Wait wait(hub_.scheduler(), "Accept");
      state_->acceptor = wait.token();
      const WakeReason reason = wait.Until(Instant::Infinite());
      if (reason != WakeReason::kNotified) return WaitStatus(reason, "accept");
    }
    auto stream = std::make_unique<SimStream>(std::move(state_->pending.front()));
    state_->pending.pop_front();
    return stream;
  }

  void Close() override {
    if (std::exchange(state_->closed, true)) return;
    hub_.listeners_.erase(address_);
    for (const auto& endpoint : std::exchange(state_->pending, {})) endpoint->Close();
    Waitable::Wake(state_->acceptor, WakeReason::kNotified);
  }

  std::string address() const override { return address_; }

 private:
  SimSwitch& hub_;
  const std::string address_;
  const std::shared_ptr<SimListenerState> state_;
};

// One dial: shared by the fiber that waits and the packets that travel.
class SimSwitch::Dialling : public std::enable_shared_from_this<Dialling> {
 public:
  Dialling(SimSwitch& hub, NodeId from, NodeId to, std::string address)
      : hub_(hub), from_(from), to_(to), address_(std::move(address)) {}

  void Start(absl::Duration backoff) {
    Fabric& fabric = hub_.fabric();
    const auto sent =
        fabric.SendPacket(from_, to_, HashBytesOf(address_),
                          [&](uint64_t number, absl::Duration latency, bool duplicate) {
                            if (duplicate) return;
                            At(latency, [this, number, backoff] { OnRequest(number, backoff); });
                          });
    if (sent == Fabric::Sent::kLost) Retry(backoff);
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
  void At(absl::Duration delay, F happen) {
    Fabric& fabric = hub_.fabric();
    fabric.time().At(fabric.time().now() + delay,
                     [self = shared_from_this(), happen] { happen(); });
  }

  void Retry(absl::Duration backoff) {
    if (done_) return;
    if (backoff > hub_.fabric().stream_options().give_up) {
      return Finish(absl::UnavailableError(absl::StrCat("dial ", address_, ": timed out")));
    }
    At(backoff, [this, backoff] {
      if (!done_) Start(backoff * 2);
    });
  }

  // At the host that is dialled.
  void OnRequest(uint64_t number, absl::Duration backoff) {
    Fabric& fabric = hub_.fabric();
    if (!fabric.Arrives(from_, to_, number, HashBytesOf(address_))) return Retry(backoff);
    if (fabric.host_state(to_) == Fabric::HostState::kSilent) return Retry(backoff);
    const auto at = hub_.listeners_.find(address_);
    std::shared_ptr<SimEndpoint> ours;
    if (at != hub_.listeners_.end()) {
      ours = SimEndpoint::Create(hub_, from_, to_);
      auto theirs = SimEndpoint::Create(hub_, to_, from_);
      ours->Connect(theirs);
      theirs->Connect(ours);
      at->second->pending.push_back(std::move(theirs));
      Waitable::Wake(at->second->acceptor, WakeReason::kNotified);
    }
    At(fabric.DrawLatency(to_, from_), [this, ours] { OnResponse(ours); });
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
  const NodeId from_;
  const NodeId to_;
  const std::string address_;
  bool done_ = false;
  absl::Status status_;
  std::shared_ptr<SimEndpoint> endpoint_;
  WaitToken waiter_;
};

SimSwitch::SimSwitch(Fabric& fabric, Scheduler& scheduler)
    : fabric_(fabric), scheduler_(scheduler) {}
SimSwitch::~SimSwitch() = default;

void SimSwitch::OnHostDown(NodeId host, bool silent) {
  std::erase_if(listeners_, [host](const auto& entry) { return entry.second->host == host; });
  for (auto& [number, weak] : endpoints_) {
    const std::shared_ptr<SimEndpoint> endpoint = weak.lock();
    if (endpoint != nullptr && endpoint->host() == host) endpoint->Die(silent);
  }
  std::erase_if(endpoints_, [](const auto& entry) { return entry.second.expired(); });
}

absl::StatusOr<std::unique_ptr<net::Listener>> SimNetwork::Listen(absl::string_view address) {
  if (HostOf(address) != hub_.fabric().host_name(host_)) return BadAddress("listen at", address);
  auto state = std::make_shared<SimListenerState>();
  state->host = host_;
  if (!hub_.listeners_.try_emplace(std::string(address), state).second) {
    return absl::AlreadyExistsError(absl::StrCat("listen at ", address, ": in use"));
  }
  return std::make_unique<SimListener>(hub_, std::string(address), std::move(state));
}

absl::StatusOr<std::unique_ptr<net::Stream>> SimNetwork::Dial(absl::string_view address,
                                                              Instant deadline) {
  const absl::optional<NodeId> to = hub_.fabric().FindHost(HostOf(address));
  if (!to.has_value()) return BadAddress("dial", address);
  auto dialling = std::make_shared<SimSwitch::Dialling>(hub_, host_, *to, std::string(address));
  dialling->Start(absl::Seconds(1));
  absl::StatusOr<std::shared_ptr<SimEndpoint>> endpoint = dialling->Await(deadline);
  if (!endpoint.ok()) return endpoint.status();
  return std::make_unique<SimStream>(*std::move(endpoint));
}

}  // namespace rehearse::sim
