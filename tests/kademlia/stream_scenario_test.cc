// Kademlia on streams of bytes between nodes of a world: framed messages, crashes, hostile bytes.
//
// The connections of these stories prove nothing: who dials says its id first, in a frame. What
// proves it is below this room (net/libp2p).

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/kad_stream.h"
#include "rehearse/net/kademlia/stream_calls.h"
#include "rehearse/net/kademlia/testing/made_peer.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::net {
namespace {

constexpr uint16_t kPort = 4001;
constexpr int kNodes = 8;
const std::string kKey = "\x12\x20" + std::string(32, 'k');

// Takes what begins with "good"; the larger wins.
class GoodValues final : public RecordValidator {
 public:
  absl::Status Validate(absl::string_view, absl::string_view value) const override {
    if (value.substr(0, 4) == "good") return absl::OkStatus();
    return absl::InvalidArgumentError("not good");
  }
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) const override {
    return value > held;
  }
};

// What programs and the test share.
struct Street {
  std::map<std::string, KadPeer> peers;  // by node name
  std::map<std::string, Dht*> dhts;      // of those that have joined
  std::map<std::string, std::string> said;
};

absl::StatusOr<std::unique_ptr<StreamSocket>> Dial(Node& node, const KadPeer& self,
                                                   const KadPeer& to, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr address, Multiaddr::FromBytes(to.addresses.front()));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<StreamSocket> stream,
                            SocketsOf(node).Connect({address.parts[0].value, kPort}, deadline));
  REHEARSE_RETURN_IF_ERROR(KadStream(*stream).Write(self.id.bytes(), deadline));
  return stream;
}

void Serve(Node& node, Street& street, KadCore& core, StreamSocket& stream) {
  // Byte by byte as far as the hello goes, so that nothing of what follows is taken with it.
  std::string hello;
  while (hello.empty() || hello.size() <= static_cast<size_t>(hello[0])) {
    if (!stream.Read(1, hello, node.DeadlineIn(absl::Seconds(10))).ok()) return;
  }
  const auto id = PeerId::FromBytes(absl::string_view(hello).substr(1));
  if (!id.ok()) return;
  KadPeer from{*id, {}};
  for (const auto& [name, peer] : street.peers) {
    if (peer.id == *id) from = peer;
  }
  (void)AnswerOnStream(stream, core, from, /*serves=*/true, absl::Seconds(30));
}

Program Citizen(Street& street) {
  return [&street](Node& node) -> absl::Status {
    static const GoodValues good;
    auto* validators = new RecordValidators;
    validators->Add("test", good);
    const KadPeer self = street.peers.at(node.name());
    auto* calls = new StreamCalls(node, [&node, self](const KadPeer& to, Instant deadline) {
      return Dial(node, self, to, deadline);
    });
    const auto core =
        std::make_shared<KadCore>(self, *validators, *calls, node.clock(), KadCoreOptions());
    auto* dht = new Dht({node, core, node.random("kademlia")}, {});
    Task::Start(node, "upkeep", [dht, &street, name = node.name()] {
      const KadPeer& first = street.peers.at("n-1");
      while (name != "n-1" && !dht->Bootstrap({first}).ok()) {
        if (!Sleep(absl::Seconds(1)).ok()) return;
      }
      street.dhts[name] = dht;
      (void)dht->RunUpkeep();
    }).Unref();
    REHEARSE_ASSIGN_OR_RETURN(auto listener, SocketsOf(node).Listen({"0.0.0.0", kPort}));
    while (true) {
      absl::StatusOr<std::unique_ptr<StreamSocket>> stream = listener->Accept();
      if (!stream.ok()) return stream.status();
      Task::Start(node, "serve", [&node, &street, core, stream = *std::move(stream)] {
        Serve(node, street, *core, *stream);
      }).Unref();
    }
  };
}

class KadStreamScenario : public testing::Test {
 public:
  KadStreamScenario() {
    for (int i = 1; i <= kNodes; ++i) {
      const std::string name = absl::StrCat("n-", i);
      nodes_.push_back(world_.AddNode(name, Citizen(street_)));
      const auto address = Multiaddr::Parse(absl::StrCat("/ip4/", nodes_.back().ip(), "/tcp/4001"));
      street_.peers.emplace(name,
                            KadPeer{MadePeerId(static_cast<uint64_t>(i)), {address->ToBytes()}});
    }
    world_.RunUntil([&] { return street_.dhts.size() == kNodes; }, absl::Minutes(2));
  }

  // Has node `i` do something, and waits for what it says.
  std::string On(int i, std::function<std::string(Dht&)> act) {
    const std::string name = absl::StrCat("n-", i);
    street_.said.erase(name);
    Task::Start(nodes_[static_cast<size_t>(i - 1)].node(), "act", [this, name, act] {
      street_.said[name] = act(*street_.dhts.at(name));
    }).Unref();
    world_.RunUntil([&] { return street_.said.contains(name); }, absl::Minutes(5));
    return street_.said[name];
  }

  sim::World world_{{.seed = 11}};
  Street& street_ = world_.Shared<Street>();
  sim::NodeGroup nodes_;
};

std::string Get(Dht& dht) {
  const auto value = dht.GetValue("/test/x");
  return value.ok() ? *value : std::string(value.status().message());
}

TEST_F(KadStreamScenario, AllJoinByOne) {
  EXPECT_EQ(street_.dhts.size(), size_t{kNodes});
  for (const auto& [name, dht] : street_.dhts) EXPECT_EQ(dht->core().peers(), size_t{kNodes - 1});
}

TEST_F(KadStreamScenario, WhatOnePutsAnotherGets) {
  EXPECT_EQ(On(2, [](Dht& dht) { return dht.PutValue("/test/x", "good", 3).ToString(); }), "OK");
  EXPECT_EQ(On(7, Get), "good");
}

TEST_F(KadStreamScenario, NobodyStoresWhatTheValidatorRefuses) {
  const std::string said =
      On(2, [](Dht& dht) { return dht.PutValue("/test/x", "forged", 1).ToString(); });
  EXPECT_NE(said.find("not good"), std::string::npos) << said;
  EXPECT_NE(On(7, Get).find("none has a valid value"), std::string::npos);
}

TEST_F(KadStreamScenario, AProviderIsFoundByAll) {
  EXPECT_EQ(On(3, [](Dht& dht) { return dht.Provide(kKey).ToString(); }), "OK");
  for (int i = 4; i <= kNodes; ++i) {
    EXPECT_EQ(On(i,
                 [](Dht& dht) {
                   const auto found = dht.FindProviders(kKey, 1);
                   return found.ok() && !found->empty() ? found->front().id.ToString() : "nobody";
                 }),
              street_.peers.at("n-3").id.ToString());
  }
}

TEST_F(KadStreamScenario, ADeadName) {
  // A provider that crashed is a hint until it expires; then nobody speaks of it any more.
  EXPECT_EQ(On(3, [](Dht& dht) { return dht.Provide(kKey).ToString(); }), "OK");
  const auto count = [](Dht& dht) {
    const auto found = dht.FindProviders(kKey, 1);
    return found.ok() ? absl::StrCat(found->size()) : found.status().ToString();
  };
  world_.Crash(nodes_[2]);
  EXPECT_EQ(On(5, count), "1");
  world_.RunFor(absl::Minutes(31));
  EXPECT_EQ(On(5, count), "0");
}

TEST_F(KadStreamScenario, ANameThatLivesIsPublishedAgain) {
  EXPECT_EQ(On(3, [](Dht& dht) { return dht.Provide(kKey).ToString(); }), "OK");
  world_.RunFor(absl::Hours(2));
  EXPECT_EQ(On(5, [](Dht& dht) { return absl::StrCat(dht.FindProviders(kKey, 1).value().size()); }),
            "1");
}

TEST_F(KadStreamScenario, AValueOutlivesWhoPutItAndMostWhoHoldIt) {
  EXPECT_EQ(On(2, [](Dht& dht) { return dht.PutValue("/test/x", "good", 3).ToString(); }), "OK");
  for (int i = 2; i <= 5; ++i) world_.Crash(nodes_[static_cast<size_t>(i - 1)]);
  EXPECT_EQ(On(7, Get), "good");
}

TEST_F(KadStreamScenario, WhoCrashedIsNotFound) {
  world_.Crash(nodes_[4]);
  const PeerId id = street_.peers.at("n-5").id;
  const std::string said =
      On(2, [id](Dht& dht) { return std::string(dht.FindPeer(id).status().message()); });
  EXPECT_NE(said.find("has not answered"), std::string::npos) << said;
}

TEST_F(KadStreamScenario, WhomANodeHasNoPlaceToAskIsNotTakenForDead) {
  const std::string said = On(2, [this](Dht& dht) {
    Node& node = CurrentNode();
    const auto nobody = [](const KadPeer&,
                           Instant) -> absl::StatusOr<std::unique_ptr<StreamSocket>> {
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(5)));
      return absl::UnavailableError("nobody is there");
    };
    StreamCalls calls(node, nobody, /*calls_max=*/1);
    const RecordValidators validators;
    const auto core = std::make_shared<KadCore>(dht.core().self(), validators, calls, node.clock(),
                                                KadCoreOptions());
    const KadPeer& asked = street_.peers.at("n-3");
    const KadPeer& not_asked = street_.peers.at("n-4");
    for (const KadPeer& peer : {asked, not_asked}) core->OnServer(peer);
    for (const KadPeer& peer : {asked, not_asked, not_asked, not_asked}) {
      core->Ask(peer, NodeKey::Of(peer.id), "", KadCalls::Answered::kYes, 0,
                std::make_shared<Questions::Box>());
    }
    if (!calls.AwaitCalls(node.DeadlineIn(absl::Seconds(10))).ok()) return std::string("too long");
    const std::vector<KadPeer> there = core->Nearest(core->key(), 20);
    return there == std::vector{not_asked} ? std::string("that one") : absl::StrCat(there.size());
  });
  EXPECT_EQ(said, "that one");
}

TEST_F(KadStreamScenario, HostileBytesEndTheirStreamAndNothingElse) {
  const std::string said = On(2, [this](Dht& dht) {
    Node& node = CurrentNode();
    const Instant deadline = node.DeadlineIn(absl::Seconds(5));
    std::string ends;
    for (const std::string& bytes :
         {std::string("\x05\xff\xff\xff\xff\xff"), std::string("\xff\xff\xff\xff\x7f"),
          std::string("\x80\x00", 2), std::string("\x02\x08\x09")}) {
      auto stream = Dial(node, dht.core().self(), street_.peers.at("n-3"), deadline);
      std::string read;
      if (!stream.ok() || !(*stream)->Write(bytes, deadline).ok()) return std::string("no stream");
      const auto count = (*stream)->Read(100, read, deadline);
      ends += count.ok() && *count > 0 ? "answered " : "ended ";
    }
    return ends;
  });
  EXPECT_EQ(said, "ended ended ended ended ");
  EXPECT_EQ(On(3, [](Dht& dht) { return dht.PutValue("/test/x", "good", 3).ToString(); }), "OK");
}

}  // namespace
}  // namespace rehearse::net
