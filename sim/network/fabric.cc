#include "rehearse/sim/network/fabric.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace rehearse::sim {

Fabric::Fabric(VirtualTime& time, const Decisions& decisions, TraceSink* trace)
    : time_(time), decisions_(decisions), trace_(trace) {}

void Fabric::AddHost(NodeId host, absl::string_view name) {
  if (hosts_.size() <= host.value) {
    hosts_.resize(host.value + 1);
    links_.resize(host.value + 1);
  }
  hosts_[host.value].name = std::string(name);
}

absl::optional<NodeId> Fabric::FindHost(absl::string_view name) const {
  for (uint32_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].name == name && !name.empty()) return NodeId{i};
  }
  return absl::nullopt;
}

void Fabric::SetLinks(const LinkOptions& options) {
  default_link_ = options;
  for (auto& row : links_) {
    for (auto& link : row) {
      if (link != nullptr) link->Configure(options);
    }
  }
}

void Fabric::SetLink(NodeId from, NodeId to, const LinkOptions& options) {
  link(from, to).Configure(options);
}

void Fabric::Block(NodeId from, NodeId to) { ++link(from, to).blocks; }

void Fabric::HealAll() {
  for (auto& row : links_) {
    for (auto& link : row) {
      if (link != nullptr) Heal(*link);
    }
  }
}

void Fabric::Heal(Link& link) {
  link.blocks = 0;
  link.extra = absl::ZeroDuration();
  link.clogged_until = Instant();
}

bool Fabric::IsWhole() const {
  for (const auto& row : links_) {
    for (const auto& link : row) {
      if (link != nullptr && link->blocks != 0) return false;
    }
  }
  return true;
}

void Fabric::Unblock(NodeId from, NodeId to) {
  uint32_t& blocks = link(from, to).blocks;
  if (blocks != 0) --blocks;
}

void Fabric::Clog(NodeId from, NodeId to, absl::Duration length) {
  Link& clogged = link(from, to);
  clogged.clogged_until = std::max(clogged.clogged_until, time_.now() + length);
}

bool Fabric::IsLost(Link& link, const PacketShape& packet, Departure& departure) {
  if (link.stream.Chance(link.options.loss)) {
    ++counters_.lost;
    return true;
  }
  const uint32_t mtu = link.options.mtu_bytes;
  if (mtu != 0 && packet.is_datagram && packet.bytes > mtu) {
    ++counters_.too_large;
    return true;
  }
  departure.corrupt = packet.bytes != 0 && link.stream.Chance(link.options.corrupt);
  if (!departure.corrupt) return false;
  ++counters_.corrupted;
  return !packet.is_datagram;
}

Instant Fabric::DepartureTime(Link& link, size_t bytes) const {
  const Instant now = time_.now();
  if (link.options.bytes_per_second == 0 && link.clogged_until <= now) return now;
  Instant leaves = std::max(now, link.clogged_until);
  if (const uint64_t rate = link.options.bytes_per_second; rate != 0) {
    leaves = std::max(leaves, link.free_at) +
             absl::Nanoseconds(static_cast<int64_t>(bytes * uint64_t{1'000'000'000} / rate));
    link.free_at = leaves;
  }
  return leaves;
}

Fabric::Departure Fabric::SendPacket(Link& link, const PacketShape& packet) {
  Departure departure{.number = ++link.packets};
  ++counters_.sent;
  Trace(TraceKind::kSend, link.from, link, departure.number, packet.hash);
  if (IsLost(link, packet, departure)) {
    Trace(TraceKind::kDrop, link.from, link, departure.number, packet.hash);
    departure.lost = true;
    return departure;
  }
  Instant arrives = DrawArrival(link, DepartureTime(link, packet.bytes));
  if (link.extra != absl::ZeroDuration()) arrives = arrives + link.extra;
  if (link.stream.Chance(link.options.reorder)) {
    ++counters_.reordered;
    arrives = arrives + link.options.detour;
  }
  if (link.stream.Chance(link.options.duplicate)) {
    ++counters_.duplicated;
    departure.arrives_again = DrawArrival(link, arrives);
  }
  departure.arrives = arrives;
  return departure;
}

bool Fabric::Arrives(const Link& link, uint64_t number, uint64_t hash) {
  if (!Open(link)) {
    ++counters_.blocked;
    Trace(TraceKind::kDrop, link.to, link, number, hash);
    return false;
  }
  ++counters_.delivered;
  Trace(TraceKind::kDeliver, link.to, link, number, hash);
  return true;
}

void Fabric::TraceDropped(const Link& link, uint64_t number) {
  Trace(TraceKind::kDrop, link.to, link, number, 0);
}

Fabric::Link& Fabric::link(NodeId from, NodeId to) {
  auto& row = links_.at(from.value);
  if (row.size() <= to.value) row.resize(hosts_.size());
  std::unique_ptr<Link>& link = row.at(to.value);
  if (link == nullptr) {
    link = MakeLink(from, to, absl::StrCat(host_name(from), ">", host_name(to)), default_link_);
  }
  return *link;
}

Fabric::Link& Fabric::local(NodeId host) {
  std::unique_ptr<Link>& local = this->host(host).local;
  if (local == nullptr) {
    const LinkOptions at_once = {.latency = {.min = {}, .max = {}}};
    local = MakeLink(host, host, absl::StrCat(host_name(host), " local"), at_once);
  }
  return *local;
}

std::unique_ptr<Fabric::Link> Fabric::MakeLink(NodeId from, NodeId to, std::string name,
                                               const LinkOptions& options) const {
  DecisionStream stream = decisions_.Open(absl::StrCat("link ", name));
  return std::make_unique<Link>(from, to, std::move(name), std::move(stream), options);
}

void Fabric::Trace(TraceKind kind, NodeId node, const Link& link, uint64_t number, uint64_t hash) {
  if (trace_ == nullptr) return;
  trace_->Record({.time = time_.now(),
                  .node = node,
                  .actor = {},
                  .kind = kind,
                  .what = link.name,
                  .a = number,
                  .b = hash});
}

}  // namespace rehearse::sim
