// Both libp2p networks of ours keep the promises about peers: on the host's sockets, in virtual
// time, and over simulated links.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/peers_conformance.h"
#include "rehearse/tests/conformance/quic_networks.h"
#include "rehearse/tests/conformance/secure_networks.h"
#include "rehearse/tests/conformance/sim_nodes.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

// Where: two nodes with sockets.

class Loopback {
 public:
  TwoNodes& nodes() { return nodes_; }
  Sockets& sockets(int) { return nodes_.sockets(); }
  std::string ip(int) { return "127.0.0.1"; }
  std::vector<std::string> log() { return nodes_.log().lines(); }

 private:
  LoopbackNodes nodes_{2};
};

class VirtualTime {
 public:
  TwoNodes& nodes() { return nodes_; }
  Sockets& sockets(int) { return sockets_; }
  std::string ip(int) { return "127.0.0.1"; }
  std::vector<std::string> log() { return nodes_.log(); }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
};

class SimulatedLinks {
 public:
  TwoNodes& nodes() { return nodes_; }
  Sockets& sockets(int node) { return node == 0 ? first_ : second_; }
  std::string ip(int node) { return sim::SimSockets::IpOf(NodeId{node + 1u}); }
  std::vector<std::string> log() { return nodes_.log(); }

 private:
  sim::SimNodes nodes_{sim::LinkOptions()};
  sim::SimSockets first_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_{nodes_.hub(), NodeId{2}};
};

// By what: a transport with its security.

class Tcp {
 public:
  explicit Tcp(std::string security) : security_(std::move(security)) {}

  std::string AddressAt(const std::string& ip) const { return absl::StrCat("/ip4/", ip, "/tcp/0"); }
  void Make(TwoNodes& nodes, Sockets& first, Sockets& second, const PeerOptions& of_first,
            const PeerOptions& of_second) {
    networks_ = std::make_unique<SecureNetworks>(nodes, first, second, Of(of_first), Of(of_second));
  }
  void Unmake() { networks_.reset(); }
  Libp2pNetwork& network(int node) { return (*networks_)[node]; }
  const PeerId& id(int node) { return networks_->side(node).id(); }
  PeerCounts counts(int node) {
    const TcpCounters counters = (*networks_)[node].counters();
    return {.refused_peer = counters.refused_peer,
            .refused_limit = counters.refused_limit,
            .refused_streams = counters.refused_streams};
  }

 private:
  SecureTcpOptions Of(const PeerOptions& options) const {
    SecureTcpOptions made = EchoingOptions(security_);
    made.admission = options.admission;
    made.unread = std::make_shared<UnreadBudget>(options.unread);
    made.muxed.idle_timeout = options.unused_timeout;
    made.muxed.incoming_idle_timeout = options.incoming_unused_timeout;
    made.muxed.ping_interval = absl::Milliseconds(300);  // when who was dialled looks
    return made;
  }

  const std::string security_;
  std::unique_ptr<SecureNetworks> networks_;
};

class Quic {
 public:
  std::string AddressAt(const std::string& ip) const {
    return absl::StrCat("/ip4/", ip, "/udp/0/quic-v1");
  }
  void Make(TwoNodes& nodes, Sockets& first, Sockets& second, const PeerOptions& of_first,
            const PeerOptions& of_second) {
    networks_ =
        std::make_unique<QuicNetworks>(nodes, first, second, 1, Of(of_first), Of(of_second));
  }
  void Unmake() { networks_.reset(); }
  Libp2pNetwork& network(int node) { return (*networks_)[node]; }
  const PeerId& id(int node) { return networks_->peer(node).id(); }
  PeerCounts counts(int node) {
    const QuicCounters counters = (*networks_)[node].counters();
    return {.refused_peer = counters.refused_peer,
            .refused_limit = counters.refused_limit,
            .refused_streams = counters.refused_streams};
  }

 private:
  static QuicNetworkOptions Of(const PeerOptions& options) {
    QuicNetworkOptions made;
    made.admission = options.admission;
    made.unread = std::make_shared<UnreadBudget>(options.unread);
    made.quic.unused_timeout = options.unused_timeout;
    made.quic.incoming_unused_timeout = options.incoming_unused_timeout;
    return made;
  }

  std::unique_ptr<QuicNetworks> networks_;
};

template <typename Place, typename Transport>
class WorldOf final : public PeersWorld {
 public:
  explicit WorldOf(Transport transport) : transport_(std::move(transport)) {}

  TwoNodes& nodes() override { return place_.nodes(); }
  void Make(const PeerOptions& first, const PeerOptions& second) override {
    transport_.Make(nodes(), place_.sockets(0), place_.sockets(1), first, second);
  }
  void Unmake() override { transport_.Unmake(); }
  Libp2pNetwork& network(int node) override { return transport_.network(node); }
  const PeerId& id(int node) override { return transport_.id(node); }
  PeerCounts counts(int node) override { return transport_.counts(node); }
  std::string free_address(int node) override { return transport_.AddressAt(place_.ip(node)); }
  std::vector<std::string> log() override { return place_.log(); }

 private:
  Place place_;
  Transport transport_;
};

template <typename Place>
void AddArms(const std::string& place, std::vector<PeersArm>& arms) {
  arms.push_back(
      {"Noise" + place, [] { return std::make_unique<WorldOf<Place, Tcp>>(Tcp("/noise")); }});
  arms.push_back(
      {"Tls" + place, [] { return std::make_unique<WorldOf<Place, Tcp>>(Tcp("/tls/1.0.0")); }});
  arms.push_back({"Quic" + place, [] { return std::make_unique<WorldOf<Place, Quic>>(Quic()); }});
}

std::vector<PeersArm> Arms() {
  std::vector<PeersArm> arms;
  AddArms<Loopback>("Loopback", arms);
  AddArms<VirtualTime>("VirtualTime", arms);
  AddArms<SimulatedLinks>("OnGoodLinks", arms);
  return arms;
}

INSTANTIATE_TEST_SUITE_P(Libp2p, PeersConformance, testing::ValuesIn(Arms()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rehearse::net
