// What an owner makes of others' claims for its name.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/net/registry/registration.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using sim::World;

using OwnerProtocol = Protocol<uint64_t(Note)>;

constexpr const char* kName = "leader";

class Owner : public Actor {
 public:
  uint64_t Handle(const Note& note) { return note.number; }
};

// What the rival is to say, once.
struct Script {
  uint64_t sequence = 0;  // of its word
  uint64_t said = 0;
  bool claiming = false;
  uint64_t token = 0;
};

absl::Status OwnTheName(Node& node, World& world) {
  JoinWithNames(node, world);
  return node.Register<OwnerProtocol>(kName, node.Spawn<Owner>());
}

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

// Signs what the script says, as an engine in the middle of a claim does.
absl::Status SayAsTold(Node& node, World& world) {
  net::GossipMembers& members = Join(node);
  const net::Identity& key = world.Shared<NodeKeys>().Of(node.name());
  net::UseGossipNames(node, members, key);
  auto& script = world.Shared<Script>();
  while (true) {
    if (const absl::Status status = Sleep(absl::Milliseconds(100)); !status.ok()) return status;
    if (script.said == script.sequence) continue;
    script.said = script.sequence;
    const net::Registration word{.name = kName,
                                 .node = node.name(),
                                 .addresses = {SimAddressOf(node.name())},
                                 .incarnation = node.incarnation(),
                                 .actors = {{.actor = "#9"}},
                                 .claiming = script.claiming,
                                 .token = script.token,
                                 .sequence = script.sequence,
                                 .expires = absl::FromUnixSeconds(4'000'000'000)};
    const std::string hash = absl::BytesToHexString(net::ViewOf(net::Sha256(kName)));
    members.Put(
        absl::StrCat("/names/", hash, "/unique/", key.peer_id().ToString()),
        absl::StrCat(BigEndian(word.incarnation), BigEndian(word.sequence), word.Sign(key)));
  }
}

// What all three find; empty as long as they differ.
std::string OwnerByAll(World& world) {
  std::string owner;
  for (const sim::NodeHandle node : world.nodes()) {
    const auto found = node.node().names()->LookupAll(kName);
    if (!found.ok() || found->size() != 1) return "";
    if (!owner.empty() && found->front().node != owner) return "";
    owner = found->front().node;
  }
  return owner;
}

void Say(World& world, bool claiming, uint64_t token) {
  auto& script = world.Shared<Script>();
  ++script.sequence;
  script.claiming = claiming;
  script.token = token;
  // A node withdraws within ten seconds what it has signed and does not have.
  world.RunFor(absl::Seconds(3));
}

// It was, once, and its actor ran beside that of the rival, whose claim then went through.
REHEARSE_TEST(Claims, AnOwnerIsNotMovedByAGreaterClaimThatIsNotThrough) {
  world.AddNode("node-1", [&world](Node& node) { return OwnTheName(node, world); });
  world.AddNode("node-2", [&world](Node& node) { return SayAsTold(node, world); });
  world.AddNode("node-3", [&world](Node& node) {
    JoinWithNames(node, world);
    return absl::OkStatus();
  });
  const auto owned = [&world] { return OwnerByAll(world) == "node-1"; };
  REHEARSE_EXPECT(world.RunUntil(owned, absl::Minutes(1)));
  const uint64_t token = world.nodes()[0].node().names()->Lookup(kName)->token;

  Say(world, /*claiming=*/true, token + 1);
  REHEARSE_EXPECT_EQ(OwnerByAll(world), "node-1");
  // As when two parts of a cluster meet that each had an owner.
  Say(world, /*claiming=*/false, token + 2);
  REHEARSE_EXPECT_EQ(OwnerByAll(world), "node-2");
}

// It was said to be had, and nobody found it.
REHEARSE_TEST(Claims, WhatThereIsNoRoomForIsRefused) {
  static constexpr int kRoom = 512;  // of one owner
  auto& script = world.Shared<Script>();
  world.AddNode("node-1", [&world](Node& node) {
    JoinWithNames(node, world);
    const ActorRef<Owner> owner = node.Spawn<Owner>();
    absl::Status status = absl::OkStatus();
    int had = 0;
    for (; status.ok() && had <= kRoom; ++had) {
      const std::string name = absl::StrCat("name-", had);
      status = node.Register<OwnerProtocol>(name, owner);
      if (!status.ok()) break;
      REHEARSE_EXPECT(node.Lookup<OwnerProtocol>(name).ok());
      REHEARSE_EXPECT(node.Unregister(name).ok());
    }
    REHEARSE_EXPECT(absl::IsResourceExhausted(status));
    REHEARSE_EXPECT_EQ(had, kRoom);
    world.Shared<Script>().said = 1;
    return absl::OkStatus();
  });
  REHEARSE_EXPECT(world.RunUntil([&script] { return script.said == 1; }, absl::Minutes(10)));
}

}  // namespace
}  // namespace rehearse
