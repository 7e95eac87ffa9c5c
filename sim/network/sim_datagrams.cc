#include "rehearse/sim/network/sim_datagrams.h"

#include "rehearse/actor/runtime/wait.h"
#include "rehearse/sim/trace/run_trace.h"

namespace rehearse::sim {

absl::StatusOr<SimMailBag::Letter> SimMailBag::Receive(Instant deadline) {
  while (!closed_ && waiting_.empty()) {
    Wait wait(scheduler_, "ReceiveFrom");
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
  forget_(*this);
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
  auto bag = std::make_shared<SimMailBag>(
      scheduler_, [this, port](const SimMailBag& closed) { Unbind(port, closed); });
  return bound_.try_emplace(port, bag).second ? bag : nullptr;
}

void SimDatagrams::Unbind(const SimPort& port, const SimMailBag& bag) {
  const auto at = bound_.find(port);
  if (at != bound_.end() && at->second.get() == &bag) bound_.erase(at);
}

void SimDatagrams::Carry(Fabric::Link& link, absl::string_view bytes,
                         std::function<bool(const std::string& bytes)> take) {
  const uint64_t hash = HashBytes(bytes);
  const Fabric::Departure departure =
      fabric_.SendPacket(link, {.hash = hash, .bytes = bytes.size(), .is_datagram = true});
  if (departure.lost) return;
  std::string sent(bytes);
  if (departure.corrupt) {
    const uint64_t bit = link.stream.Choose(sent.size() * 8);
    sent[bit / 8] = static_cast<char>(sent[bit / 8] ^ (1 << bit % 8));
  }
  const auto arrive = [this, &link, hash, number = departure.number, take = std::move(take),
                       bytes = std::make_shared<const std::string>(std::move(sent))] {
    if (fabric_.Arrives(link, number, hash) && !take(*bytes)) fabric_.TraceDropped(link, number);
  };
  fabric_.time().At(departure.arrives, arrive);
  if (departure.arrives_again.has_value()) fabric_.time().At(*departure.arrives_again, arrive);
}

void SimDatagrams::Send(const SimPort& from, const SimPort& to, absl::string_view bytes) {
  if (!fabric_.HasHost(to.host)) return;
  const auto seen = seen_as_.find(from);
  Carry(fabric_.link(from.host, to.host), bytes,
        [this, from = seen == seen_as_.end() ? from : seen->second, to](const std::string& came) {
          // A host that is down answers that nobody has the port; who sends datagrams does not hear
          // that.
          const absl::optional<SimPort> behind = BehindNat(to);
          const auto at = behind.has_value() ? bound_.find(*behind) : bound_.end();
          return at != bound_.end() && at->second->Take({from, came});
        });
}

std::shared_ptr<SimMailBag> SimDatagrams::Join(NodeId host, const SimGroup& group) {
  auto bag = std::make_shared<SimMailBag>(
      scheduler_,
      [this, host, group](const SimMailBag& closed) { LeaveGroup(host, group, closed); });
  groups_[group][host].push_back(bag);
  return bag;
}

void SimDatagrams::LeaveGroup(NodeId host, const SimGroup& group, const SimMailBag& bag) {
  const auto at = groups_.find(group);
  if (at == groups_.end()) return;
  const auto members = at->second.find(host);
  if (members == at->second.end()) return;
  std::erase_if(members->second, [&](const auto& member) { return member.get() == &bag; });
  if (members->second.empty()) at->second.erase(members);
  if (at->second.empty()) groups_.erase(at);
}

void SimDatagrams::SendToGroup(NodeId host, const SimGroup& group, absl::string_view bytes) {
  const auto at = groups_.find(group);
  if (at == groups_.end()) return;
  const SimPort from = {host, group.port};
  for (const auto& [there, members] : at->second) {
    Carry(there == host ? fabric_.local(host) : fabric_.link(host, there), bytes,
          [this, from, group, there = there](const std::string& came) {
            return HandToMembers(there, group, {from, came});
          });
  }
}

// Who has joined while it was under way hears it, too.
bool SimDatagrams::HandToMembers(NodeId host, const SimGroup& group,
                                 const SimMailBag::Letter& letter) {
  const auto at = groups_.find(group);
  if (at == groups_.end()) return false;
  const auto there = at->second.find(host);
  if (there == at->second.end()) return false;
  const Members members = there->second;
  bool all_took = true;
  for (const auto& member : members) all_took = member->Take(letter) && all_took;
  return all_took;
}

absl::Status SimDatagrams::SendLocally(const SimPort& from, const SimPort& to,
                                       absl::string_view bytes) {
  const auto at = bound_.find(to);
  if (at == bound_.end()) return absl::UnavailableError("nobody has it");
  Fabric::Link& local = fabric_.local(from.host);
  const uint64_t hash = HashBytes(bytes);
  const uint64_t number = fabric_.SendPacket(local, {.hash = hash, .is_datagram = true}).number;
  if (!at->second->Take({from, std::string(bytes)})) {
    fabric_.TraceDropped(local, number);
    return absl::ResourceExhaustedError("its queue is full");
  }
  (void)fabric_.Arrives(local, number, hash);
  return absl::OkStatus();
}

void SimDatagrams::Rebind(NodeId host) {
  for (const auto& [port, bag] : bound_) {
    if (port.host != host || port.number == 0) continue;
    if (const auto old = seen_as_.find(port); old != seen_as_.end()) behind_.erase(old->second);
    if (next_nat_port_ == 0) next_nat_port_ = kFirstNatPort;
    const SimPort seen = {.host = host, .number = next_nat_port_++};
    behind_.insert_or_assign(seen, port);
    seen_as_.insert_or_assign(port, seen);
  }
}

absl::optional<SimPort> SimDatagrams::BehindNat(const SimPort& port) const {
  if (const auto found = behind_.find(port); found != behind_.end()) return found->second;
  if (seen_as_.contains(port)) return absl::nullopt;
  return port;
}

void SimDatagrams::OnHostDown(NodeId host) {
  const auto is_there = [host](const auto& entry) { return entry.first.host == host; };
  std::erase_if(bound_, is_there);
  for (auto& [group, members] : groups_) members.erase(host);
  std::erase_if(seen_as_, is_there);
  std::erase_if(behind_, is_there);
}

}  // namespace rehearse::sim
