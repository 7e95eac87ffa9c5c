// A cluster of nodes that were told of nobody: they find each other on their LAN by mDNS, and join
// by that, on links that lose, double, delay and flip bits.

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/mdns/mdns.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/net/socket/multicast.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using sim::NodeHandle;
using sim::World;

using KeeperProtocol = Protocol<uint64_t(Note)>;

constexpr size_t kNodes = 5;
constexpr absl::Duration kPatience = absl::Minutes(5);

class Keeper : public Actor {
 public:
  uint64_t Handle(const Note& note) { return note.number + 1; }
};

// Whose a host's address is: on a LAN hosts are told by numbers, on the world's network by names.
using Hosts = std::map<std::string, std::string>;

// Listens for others, and tries to join each that it hears of.
absl::Status Neighbour(Node& node, World& world) {
  auto& hosts = world.Shared<Hosts>();
  const std::string ip = sim::SimSockets::IpOf(node.id());
  hosts[ip] = node.name();
  net::GossipMembers& members = net::JoinCluster(
      node, {.address = SimAddressOf(node.name()), .bootstrap = {}, .membership = {}});
  const net::Identity& identity = world.Shared<NodeKeys>().Of(node.name());
  net::UseGossipNames(node, members, identity);
  const auto found = [&members, &hosts](const net::LanPeer& peer) {
    for (const net::Multiaddr& address : peer.addresses) {
      const auto host = hosts.find(address.parts.front().value);
      if (host != hosts.end()) members.SeekAt(SimAddressOf(host->second));
    }
  };
  const net::LanPeer self{identity.peer_id(),
                          {*net::Multiaddr::Parse(absl::StrCat("/ip4/", ip, "/tcp/8020"))}};
  REHEARSE_ASSIGN_OR_RETURN(
      const std::shared_ptr<net::Mdns> mdns,
      net::Mdns::Start({node, *node.Find<net::Multicast>(), found}, self, {}));
  const std::string name = absl::StrCat("keeper of ", node.name());
  REHEARSE_RETURN_IF_ERROR(node.RegisterShared<KeeperProtocol>(name, node.Spawn<Keeper>()));
  while (Sleep(absl::Hours(1)).ok()) {
  }
  mdns->Leave();
  return absl::OkStatus();
}

class Street {
 public:
  explicit Street(World& world) : world_(world) {
    world.SetLinks({.latency = {.max = absl::Milliseconds(50)},
                    .loss = {1, 10},
                    .duplicate = {1, 10},
                    .reorder = {1, 10},
                    .corrupt = {1, 50}});
    nodes_ =
        world.AddNodes("node", kNodes, [&world](Node& node) { return Neighbour(node, world); });
  }

  const sim::NodeGroup& nodes() const { return nodes_; }
  bool AwaitAllMet() {
    return world_.RunUntil([this] { return AllHaveMet(world_, kNodes) && AllKnowAllNames(); },
                           kPatience);
  }

 private:
  bool AllKnowAllNames() {
    for (const NodeHandle node : nodes_) {
      for (const NodeHandle other : nodes_) {
        const auto all = node.node().names()->LookupAll(absl::StrCat("keeper of ", other.name()));
        if (!all.ok() || all->size() != 1) return false;
        const bool is_this_life = all->front().incarnation == other.node().incarnation();
        if (!is_this_life) return false;
      }
    }
    return true;
  }

  World& world_;
  sim::NodeGroup nodes_;
};

REHEARSE_TEST(Nearby, WhoWasToldOfNobodyJoinsAllWhoAreNearAndFindsTheirActors) {
  Street street(world);
  REHEARSE_EXPECT(street.AwaitAllMet());
}

// Nobody knows of the other side, whom no packet reaches, until it is over.
REHEARSE_TEST(Nearby, TheTwoSidesOfACutBecomeOneCluster) {
  Street street(world);
  const auto& nodes = street.nodes();
  world.Partition({nodes[0], nodes[1]}, {nodes[2], nodes[3], nodes[4]});
  world.RunFor(absl::Minutes(1));
  REHEARSE_EXPECT(!AllHaveMet(world, kNodes));
  world.Heal();
  REHEARSE_EXPECT(street.AwaitAllMet());
}

REHEARSE_TEST(Nearby, AllOfThemComeBackAfterACrash) {
  Street street(world);
  REHEARSE_EXPECT(street.AwaitAllMet());
  for (const NodeHandle node : street.nodes()) world.Crash(node);
  world.RunFor(absl::Seconds(1));
  for (const NodeHandle node : street.nodes()) world.Restart(node);
  REHEARSE_EXPECT(street.AwaitAllMet());
}

}  // namespace
}  // namespace rehearse
