// Kademlia on libp2p hosts under seeds: Noise, yamux, multistream and identify as they ship, over
// simulated sockets that lose and delay, with nodes that die.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/kad_host.h"
#include "rehearse/net/kademlia/kad_message.h"
#include "rehearse/net/kademlia/kad_stream.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/mdns/mdns.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/multicast.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse::net {
namespace {

constexpr int kServers = 6;
const std::string kKey = "\x12\x20" + std::string(32, 'k');

// Takes what begins with "good"; the larger wins.
class GoodValues final : public RecordValidator {
 public:
  absl::Status Validate(absl::string_view, absl::string_view value) const override {
    if (absl::StartsWith(value, "good")) return absl::OkStatus();
    return absl::InvalidArgumentError("not good");
  }
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) const override {
    return value > held;
  }
};

struct Way {
  bool serves = true;
  bool over_quic = false;
  bool looks_around = false;  // by mDNS, and nobody is told of anybody
};

KadHostOptions HostOptions(bool serves) {
  KadHostOptions options{.protocol = std::string(kIpfsKadProtocol)};
  options.core.serves = serves;
  return options;
}

// A node's keys, network and part in Kademlia.
class Resident {
 public:
  Resident(Node& node, Way way)
      : node_(node),
        entropy_(node.random("keys").Next()),
        tls_(*TlsKeys::Make(identity_, entropy_, *node.clock().WallTime())),
        host_(node, HostOptions(way.serves)),
        network_(way.over_quic ? MakeQuic() : MakeTcp()),
        port_(way.over_quic ? "/udp/4001/quic-v1" : "/tcp/4001") {
    validators_.Add("test", good_);
  }

  absl::Status Listen() {
    const std::string own = absl::StrCat("/ip4/", sim::SimSockets::IpOf(node_.id()), port_);
    REHEARSE_ASSIGN_OR_RETURN(listener_, network_->Listen(own));
    const KadPeer self{identity_.peer_id(), {Multiaddr::Parse(own)->ToBytes()}};
    dht_ = std::make_unique<Dht>(
        Dht::Parts{node_, host_.Attach(*network_, self, validators_), node_.random("kademlia")},
        DhtOptions());
    return absl::OkStatus();
  }

  // Meets whoever is found nearby.
  absl::Status LookAround() {
    const auto found = [this](const LanPeer& peer) {
      KadPeer met{peer.id, {}};
      for (const Multiaddr& address : peer.addresses) met.addresses.push_back(address.ToBytes());
      Task::Start(node_, "meet", [this, met] { dht_->Meet(met).IgnoreError(); }).Unref();
    };
    const LanPeer self_nearby{self().id, {*Multiaddr::FromBytes(self().addresses.front())}};
    REHEARSE_ASSIGN_OR_RETURN(mdns_,
                              Mdns::Start({node_, *node_.Find<Multicast>(), found}, self_nearby));
    return absl::OkStatus();
  }

  absl::Status End() {
    if (mdns_ != nullptr) mdns_->Leave();
    listener_->Close();
    REHEARSE_RETURN_IF_ERROR(host_.AwaitCalls(node_.DeadlineIn(absl::Seconds(30))));
    return network_->AwaitFibers(node_.DeadlineIn(absl::Seconds(30)));
  }

  Dht& dht() { return *dht_; }
  Libp2pNetwork& network() { return *network_; }
  const KadPeer& self() { return dht_->core().self(); }

 private:
  std::unique_ptr<Libp2pNetwork> MakeTcp() {
    SecureTcpOptions options;
    options.securities = {"/noise"};
    options.protocols = host_.Handlers();
    return std::make_unique<SecureTcpNetwork>(SocketsOf(node_), node_,
                                              SecureIdentity{identity_, entropy_}, options);
  }
  std::unique_ptr<Libp2pNetwork> MakeQuic() {
    QuicNetworkOptions options;
    options.protocols = host_.Handlers();
    return *QuicNetwork::Make(SocketsOf(node_), node_, {identity_, entropy_, *tls_}, options);
  }

  Node& node_;
  SeededEntropy entropy_;
  const Identity identity_ = Identity::Generate(entropy_);
  const std::unique_ptr<TlsKeys> tls_;
  const GoodValues good_;
  RecordValidators validators_;
  KadHost host_;
  const std::unique_ptr<Libp2pNetwork> network_;
  const std::string port_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Dht> dht_;
  std::shared_ptr<Mdns> mdns_;
};

// What programs and the test share.
struct Town {
  std::optional<KadPeer> first;                // whom the others join by
  std::map<std::string, Resident*> residents;  // of nodes that have joined
  std::map<std::string, std::string> said;
  std::set<std::string> leaving;  // nodes that are to end by themselves
  std::set<std::string> left;
};

void Live(const Node& node, Town& town, Resident& resident, Way way) {
  while (!way.looks_around && town.first.has_value() &&
         !resident.dht().Bootstrap({*town.first}).ok()) {
    if (!Sleep(absl::Seconds(1)).ok()) return;
  }
  if (!town.first.has_value()) town.first = resident.self();
  town.residents[node.name()] = &resident;
  resident.dht().RunUpkeep().IgnoreError();
}

absl::Status Reside(Node& node, Town& town, Way way) {
  Resident resident(node, way);
  REHEARSE_RETURN_IF_ERROR(resident.Listen());
  if (way.looks_around) REHEARSE_RETURN_IF_ERROR(resident.LookAround());
  bool lives = true;
  Task& life = Task::Start(node, "life", [&] {
    Live(node, town, resident, way);
    lives = false;
  });
  while (!town.leaving.contains(node.name())) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(1)));
  life.RequestStop();
  while (lives) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(1)));
  life.Unref();
  REHEARSE_RETURN_IF_ERROR(resident.End());
  town.left.insert(node.name());
  return absl::OkStatus();
}

// Servers, and a client if asked for, that have all joined.
class JoinedTown {
 public:
  explicit JoinedTown(sim::World& world, Way way = {}) : world_(world) {
    Add("server-0", way);
    world.RunUntil([this] { return town().first.has_value(); }, absl::Seconds(10));
    for (int i = 1; i < kServers; ++i) Add(absl::StrCat("server-", i), way);
    AwaitAll();
  }

  void Add(const std::string& name, Way way) {
    nodes_[name] =
        world_.AddNode(name, [&town = town(), way](Node& node) { return Reside(node, town, way); });
  }

  void AwaitAll() {
    world_.RunUntil([this] { return town().residents.size() == nodes_.size(); }, absl::Minutes(5));
    REHEARSE_EXPECT_EQ(town().residents.size(), nodes_.size());
  }

  Town& town() { return world_.Shared<Town>(); }
  Resident& operator[](const std::string& name) { return *town().residents.at(name); }
  sim::NodeHandle node(const std::string& name) { return nodes_.at(name); }

  // The machine is gone, and nobody is told.
  void Die(const std::string& name) {
    world_.Crash(node(name), {.silent = true});
    town().residents.erase(name);
  }

  // Has a node do something, and waits for what it says.
  std::string On(const std::string& name, const std::function<std::string(Resident&)>& act) {
    town().said.erase(name);
    Task::Start(node(name).node(), "act", [this, name, act] {
      town().said[name] = act((*this)[name]);
    }).Unref();
    world_.RunUntil([&] { return town().said.contains(name); }, absl::Minutes(5));
    return town().said[name];
  }

 private:
  sim::World& world_;
  std::map<std::string, sim::NodeHandle> nodes_;
};

std::string Put(Resident& resident) {
  return resident.dht().PutValue("/test/x", "good", 2).ToString();
}
std::string Get(Resident& resident) {
  const absl::StatusOr<std::string> value = resident.dht().GetValue("/test/x");
  return value.ok() ? *value : value.status().ToString();
}
std::string Provide(Resident& resident) { return resident.dht().Provide(kKey).ToString(); }
std::string FindProvider(Resident& resident) {
  const auto found = resident.dht().FindProviders(kKey, 1);
  if (!found.ok()) return found.status().ToString();
  return found->empty() ? "nobody" : found->front().id.ToString();
}

sim::LinkOptions Weather() {
  return {.latency = {.min = absl::Milliseconds(10), .max = absl::Milliseconds(100)},
          .loss = {1, 50},
          .reorder = {1, 50}};
}

REHEARSE_TEST(KadHost, AllJoinByOneAndKnowEachOther) {
  world.SetLinks(Weather());
  JoinedTown town(world);
  world.RunFor(absl::Minutes(15));  // a question was lost, and the next refresh asks again
  for (const auto& [name, resident] : town.town().residents) {
    REHEARSE_EXPECT_EQ(resident->dht().core().peers(), size_t{kServers - 1}) << name;
  }
}

REHEARSE_TEST(KadHost, AllFindEachOtherOnALanAndWhatOnePuts) {
  world.SetLinks(Weather());
  JoinedTown town(world, {.looks_around = true});
  const auto all_know_all = [&town] {
    for (const auto& [name, resident] : town.town().residents) {
      if (resident->dht().core().peers() != kServers - 1) return false;
    }
    return true;
  };
  REHEARSE_EXPECT(world.RunUntil(all_know_all, absl::Minutes(5)));
  REHEARSE_EXPECT_EQ(town.On("server-1", Put), "OK");
  REHEARSE_EXPECT_EQ(town.On("server-4", Get), "good");
}

REHEARSE_TEST(KadHost, WhatOnePutsAndProvidesAllFind) {
  world.SetLinks(Weather());
  JoinedTown town(world);
  REHEARSE_EXPECT_EQ(town.On("server-1", Put), "OK");
  REHEARSE_EXPECT_EQ(town.On("server-2", Provide), "OK");
  for (int i = 3; i < kServers; ++i) {
    const std::string name = absl::StrCat("server-", i);
    REHEARSE_EXPECT_EQ(town.On(name, Get), "good");
    REHEARSE_EXPECT_EQ(town.On(name, FindProvider), town["server-2"].self().id.ToString());
  }
}

REHEARSE_TEST(KadHost, WhoHasDiedIsNotFoundAndWhatItPutIs) {
  JoinedTown town(world);
  REHEARSE_EXPECT_EQ(town.On("server-1", Put), "OK");
  const PeerId dead = town["server-1"].self().id;
  town.Die("server-1");
  const std::string found = town.On("server-2", [&dead](Resident& resident) {
    return resident.dht().FindPeer(dead).status().ToString();
  });
  REHEARSE_EXPECT(absl::StrContains(found, "has not answered")) << found;
  REHEARSE_EXPECT_EQ(town.On("server-3", Get), "good");
}

REHEARSE_TEST(KadHost, WhoRestartsIsFoundAgain) {
  JoinedTown town(world);
  town.Die("server-1");
  world.RunFor(absl::Minutes(1));
  world.Restart(town.node("server-1"));
  town.AwaitAll();
  const PeerId back = town["server-1"].self().id;
  REHEARSE_EXPECT_EQ(town.On("server-2",
                             [&back](Resident& resident) {
                               return resident.dht().FindPeer(back).status().ToString();
                             }),
                     "OK");
}

REHEARSE_TEST(KadHost, AClientUsesAllAndIsNamedToNobody) {
  world.SetLinks(Weather());
  JoinedTown town(world);
  town.Add("client", {.serves = false});
  town.AwaitAll();
  REHEARSE_EXPECT_EQ(town.On("client", Put), "OK");
  REHEARSE_EXPECT_EQ(town.On("server-4", Get), "good");
  const PeerId client = town["client"].self().id;
  for (const auto& [name, resident] : town.town().residents) {
    for (const KadPeer& known : resident->dht().core().KnownPeers()) {
      REHEARSE_EXPECT(known.id != client) << name << " has the client in its table";
    }
  }
}

// What server-0 sees of `name` over the connection that there is.
std::string IdentifyAndOpen(Resident& resident, const PeerId& peer) {
  const Instant deadline = CurrentNode().DeadlineIn(absl::Seconds(10));
  const std::string address = absl::StrCat("/p2p/", peer.ToString());
  const auto asked = resident.network().OpenStream(address, kIdentifyProtocol, deadline);
  if (!asked.ok()) return asked.status().ToString();
  const absl::StatusOr<IdentifyMessage> said = ReadIdentify(**asked, peer, deadline);
  if (!said.ok()) return said.status().ToString();
  const bool lists = std::find(said->protocols.begin(), said->protocols.end(), kIpfsKadProtocol) !=
                     said->protocols.end();
  const auto stream = resident.network().OpenStream(address, kIpfsKadProtocol, deadline);
  return absl::StrCat(lists ? "listed" : "not listed", ", ",
                      absl::StatusCodeToString(stream.status().code()));
}

REHEARSE_TEST(KadHost, AServerListsTheProtocolAndAClientRefusesIt) {
  JoinedTown town(world);
  town.Add("client", {.serves = false});
  town.AwaitAll();
  for (const auto& [name, seen] : std::map<std::string, std::string>{
           {"server-1", "listed, OK"}, {"client", "not listed, UNIMPLEMENTED"}}) {
    const PeerId peer = town[name].self().id;
    REHEARSE_EXPECT_EQ(
        town.On("server-0",
                [&peer](Resident& resident) { return IdentifyAndOpen(resident, peer); }),
        seen);
  }
}

// Opens as many streams to the first server as one may, and one more; what an ask on the first and
// on the last of them comes to.
std::string Crowd(Resident& resident, const PeerId& to) {
  const Instant deadline = CurrentNode().DeadlineIn(absl::Seconds(10));
  const std::string request = *KadMessage{.type = KadType::kFindNode, .key = "x"}.Encode();
  std::vector<std::unique_ptr<PeerStream>> streams;
  std::string said;
  for (size_t i = 0; i <= KadHostOptions().streams_per_peer_max; ++i) {
    auto stream = resident.network().OpenStream(absl::StrCat("/p2p/", to.ToString()),
                                                kIpfsKadProtocol, deadline);
    if (!stream.ok()) return stream.status().ToString();
    streams.push_back(*std::move(stream));
  }
  for (const auto* stream : {&streams.front(), &streams.back()}) {
    const auto answer = AskOnStream(**stream, request, KadCalls::Answered::kYes, deadline);
    absl::StrAppend(&said, answer.ok() ? "answered " : "refused ");
  }
  return said;
}

REHEARSE_TEST(KadHost, APeerThatOpensManyStreamsIsServedOnSome) {
  JoinedTown town(world);
  const PeerId to = town["server-0"].self().id;
  const auto crowd = [&to](Resident& resident) { return Crowd(resident, to); };
  REHEARSE_EXPECT_EQ(town.On("server-1", crowd), "answered refused ");
  // The streams are over, and so it may again; nobody else was concerned.
  REHEARSE_EXPECT_EQ(town.On("server-1", Put), "OK");
  REHEARSE_EXPECT_EQ(town.On("server-2", Get), "good");
}

REHEARSE_TEST(KadHost, OverQuicTooAServerLearnsOfThoseWhoAskIt) {
  JoinedTown town(world, {.over_quic = true});
  REHEARSE_EXPECT_EQ(town.On("server-1",
                             [](Resident& resident) {
                               return resident.dht().PutValue("/test/x", "good").ToString();
                             }),
                     "OK");
  REHEARSE_EXPECT_EQ(town.On("server-2", Get), "good");
  REHEARSE_EXPECT_GT(town["server-0"].dht().core().peers(), size_t{0});
}

REHEARSE_TEST(KadHost, WhoLeavesLeavesNothingBehind) {
  world.SetLinks(Weather());
  JoinedTown town(world);
  town.town().leaving.insert("server-2");
  world.RunUntil([&] { return town.town().left.contains("server-2"); }, absl::Minutes(2));
  REHEARSE_EXPECT(town.town().left.contains("server-2")) << "its calls or streams do not end";
}

}  // namespace
}  // namespace rehearse::net
