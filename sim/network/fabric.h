// The wires between simulated nodes: who can reach whom, and what happens to what is under way.

#ifndef REHEARSE_SIM_NETWORK_FABRIC_H_
#define REHEARSE_SIM_NETWORK_FABRIC_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/sim/network/link.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {

struct FabricCounters {
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t lost = 0;
  uint64_t duplicated = 0;
  uint64_t reordered = 0;
  uint64_t blocked = 0;  // by a partition
};

// One world's. Hosts are numbered as nodes are.
class Fabric {
 public:
  // How a host is to those who talk to it.
  enum class HostState : uint8_t {
    kUp,
    kDown,    // the process is gone: the machine answers with resets
    kSilent,  // the machine is gone: nothing answers
  };

  // `trace` may be null.
  Fabric(VirtualTime& time, const Decisions& decisions, TraceSink* trace);
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  void AddHost(NodeId host, absl::string_view name);
  void SetHostState(NodeId host, HostState state) { this->host(host).state = state; }
  HostState host_state(NodeId host) { return this->host(host).state; }
  // Empty if there is no such host.
  absl::optional<NodeId> FindHost(absl::string_view name) const;
  bool HasHost(NodeId host) const {
    return host.value < hosts_.size() && !hosts_[host.value].name.empty();
  }
  const std::string& host_name(NodeId host) { return this->host(host).name; }

  void SetLinks(const LinkOptions& options);
  void SetLink(NodeId from, NodeId to, const LinkOptions& options);
  // Packets take `extra` longer from now on.
  void Slow(NodeId from, NodeId to, absl::Duration extra) { link(from, to).extra = extra; }
  // Partitions count: a link is open when each block was taken back.
  void Block(NodeId from, NodeId to);
  // Takes back all blocks and extra delays.
  void HealAll();
  bool Open(NodeId from, NodeId to) { return link(from, to).blocks == 0; }

  // A packet leaves for `to`. `schedule_arrival(number, latency, duplicate)` is called at once,
  // with its number on the link and how long it takes, unless it is lost; and again if it arrives
  // twice. On arrival, ask Arrives.
  //   kLost  it is gone; the caller may send it again, after a sender's time to notice.
  enum class Sent : uint8_t { kOnItsWay, kLost };
  template <typename Arrive>
  Sent SendPacket(NodeId from, NodeId to, uint64_t hash, const Arrive& schedule_arrival);

  // How long a packet would take just now.
  absl::Duration DrawLatency(NodeId from, NodeId to) {
    Link& link = this->link(from, to);
    return link.options.latency.Draw(link.stream);
  }

  // A packet got to `to`; false, and counted, if a partition stops it.
  bool Arrives(NodeId from, NodeId to, uint64_t number, uint64_t hash);
  void CountDuplicateDropped(NodeId from, NodeId to, uint64_t number);

  VirtualTime& time() { return time_; }
  const FabricCounters& counters() const { return counters_; }
  const StreamOptions& stream_options() const { return stream_options_; }
  void set_stream_options(const StreamOptions& options) { stream_options_ = options; }

 private:
  struct Host {
    std::string name;
    HostState state = HostState::kDown;
  };
  struct Link {
    Link(std::string name, DecisionStream stream)
        : name(std::move(name)), stream(std::move(stream)) {}
    std::string name;
    DecisionStream stream;
    LinkOptions options;
    uint32_t blocks = 0;
    absl::Duration extra = {};
    uint64_t packets = 0;
  };

  Host& host(NodeId id) { return hosts_.at(id.value); }
  Link& link(NodeId from, NodeId to);
  void Trace(TraceKind kind, NodeId node, const Link& link, uint64_t number, uint64_t hash);

  VirtualTime& time_;
  const Decisions& decisions_;
  TraceSink* const trace_;
  LinkOptions default_link_;
  StreamOptions stream_options_;
  FabricCounters counters_;
  std::vector<Host> hosts_;
  std::vector<std::vector<std::unique_ptr<Link>>> links_;  // [from][to], made at first use
};

template <typename Arrive>
Fabric::Sent Fabric::SendPacket(NodeId from, NodeId to, uint64_t hash,
                                const Arrive& schedule_arrival) {
  Link& link = this->link(from, to);
  const uint64_t number = ++link.packets;
  ++counters_.sent;
  Trace(TraceKind::kSend, from, link, number, hash);
  if (link.stream.Chance(link.options.loss)) {
    ++counters_.lost;
    Trace(TraceKind::kDrop, from, link, number, hash);
    return Sent::kLost;
  }
  absl::Duration latency = link.options.latency.Draw(link.stream) + link.extra;
  if (link.stream.Chance(link.options.reorder)) {
    ++counters_.reordered;
    latency += link.options.detour;
  }
  schedule_arrival(number, latency, false);
  if (link.stream.Chance(link.options.duplicate)) {
    ++counters_.duplicated;
    schedule_arrival(number, latency + link.options.latency.Draw(link.stream), true);
  }
  return Sent::kOnItsWay;
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_FABRIC_H_
