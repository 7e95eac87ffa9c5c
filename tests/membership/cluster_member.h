// A simulated node that is a member of a cluster with names by gossip.

#ifndef REHEARSE_TESTS_MEMBERSHIP_CLUSTER_MEMBER_H_
#define REHEARSE_TESTS_MEMBERSHIP_CLUSTER_MEMBER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {

// The keys of nodes, each the same in all lives.
class NodeKeys {
 public:
  const net::Identity& Of(const std::string& node) {
    std::unique_ptr<net::Identity>& identity = identities_[node];
    if (identity == nullptr) {
      net::SeededEntropy entropy(HashLabel(node));
      identity = std::make_unique<net::Identity>(net::Identity::Generate(entropy));
    }
    return *identity;
  }

 private:
  std::map<std::string, std::unique_ptr<net::Identity>> identities_;
};

// "/sim/node-1"
inline std::string SimAddressOf(absl::string_view node) { return absl::StrCat("/sim/", node); }

// Makes `node` a member; others join by "node-1" and "node-2".
inline net::GossipMembers& Join(Node& node) {
  return net::JoinCluster(node, {.address = SimAddressOf(node.name()),
                                 .bootstrap = {SimAddressOf("node-1"), SimAddressOf("node-2")},
                                 .membership = {}});
}

// The same, with names.
inline net::GossipNames& JoinWithNames(Node& node, sim::World& world) {
  return net::UseGossipNames(node, Join(node), world.Shared<NodeKeys>().Of(node.name()));
}

// Whether all nodes that are up know `count` members to be present.
inline bool AllHaveMet(sim::World& world, size_t count) {
  for (const sim::NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    const auto* const members = node.node().Find<net::Members>();
    if (members == nullptr) return false;
    size_t present = 0;
    for (const net::Member& member : members->View()) present += member.present() ? 1 : 0;
    if (present != count) return false;
  }
  return true;
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_MEMBERSHIP_CLUSTER_MEMBER_H_
