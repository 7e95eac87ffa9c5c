// Nodes of one LAN that nobody told of each other, on links that lose, double, delay and flip bits,
// beside some that say what is not so.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/testing/made_peer.h"
#include "rehearse/net/mdns/dns_message.h"
#include "rehearse/net/mdns/mdns.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/socket/multicast.h"
#include "rehearse/sim/names/kademlia_names.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse::net {
namespace {

const MdnsOptions kOptions;
// Enough for some questions at their longest distance, and for as many to be lost.
constexpr absl::Duration kPatience = absl::Minutes(5);

PeerId IdOf(const std::string& name) { return sim::KademliaNames::IdentityOf(name).peer_id(); }

Multiaddr AddressOf(NodeId node, uint64_t port) {
  return *Multiaddr::Parse(absl::StrCat("/ip4/", sim::SimSockets::IpOf(node), "/tcp/", port));
}

// What programs and the test share.
struct Street {
  std::map<std::string, std::shared_ptr<Mdns>> mdns;  // of the latest lives
  std::map<std::string, LanPeer> self;
  std::map<std::string, int> told;  // how often a node was told of a peer
};

// Another port in each life.
absl::Status Dwell(Node& node, Street& street) {
  const LanPeer self{IdOf(node.name()), {AddressOf(node.id(), 8000 + node.incarnation())}};
  const auto found = [&told = street.told[node.name()]](const LanPeer&) { ++told; };
  REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<Mdns> mdns,
                            Mdns::Start({node, *node.Find<Multicast>(), found}, self, kOptions));
  street.self.insert_or_assign(node.name(), self);
  street.mdns[node.name()] = mdns;
  while (Sleep(absl::Hours(1)).ok()) {
  }
  mdns->Leave();
  return absl::OkStatus();
}

sim::LinkOptions Weather() {
  return {.latency = {.max = absl::Milliseconds(50)},
          .loss = {1, 10},
          .duplicate = {1, 10},
          .reorder = {1, 10},
          .corrupt = {1, 50}};
}

class Neighbourhood {
 public:
  Neighbourhood(sim::World& world, int count) : world_(world) {
    nodes_ = world.AddNodes("node", count, [this](Node& node) { return Dwell(node, street()); });
  }

  Street& street() { return world_.Shared<Street>(); }
  const sim::NodeGroup& nodes() const { return nodes_; }
  static std::string name(size_t i) { return absl::StrCat("node-", i + 1); }

  std::vector<LanPeer> SeenBy(size_t i) { return street().mdns.at(name(i))->Present(); }
  // Whether `i` knows `other`, at its present address.
  bool Sees(size_t i, size_t other) {
    const LanPeer& wanted = street().self.at(name(other));
    for (const LanPeer& peer : SeenBy(i)) {
      for (const Multiaddr& address : peer.addresses) {
        if (peer.id == wanted.id && address == wanted.addresses.front()) return true;
      }
    }
    return false;
  }
  // Whether all of `from` know all of `to`, apart from themselves.
  bool AllSee(const std::vector<size_t>& from, const std::vector<size_t>& to) {
    for (const size_t i : from) {
      for (const size_t other : to) {
        if (i != other && (street().mdns.size() < nodes_.size() || !Sees(i, other))) return false;
      }
    }
    return true;
  }
  bool AwaitAllSee(const std::vector<size_t>& all) {
    return world_.RunUntil([&] { return AllSee(all, all); }, kPatience);
  }

 private:
  sim::World& world_;
  sim::NodeGroup nodes_;
};

REHEARSE_TEST(Mdns, AllFindAllInBadWeather) {
  world.SetLinks(Weather());
  Neighbourhood street(world, 5);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2, 3, 4}));
  world.RunFor(absl::Minutes(30));
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2, 3, 4}));
}

// A question, and the answers to it: two delays of 120 ms at most, and the way.
REHEARSE_TEST(Mdns, WhoComesIsFoundWithinASecond) {
  Neighbourhood street(world, 3);
  world.RunFor(absl::Seconds(1));
  REHEARSE_EXPECT(street.AllSee({0, 1, 2}, {0, 1, 2}));
}

REHEARSE_TEST(Mdns, TheTwoSidesOfACutFindEachOtherWhenItIsOver) {
  world.SetLinks(Weather());
  Neighbourhood street(world, 4);
  const auto& nodes = street.nodes();
  world.Partition({nodes[0], nodes[1]}, {nodes[2], nodes[3]});
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1}));
  REHEARSE_EXPECT(street.AwaitAllSee({2, 3}));
  for (const size_t here : {0, 1}) {
    for (const size_t there : {2, 3}) {
      REHEARSE_EXPECT(!street.Sees(here, there) && !street.Sees(there, here));
    }
  }
  world.Heal();
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2, 3}));
}

REHEARSE_TEST(Mdns, WhoLeavesSaysGoodbye) {
  Neighbourhood street(world, 3);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
  world.Stop(street.nodes()[2]);
  world.RunFor(absl::Seconds(1));
  REHEARSE_EXPECT(!street.Sees(0, 2) && !street.Sees(1, 2));
  REHEARSE_EXPECT(street.AllSee({0, 1}, {0, 1}));
}

REHEARSE_TEST(Mdns, WhoDiesIsForgottenWhenItsTimeIsOver) {
  world.SetLinks(Weather());
  Neighbourhood street(world, 3);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
  world.Crash(street.nodes()[2], {.silent = true});
  const auto is_forgotten = [&] { return !street.Sees(0, 2) && !street.Sees(1, 2); };
  REHEARSE_EXPECT(!is_forgotten());
  // A flipped bit may have made it longer.
  REHEARSE_EXPECT(world.RunUntil(is_forgotten, kOptions.peers.ttl_max + absl::Seconds(1)));
}

REHEARSE_TEST(Mdns, WhoComesBackElsewhereIsFoundThere) {
  world.SetLinks(Weather());
  Neighbourhood street(world, 3);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
  world.Crash(street.nodes()[1]);
  const LanPeer before = street.street().self.at(street.name(1));
  world.Restart(street.nodes()[1]);
  world.RunUntil([&] { return street.street().self.at(street.name(1)) != before; }, kPatience);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
}

// --- Those who mean no good.

// Says what `next` gives, all of it at once, every second.
Program Shouting(std::function<std::vector<std::string>(Random& random)> next) {
  return [next = std::move(next)](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, node.Find<Multicast>()->Join(kOptions.group));
    Random random = node.random("shouts");
    while (true) {
      for (const std::string& bytes : next(random)) REHEARSE_RETURN_IF_ERROR(socket->Send(bytes));
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(1)));
    }
  };
}

std::string Drawn(Random& random, size_t bytes) {
  std::string drawn;
  while (drawn.size() < bytes) drawn += static_cast<char>(random.Next());
  return drawn;
}

// Bytes as they come, and honest messages with some bytes changed.
std::vector<std::string> Junk(Random& random) {
  std::vector<std::string> junk;
  for (int i = 0; i < 20; ++i) {
    junk.push_back(Drawn(random, random.Below(600)));
    std::string changed = *PeersQuestion().Encode();
    for (int j = 0; j < 3; ++j) changed[random.Below(changed.size())] ^= 1 << random.Below(8);
    junk.push_back(std::move(changed));
  }
  return junk;
}

REHEARSE_TEST(Mdns, JunkIsDroppedAndNobodyIsKeptFromOthers) {
  Neighbourhood street(world, 3);
  world.AddNode("noise", Shouting(Junk));
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
  world.RunFor(absl::Minutes(2));
  REHEARSE_EXPECT(street.AllSee({0, 1, 2}, {0, 1, 2}));
  for (const auto& [name, mdns] : street.street().mdns) {
    REHEARSE_EXPECT(mdns->counters().junk > 1'000) << name;
    REHEARSE_EXPECT(mdns->counters().answers <= 130) << name;  // one a second, whoever asks
    REHEARSE_EXPECT_EQ(mdns->Present().size(), 2u);
  }
}

// Peers without end, and others' ids at the liar's own address, then that they are gone.
std::vector<std::string> Lies(Random& random) {
  std::vector<std::string> lies;
  const Multiaddr own = *Multiaddr::Parse("/ip4/10.66.6.6/tcp/666");
  const auto lie = [&](const DnsMessage& message) { lies.push_back(*message.Encode()); };
  for (int i = 0; i < 30; ++i) {
    const uint64_t number = random.Below(1000);
    const std::string label = absl::StrCat("nobody-", number);
    lie(PeerAnswer(label, {MadePeerId(number), {own}}, absl::Hours(1000)));
    if (random.Chance({1, 2})) lie(PeerGoodbye(label));
  }
  for (size_t i = 0; i < 3; ++i) {
    const std::string name = Neighbourhood::name(i);
    lie(PeerAnswer(absl::StrCat("label-of-", name), {IdOf(name), {own}}, absl::Hours(1000)));
  }
  return lies;
}

REHEARSE_TEST(Mdns, ALiarFillsItsOwnPlacesAndTakesNobodysAway) {
  world.AddNode("liar", Shouting(Lies));
  world.RunFor(absl::Seconds(10));
  Neighbourhood street(world, 3);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1, 2}));
  world.RunFor(absl::Minutes(3));
  REHEARSE_EXPECT(street.AllSee({0, 1, 2}, {0, 1, 2}));
  const LanPeersOptions& bounds = kOptions.peers;
  for (const auto& [name, mdns] : street.street().mdns) {
    REHEARSE_EXPECT(mdns->Present().size() <= bounds.peers_per_host_max + 2) << name;
    REHEARSE_EXPECT(mdns->counters().refused > 0) << name;
    // Of each place once in news_every, and of two that are honest.
    const int64_t news_max =
        static_cast<int64_t>(bounds.peers_per_host_max) * (absl::Minutes(8) / bounds.news_every);
    REHEARSE_EXPECT(street.street().told[name] <= news_max + 2) << name;
  }
}

// A label is known to all who listen, and so anybody can say that whoever has it is gone.
REHEARSE_TEST(Mdns, AGoodbyeInAnothersNameIsNotBelieved) {
  Neighbourhood street(world, 2);
  REHEARSE_EXPECT(street.AwaitAllSee({0, 1}));
  world.AddNode("liar", [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, node.Find<Multicast>()->Join(kOptions.group));
    while (true) {
      REHEARSE_ASSIGN_OR_RETURN(const Datagram heard, socket->Receive(Instant::Infinite()));
      const auto message = DnsMessage::Decode(heard.bytes);
      if (!message.ok()) continue;
      for (const PeerClaim& claim : ClaimsIn(*message)) {
        if (!claim.peer.has_value()) continue;
        REHEARSE_RETURN_IF_ERROR(socket->Send(*PeerGoodbye(claim.label).Encode()));
      }
    }
  });
  for (int i = 0; i < 120; ++i) {
    world.RunFor(absl::Seconds(1));
    REHEARSE_EXPECT(street.AllSee({0, 1}, {0, 1}));
  }
}

}  // namespace
}  // namespace rehearse::net
