#include "rehearse/sim/names/kademlia_names.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/network.h"

namespace rehearse::sim {
namespace {

std::string AddressOf(const std::string& node) { return absl::StrCat("/sim/", node, "/names"); }

net::KadPeer PeerOf(const std::string& node) {
  return {KademliaNames::IdentityOf(node).peer_id(), {AddressOf(node)}};
}

}  // namespace

// What one life of a node has of it.
struct KademliaNames::Home {
  Home(Node& its_node, const KademliaNamesOptions& options)
      : node(its_node),
        network(*node.Find<net::Network>()),
        identity(IdentityOf(node.name())),
        validator(node.clock(), options.validator),
        host(std::make_shared<net::FrameHost>(node, network, options.host)) {
    validators.Add(net::kNameNamespace, validator);
    dht = std::make_shared<net::Dht>(
        net::Dht::Parts{node, host->Attach(PeerOf(node.name()), validators),
                        node.random("kademlia")},
        options.dht);
    names = std::make_shared<net::KadNames>(
        net::KadNames::Parts{
            .node = node,
            .dht = dht,
            .validator = validator,
            .identity = identity,
            .addresses = {absl::StrCat("/sim/", node.name())},
            // On simulated links a node is who it says it is; its key is its name's.
            .believed =
                [this](const net::SignedRegistration& one) {
                  const std::string& name = one.registration.node;
                  const auto [at, added] = peers.try_emplace(name, one.peer);
                  if (added) at->second = IdentityOf(name).peer_id();
                  return at->second == one.peer;
                }},
        options.names);
  }

  Node& node;
  net::Network& network;
  const net::Identity identity;
  const net::NameValidator validator;
  net::RecordValidators validators;
  const std::shared_ptr<net::FrameHost> host;
  std::shared_ptr<net::Dht> dht;
  std::shared_ptr<net::KadNames> names;
  std::map<std::string, net::PeerId> peers;  // by the names of nodes
  std::unique_ptr<net::Listener> listener;
  Task* upkeep = nullptr;  // counted
  bool joined = false;
};

struct KademliaNames::Shared {
  const KademliaNamesOptions options;
  // Of all lives: what a crash leaves behind still points to them.
  std::map<std::string, std::vector<std::shared_ptr<Home>>> homes;
};

namespace {

// Lives with the node's actors, and ends last of them.
class HomeKeeper : public Actor {
 public:
  struct Nothing {};

  explicit HomeKeeper(std::shared_ptr<KademliaNames::Home> home) : home_(std::move(home)) {}
  void Handle(const Nothing&) {}
  void OnStop(const ExitReason&) override {
    home_->listener->Close();
    if (home_->upkeep != nullptr) home_->upkeep->RequestStop();
  }

 private:
  const std::shared_ptr<KademliaNames::Home> home_;
};

}  // namespace

KademliaNames::KademliaNames(KademliaNamesOptions options)
    : shared_(std::make_shared<Shared>(Shared{std::move(options), {}})) {}

// Of the name's bytes: another for each, and the same in each build.
net::Identity KademliaNames::IdentityOf(const std::string& node) {
  net::SeededEntropy entropy(Random(0x6e616d6573).Split(node).Next());
  return net::Identity::Generate(entropy);
}

KademliaNames::Home* KademliaNames::HomeOf(const Node& node) const {
  const auto at = shared_->homes.find(node.name());
  if (at == shared_->homes.end() || at->second.empty()) return nullptr;
  Home* const last = at->second.back().get();
  return &last->node == &node ? last : nullptr;
}

net::Dht& KademliaNames::DhtOf(Home& home) { return *home.dht; }

Program KademliaNames::Around(Program program) const {
  return [shared = shared_, program = std::move(program)](Node& node) -> absl::Status {
    const KademliaNamesOptions& options = shared->options;
    const auto home = std::make_shared<Home>(node, options);
    shared->homes[node.name()].push_back(home);
    REHEARSE_ASSIGN_OR_RETURN(home->listener, home->network.Listen(AddressOf(node.name())));
    node.Spawn<HomeKeeper>(home);
    Task::Start(node, "names", [home] { home->host->Serve(*home->listener); }).Unref();
    node.set_names(home->names.get());
    home->names->Start();
    std::vector<net::KadPeer> peers;
    for (const std::string& name : options.bootstrap) {
      if (name != node.name()) peers.push_back(PeerOf(name));
    }
    home->upkeep = &Task::Start(node, "kademlia upkeep", [home, peers] {
      home->joined = peers.empty() || home->dht->Bootstrap(peers).ok();
      home->dht->RunUpkeep().IgnoreError();
    });
    const Instant deadline = node.DeadlineIn(options.join_timeout);
    while (!home->joined && node.DeadlineIn(absl::ZeroDuration()) < deadline) {
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(10)));
    }
    return program(node);
  };
}

}  // namespace rehearse::sim
