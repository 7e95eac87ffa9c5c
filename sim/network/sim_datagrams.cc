#include "rehearse/sim/network/sim_datagrams.h"

#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

absl::StatusOr<SimMailBag::Letter> SimMailBag::Receive(Instant deadline) {
  while (!closed_ && waiting_.empty()) {
    Wait wait(datagrams_.scheduler_, "ReceiveFrom");
    receiver_ = wait.token();
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "receive");
  }
  if (closed_) return absl::UnavailableError("receive: it was closed here");
  Letter next = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= next.bytes.size() + kOverheadBytes;
  return next;
}

void SimMailBag::Close() {
  if (std::exchange(closed_, true)) return;
  const auto at = datagrams_.bound_.find(port_);
  if (at != datagrams_.bound_.end() && at->second.get() == this) datagrams_.bound_.erase(at);
  waiting_.clear();
  Waitable::Wake(std::exchange(receiver_, {}), WakeReason::kNotified);
}

bool SimMailBag::Take(Letter letter) {
  const size_t bytes = letter.bytes.size() + kOverheadBytes;
  if (bytes_ + bytes > kBytesMax) return false;
  bytes_ += bytes;
  waiting_.push_back(std::move(letter));
  Waitable::Wake(std::exchange(receiver_, {}), WakeReason::kNotified);
  return true;
}

std::shared_ptr<SimMailBag> SimDatagrams::Bind(const SimPort& port) {
  auto bag = std::make_shared<SimMailBag>(*this, port);
  return bound_.try_emplace(port, bag).second ? bag : nullptr;
}

void SimDatagrams::Send(const SimPort& from, const SimPort& to, absl::string_view bytes) {
  if (!fabric_.HasHost(to.host)) return;
  Fabric::Link& link = fabric_.link(from.host, to.host);
  const uint64_t hash = HashBytes(bytes);
  const Fabric::Departure departure = fabric_.SendPacket(link, hash);
  if (departure.lost) return;
  const auto arrive = [this, &link, from, to, hash, number = departure.number,
                       bytes = std::make_shared<const std::string>(bytes)] {
    // A host that is down answers that nobody has the port; who sends datagrams does not hear that.
    if (!fabric_.Arrives(link, number, hash)) return;
    const auto at = bound_.find(to);
    if (at != bound_.end() && at->second->Take({from, *bytes})) return;
    fabric_.TraceDropped(link, number);
  };
  const Instant now = fabric_.time().now();
  fabric_.time().At(now + departure.latency, arrive);
  if (departure.duplicate_latency.has_value()) {
    fabric_.time().At(now + *departure.duplicate_latency, arrive);
  }
}

absl::Status SimDatagrams::SendLocally(const SimPort& from, const SimPort& to,
                                       absl::string_view bytes) {
  const auto at = bound_.find(to);
  if (at == bound_.end()) return absl::UnavailableError("nobody has it");
  Fabric::Link& local = fabric_.local(from.host);
  const uint64_t hash = HashBytes(bytes);
  const uint64_t number = fabric_.SendPacket(local, hash).number;
  if (!at->second->Take({from, std::string(bytes)})) {
    fabric_.TraceDropped(local, number);
    return absl::ResourceExhaustedError("its queue is full");
  }
  (void)fabric_.Arrives(local, number, hash);
  return absl::OkStatus();
}

void SimDatagrams::OnHostDown(NodeId host) {
  std::erase_if(bound_, [host](const auto& entry) { return entry.first.host == host; });
}

}  // namespace rehearse::sim
