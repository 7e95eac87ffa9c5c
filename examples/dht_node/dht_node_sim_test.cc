// The same programs in rehearsal: servers, and commands as they would be typed, over links that
// lose.

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "examples/dht_node/dht_node.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::dht_node {
namespace {

namespace net = rehearse::net;
using Args = std::vector<std::string>;

// What each node has said and how it ended, by its name.
struct Said {
  std::map<std::string, std::string> listen;  // of servers: their flag
  std::map<std::string, Args> lines;
  std::map<std::string, absl::Status> ended;
};

absl::Status Program(rehearse::Node& node, Said& said) {
  Args args = node.args();
  const auto listen = said.listen.find(node.name());
  if (listen != said.listen.end()) args.insert(args.begin(), listen->second);
  REHEARSE_ASSIGN_OR_RETURN(const CommandLine line, ParseCommandLine(args));
  net::SeededEntropy entropy(node.random("keys").Next());
  const net::Identity identity = net::Identity::Generate(entropy);
  Args& lines = said.lines[node.name()];
  const absl::Status status =
      RunDhtNode(node, {identity, entropy}, line,
                 [&lines](absl::string_view text) { lines.push_back(std::string(text)); });
  said.ended[node.name()] = status;
  return absl::OkStatus();
}

// Three servers, the others joined by the first, unless by what is said.
class Town {
 public:
  explicit Town(rehearse::sim::World& world, const std::string& join = "")
      : world_(world), join_(join) {
    world.SetLinks({.latency = {.min = absl::Milliseconds(5), .max = absl::Milliseconds(50)},
                    .loss = {1, 50}});
    const std::string first = Serve("server-1", join.empty() ? Args() : Args{join});
    if (join.empty()) join_ = absl::StrCat("--join=", absl::StripPrefix(first, "serving at "));
    for (const char* name : {"server-2", "server-3"}) Serve(name, {join_});
    world.RunFor(absl::Seconds(30));
  }

  // What a server says first.
  std::string Serve(const std::string& name, const Args& args) {
    nodes_[name] = Add(name, args);
    // It runs from here on.
    said().listen[name] = absl::StrCat("--listen=/ip4/", nodes_[name].ip(), "/tcp/4001");
    world_.RunUntil([&] { return !said().lines[name].empty(); }, absl::Seconds(30));
    return said().lines[name].empty() ? "" : said().lines[name].front();
  }

  // A command, as one would type it, by a node of that name; what it says.
  Args Type(const std::string& name, Args command) {
    command.insert(command.begin(), join_);
    Add(name, command);
    world_.RunUntil([&] { return said().ended.count(name) > 0; }, absl::Minutes(5));
    REHEARSE_EXPECT_EQ(said().ended[name].ToString(), "OK");
    return said().lines[name];
  }

  Said& said() { return world_.Shared<Said>(); }
  rehearse::sim::NodeHandle node(const std::string& name) { return nodes_.at(name); }
  const std::string& join() const { return join_; }

 private:
  rehearse::sim::NodeHandle Add(const std::string& name, const Args& args) {
    return world_.AddNode(
        name, [&said = said()](rehearse::Node& node) { return Program(node, said); }, args);
  }

  rehearse::sim::World& world_;
  std::map<std::string, rehearse::sim::NodeHandle> nodes_;
  std::string join_;
};

REHEARSE_TEST(DhtNode, WhatOnePutsAnotherGets) {
  Town town(world);
  const Args key = town.Type("writer", {"put", "color", "light \"blue\""});
  REHEARSE_EXPECT_EQ(key.size(), size_t{1});
  REHEARSE_EXPECT_EQ(town.Type("reader", {"get", key[0]}), (Args{"light \\\"blue\\\""}));
}

REHEARSE_TEST(DhtNode, WhatOneProvidesAnotherFinds) {
  Town town(world);
  town.Serve("provider", {town.join(), "provide", "a picture"});
  Args& said = town.said().lines["provider"];
  world.RunUntil([&said] { return said.size() == 2; }, absl::Minutes(2));
  REHEARSE_EXPECT_EQ(said.size(), size_t{2});
  // Its SHA-256 as a multihash in base58, reckoned elsewhere.
  REHEARSE_EXPECT_EQ(said[1], "QmYDJXFXqCXGWEKPSxGBFK3TUaYqsF7QUp94CabxqU9aYr");
  const std::string id = said[0].substr(said[0].rfind('/') + 1);
  for (const Args& words : {Args{"find", "a picture"}, Args{"find", said[1]}}) {
    const Args found = town.Type(words[1].substr(0, 2), words);
    REHEARSE_EXPECT_EQ(found.size(), size_t{1});
    REHEARSE_EXPECT(absl::StartsWith(found[0], absl::StrCat(id, " /ip4/"))) << found[0];
  }
}

REHEARSE_TEST(DhtNode, PeersAreSeenAndAnswer) {
  Town town(world);
  const Args peers = town.Type("looker", {"peers"});
  REHEARSE_EXPECT_EQ(peers.size(), size_t{3});
  const std::string id = peers[0].substr(0, peers[0].find(' '));
  const Args answer = town.Type("pinger", {"ping", absl::StrCat("/p2p/", id)});
  REHEARSE_EXPECT(absl::StartsWith(answer[0], absl::StrCat(id, " answers in "))) << answer[0];
}

// Nobody is told of anybody.
REHEARSE_TEST(DhtNode, ThoseOfOneNetworkFindEachOther) {
  Town town(world, "--mdns");
  const Args key = town.Type("writer", {"put", "color", "blue"});
  REHEARSE_EXPECT_EQ(key.size(), size_t{1});
  REHEARSE_EXPECT_EQ(town.Type("reader", {"get", key[0]}), Args{"blue"});
}

REHEARSE_TEST(DhtNode, AServerEndsWhenItIsTold) {
  Town town(world);
  world.Raise(town.node("server-2"), rehearse::Signal::kTerminate);
  world.RunUntil([&] { return town.said().ended.count("server-2") > 0; }, absl::Minutes(1));
  REHEARSE_EXPECT_EQ(town.said().ended["server-2"].ToString(), "OK");
}

}  // namespace
}  // namespace examples::dht_node
