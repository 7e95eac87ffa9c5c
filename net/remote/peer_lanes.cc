#include "rehearse/net/remote/peer_lanes.h"

#include <mutex>
#include <utility>

#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {

void PeerLanes::Serve(Lane lane, std::shared_ptr<LaneService> service) {
  const std::lock_guard<SpinLock> lock(lock_);
  services_[lane] = std::move(service);
}

absl::StatusOr<LaneStream> PeerLanes::Open(Lane lane, absl::string_view address,
                                           absl::string_view name, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, network_.Dial(address, deadline));
  const absl::Duration left = deadline - node_.DeadlineIn(absl::ZeroDuration());
  REHEARSE_ASSIGN_OR_RETURN(Hello hello, GreetPeer(node_, *stream, name, lane, left));
  return LaneStream{std::move(stream), std::move(hello)};
}

std::shared_ptr<LaneService> PeerLanes::Find(Lane lane) const {
  const std::lock_guard<SpinLock> lock(lock_);
  const auto at = services_.find(lane);
  return at == services_.end() ? nullptr : at->second;
}

void PeerLanes::Close() {
  std::map<Lane, std::shared_ptr<LaneService>> services;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    services = services_;
  }
  for (const auto& [lane, service] : services) service->Close();
}

}  // namespace rehearse::net
