// One member of a cluster lies about all others, and floods them.
//
// It answers pings like everybody, so that it stays a member; and twice a second it tells each
// of the others that all others are dead, in its own name and in theirs, at incarnations that they
// have not reached; claims their names by tokens of the future; and makes up names. All the time:
// nobody is taken for gone, each keeps its name, and what the lies take is bounded.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/membership/gossip.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/net/registry/registration.h"
#include "rehearse/net/remote/peer_lanes.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using net::GossipFrame;
using net::MemberState;
using net::MemberWord;
using sim::NodeHandle;
using sim::World;

using OwnerProtocol = Protocol<uint64_t(Note)>;

constexpr int kHonest = 5;
constexpr const char* kLiar = "mallory";
constexpr absl::Duration kLiesEvery = absl::Milliseconds(500);
constexpr int kMadeUpAtATime = 15;

struct Affair {
  bool lying = false;
  int lies = 0;    // frames that the liar could send
  int deaths = 0;  // of anybody, that an honest member was told of
};

std::string NameOf(const std::string& node) { return absl::StrCat("name of ", node); }

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

class Owner : public Actor {
 public:
  uint64_t Handle(const Note& note) { return note.number; }
};

absl::Status RunHonest(Node& node, World& world) {
  JoinWithNames(node, world);
  const auto watch = net::MembersOf(node).Watch();
  const ActorRef<Owner> owner = node.Spawn<Owner>();
  while (!node.Register<OwnerProtocol>(NameOf(node.name()), owner).ok()) {
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(1)));
  }
  while (true) {
    const auto change = watch->Next(Instant::Infinite());
    if (!change.ok()) return change.status();
    if (!change->member.present()) ++world.Shared<Affair>().deaths;
  }
}

// What the liar makes up.
class Lies {
 public:
  Lies(Node& node, const net::Identity& identity) : node_(node), identity_(identity) {}

  GossipFrame Next() {
    ++number_;
    GossipFrame frame;
    frame.kind = net::GossipKind::Records;
    for (int i = 1; i <= kHonest; ++i) {
      const std::string subject = absl::StrCat("node-", i);
      for (const MemberState state : {MemberState::kSuspect, MemberState::kDead}) {
        frame.members.push_back(Gone(subject, state, number_ * 5));
        frame.members.push_back(Gone(subject, state, uint64_t{1} << 61));
      }
      frame.records.push_back(Claim(NameOf(subject)));
    }
    for (int i = 0; i < kMadeUpAtATime; ++i) {
      frame.records.push_back(Claim(absl::StrCat("made up ", number_, "/", i)));
    }
    return frame;
  }

 private:
  // By another each time, so that many seem to agree.
  MemberWord Gone(const std::string& subject, MemberState state, uint64_t incarnation) const {
    return {.name = subject,
            .address = SimAddressOf(subject),
            .life = 1,
            .incarnation = incarnation,
            .state = static_cast<uint8_t>(state),
            .by = absl::StrCat("node-", 1 + number_ % kHonest),
            .proof = ""};
  }
  // Signed by its own key, as its own.
  net::GossipRecord Claim(const std::string& name) const {
    const net::Registration claim{.name = name,
                                  .node = node_.name(),
                                  .incarnation = node_.incarnation(),
                                  .actors = {{.actor = "#1", .protocol = {}}},
                                  .token = uint64_t{1} << 62,
                                  .sequence = number_,
                                  .expires = *node_.clock().WallTime() + absl::Minutes(20)};
    const std::string key =
        absl::StrCat("/names/", absl::BytesToHexString(net::ViewOf(net::Sha256(name))), "/unique/",
                     identity_.peer_id().ToString());
    return {key, absl::StrCat(BigEndian(claim.incarnation), BigEndian(claim.sequence),
                              claim.Sign(identity_))};
  }

  Node& node_;
  const net::Identity& identity_;
  uint64_t number_ = 0;
};

absl::Status RunLiar(Node& node, World& world) {
  JoinWithNames(node, world);
  auto& affair = world.Shared<Affair>();
  Lies lies(node, world.Shared<NodeKeys>().Of(node.name()));
  auto& lanes = *node.Find<net::PeerLanes>();
  std::map<std::string, std::unique_ptr<net::Stream>> streams;
  while (true) {
    REHEARSE_RETURN_IF_ERROR(Sleep(kLiesEvery));
    if (!affair.lying) continue;
    std::string bytes;
    lies.Next().AppendTo(bytes);
    for (int i = 1; i <= kHonest; ++i) {
      const std::string to = absl::StrCat("node-", i);
      std::unique_ptr<net::Stream>& stream = streams[to];
      const Instant deadline = node.DeadlineIn(absl::Seconds(1));
      if (stream == nullptr) {
        auto opened = lanes.Open(net::Lane::kGossip, SimAddressOf(to), to, deadline);
        if (opened.ok()) stream = std::move(opened->stream);
      }
      if (stream == nullptr) continue;
      if (stream->Write(std::string(bytes), deadline).ok()) {
        ++affair.lies;
      } else {
        stream = nullptr;
      }
    }
  }
}

class LyingMember {
 public:
  explicit LyingMember(World& world) : world_(world) {
    world.AddNodes("node", kHonest, [&world](Node& node) { return RunHonest(node, world); });
    world.AddNode(kLiar, [&world](Node& node) { return RunLiar(node, world); });
    REHEARSE_EXPECT(world.RunUntil([this] { return AllHaveTheirNames(); }, absl::Minutes(1)));
  }

  // Whether each member knows all, and finds each name where it is.
  bool AllHaveTheirNames() {
    if (!AllHaveMet(world_, kHonest + 1)) return false;
    for (const NodeHandle node : world_.nodes()) {
      for (int i = 1; i <= kHonest; ++i) {
        const std::string owner = absl::StrCat("node-", i);
        const auto found = node.node().names()->LookupAll(NameOf(owner));
        if (!found.ok() || found->size() != 1 || found->front().node != owner) return false;
      }
    }
    return true;
  }

 private:
  World& world_;
};

REHEARSE_TEST(LyingMemberScenario, OthersStayMembersAndKeepTheirNames) {
  LyingMember cluster(world);
  auto& affair = world.Shared<Affair>();
  affair.lying = true;
  for (int second = 0; second < 40; ++second) {
    world.RunFor(absl::Seconds(1));
    REHEARSE_EXPECT(cluster.AllHaveTheirNames());
    if (world.failed()) return;
  }
  REHEARSE_EXPECT_EQ(affair.deaths, 0);
  REHEARSE_EXPECT(affair.lies > 300);
}

REHEARSE_TEST(LyingMemberScenario, AFloodOfMadeUpNamesIsBounded) {
  LyingMember cluster(world);
  world.Shared<Affair>().lying = true;
  world.RunFor(absl::Seconds(30));  // 900 names; one owner has room for 512
  for (const NodeHandle node : world.nodes()) {
    const auto& members =
        dynamic_cast<const net::GossipMembers&>(*node.node().Find<net::Members>());
    const size_t records = members.RecordsUnder("/names/").size();
    REHEARSE_EXPECT(records <= net::GossipRecordsOptions().records_per_owner_max + kHonest);
    REHEARSE_EXPECT_EQ(members.View().size(), size_t{kHonest + 1});
  }
}

// A member that is really gone is known to be, though lies about it were told before.
REHEARSE_TEST(LyingMemberScenario, WhoIsDeadIsFoundAllTheSame) {
  LyingMember cluster(world);
  auto& affair = world.Shared<Affair>();
  affair.lying = true;
  world.RunFor(absl::Seconds(20));
  affair.lying = false;
  world.RunFor(absl::Seconds(20));
  world.Crash(world.nodes()[2], {.silent = true});
  REHEARSE_EXPECT(world.RunUntil([&] { return AllHaveMet(world, kHonest); }, absl::Minutes(2)));
}

}  // namespace
}  // namespace rehearse
