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
  uint64_t corrupted = 0;
  uint64_t too_large = 0;  // for the link's MTU
};

// What leaves.
struct PacketShape {
  uint64_t hash = 0;  // of its bytes, for the trace
  size_t bytes = 0;
  bool is_datagram = false;  // else it is a stream's, which has a checksum and fits
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

  // One direction between two hosts; stays as long as the fabric.
  struct Link;
  Link& link(NodeId from, NodeId to);
  // Within one host, for what does not use its network: takes no time, loses nothing, is never cut.
  Link& local(NodeId host);

  void SetLinks(const LinkOptions& options);
  void SetLink(NodeId from, NodeId to, const LinkOptions& options);
  // Packets take `extra` longer from now on.
  void Slow(NodeId from, NodeId to, absl::Duration extra);
  // Partitions count: a link is open when each block was taken back.
  void Block(NodeId from, NodeId to);
  // Takes back one block.
  void Unblock(NodeId from, NodeId to);
  // What leaves within `length` waits until then.
  void Clog(NodeId from, NodeId to, absl::Duration length);
  // Takes back all blocks, clogs and extra delays, of all links or of one.
  void HealAll();
  void Heal(NodeId from, NodeId to) { Heal(link(from, to)); }
  // Whether no link is blocked.
  bool IsWhole() const;
  static bool Open(const Link& link);

  // How a packet left.
  struct Departure {
    uint64_t number = 0;  // on its link
    // It is gone, and arrives never; the caller may send it again, after a sender's time to notice.
    bool lost = false;
    bool corrupt = false;  // a bit of it is to be flipped
    Instant arrives = {};
    absl::optional<Instant> arrives_again = {};  // if it does so twice
  };
  // On each arrival, ask Arrives.
  Departure SendPacket(Link& link, const PacketShape& packet);

  // When a packet arrives that leaves at `at`.
  static Instant DrawArrival(Link& link, Instant at);

  // A packet got to the link's end; false, and counted, if a partition stops it.
  bool Arrives(const Link& link, uint64_t number, uint64_t hash);
  // It got there, and is dropped: the second of two, or one too many.
  void TraceDropped(const Link& link, uint64_t number);

  VirtualTime& time() { return time_; }
  const FabricCounters& counters() const { return counters_; }
  const StreamOptions& stream_options() const { return stream_options_; }
  void set_stream_options(const StreamOptions& options) { stream_options_ = options; }

 private:
  struct Host {
    std::string name;
    HostState state = HostState::kDown;
    std::unique_ptr<Link> local;  // made at first use
  };

  static void Heal(Link& link);
  Host& host(NodeId id) { return hosts_.at(id.value); }
  std::unique_ptr<Link> MakeLink(NodeId from, NodeId to, std::string name,
                                 const LinkOptions& options) const;
  // Whether the packet is gone already; else sets departure.corrupt.
  bool IsLost(Link& link, const PacketShape& packet, Departure& departure);
  // When all that left before has left, it too, and the clog is over.
  Instant DepartureTime(Link& link, size_t bytes) const;
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

struct Fabric::Link {
  Link(NodeId from, NodeId to, std::string name, DecisionStream stream, const LinkOptions& options)
      : from(from), to(to), name(std::move(name)), stream(std::move(stream)) {
    Configure(options);
  }

  void Configure(const LinkOptions& wanted) {
    options = wanted;
    latency_min = absl::ToInt64Nanoseconds(options.latency.min);
    latency_max = absl::ToInt64Nanoseconds(options.latency.max);
  }

  const NodeId from;
  const NodeId to;
  const std::string name;
  DecisionStream stream;
  LinkOptions options;  // by Configure
  // The same as options.latency's, in nanoseconds: asked for each packet.
  int64_t latency_min = 0;
  int64_t latency_max = 0;
  uint32_t blocks = 0;
  absl::Duration extra = {};
  Instant free_at = {};        // when what has left by now has left, at its bandwidth
  Instant clogged_until = {};  // what leaves before waits until then
  uint64_t packets = 0;
};

inline void Fabric::Slow(NodeId from, NodeId to, absl::Duration extra) {
  link(from, to).extra = extra;
}

inline bool Fabric::Open(const Link& link) { return link.blocks == 0; }

inline Instant Fabric::DrawArrival(Link& link, Instant at) {
  if (link.options.latency.shape == Latency::Shape::kUniform) {
    return Instant::FromNanos(at.nanos() + link.stream.Between(link.latency_min, link.latency_max));
  }
  return at + link.options.latency.Draw(link.stream);
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_FABRIC_H_
