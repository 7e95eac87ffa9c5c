// Guests of one room on nodes that crash, come back, stand still and are cut off.
//
// Always: what one guest hears of another comes in the order in which it was said, each once;
// nobody leaves who has not come. And when all is healed: each sees all others that are there, and
// nobody else, and hears what they say from then on.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "examples/chat/guest.h"
#include "rehearse/actor/mark.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::chat {
namespace {

using rehearse::ActorRef;
using rehearse::Node;
using rehearse::sim::NodeHandle;
using rehearse::sim::World;

constexpr int kNodes = 5;
constexpr char kRoom[] = "lobby";

// What one guest, which is one life of a node, sees; it says so if that can't be.
class Judge final : public Screen {
 public:
  void Entered(const std::string& room, const std::string& nick) override {
    REHEARSE_EXPECT_EQ(room, kRoom);
    REHEARSE_SOMETIMES(nick.find('/') == std::string::npos, "one does not say his name");
    present_.push_back(nick);
  }
  void Left(const std::string&, const std::string& nick) override {
    const auto at = std::find(present_.begin(), present_.end(), nick);
    REHEARSE_REQUIRE(at != present_.end());
    present_.erase(at);
    REHEARSE_SOMETIMES(true, "one leaves");
  }
  void Heard(const std::string&, const Said& said) override {
    int64_t number = 0;
    REHEARSE_EXPECT(absl::SimpleAtoi(said.text, &number));
    int64_t& last = last_[said.from];
    REHEARSE_EXPECT_LT(last, number);
    last = number;
  }

  std::vector<std::string> present() const {
    std::vector<std::string> sorted = present_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  int64_t last(const std::string& nick) const {
    const auto at = last_.find(nick);
    return at == last_.end() ? 0 : at->second;
  }

 private:
  std::vector<std::string> present_;
  std::map<std::string, int64_t> last_;  // heard, by nick
};

// What the world's programs have in common with the test.
struct Evening {
  std::map<std::string, std::unique_ptr<rehearse::net::Identity>> identities;  // by node
  std::map<std::string, Judge> judges;                                         // by nick
  std::map<std::string, int64_t> said;                                         // the last, by nick
};

// Its life is in it, so that no two guests ever have the same.
std::string NickOf(const Node& node) { return absl::StrCat(node.name(), "/", node.incarnation()); }

const rehearse::net::Identity& IdentityOf(Evening& evening, const Node& node) {
  auto& identity = evening.identities[node.name()];
  if (identity == nullptr) {
    rehearse::net::SeededEntropy entropy(rehearse::HashLabel(node.name()));
    identity =
        std::make_unique<rehearse::net::Identity>(rehearse::net::Identity::Generate(entropy));
  }
  return *identity;
}

// Says the next number a few times a second.
absl::Status Talk(Node& node, Evening& evening) {
  auto& members = rehearse::net::JoinCluster(node, {.address = absl::StrCat("/sim/", node.name()),
                                                    .bootstrap = {"/sim/node-1", "/sim/node-2"}});
  rehearse::net::UseGossipNames(node, members, IdentityOf(evening, node));
  const std::string nick = NickOf(node);
  const auto guest = node.Spawn<Guest>(kRoom, nick, std::ref<Screen>(evening.judges[nick]));
  while (true) {
    const absl::Status status = rehearse::Sleep(absl::Milliseconds(300));
    if (!status.ok()) return status;
    (void)guest.Tell(Say{absl::StrCat(++evening.said[nick])});
  }
}

void Begin(World& world) {
  auto& evening = world.Shared<Evening>();
  world.AddNodes("node", kNodes, [&evening](Node& node) { return Talk(node, evening); });
}

std::vector<std::string> Living(World& world) {
  std::vector<std::string> nicks;
  for (const NodeHandle node : world.nodes()) {
    if (node.up()) nicks.push_back(NickOf(node.node()));
  }
  std::sort(nicks.begin(), nicks.end());
  return nicks;
}

// Of those that live, each sees all others.
bool AllAreSeen(World& world) {
  auto& evening = world.Shared<Evening>();
  const std::vector<std::string> living = Living(world);
  for (const std::string& nick : living) {
    std::vector<std::string> seen = evening.judges[nick].present();
    seen.insert(std::lower_bound(seen.begin(), seen.end(), nick), nick);
    if (seen != living) return false;
  }
  return true;
}

// They are, and hear each other from then on. Who was cut off may be taken for dead just when he is
// not any more; that has been told, and taken back, before they count.
void ExpectTheyMeet(World& world) {
  auto& evening = world.Shared<Evening>();
  world.HealAndSettle(absl::Minutes(1), [] { return true; });
  world.RunFor(absl::Minutes(1));  // members tell each other all that they know every half
  world.HealAndSettle(absl::Minutes(3), [&world] { return AllAreSeen(world); });
  const std::map<std::string, int64_t> said = evening.said;
  world.RunFor(absl::Seconds(10));
  for (const std::string& nick : Living(world)) {
    for (const std::string& other : Living(world)) {
      if (nick == other) continue;
      const auto before = said.find(other);
      REHEARSE_EXPECT_GT(evening.judges[nick].last(other),
                         before == said.end() ? 0 : before->second);
    }
  }
}

REHEARSE_TEST(Chat, EachHearsTheOthersInOrderWhateverFails) {
  Begin(world);
  world.Inject(rehearse::sim::Swarm{.horizon = absl::Seconds(30), .crashes_max = kNodes});
  world.RunFor(absl::Seconds(40));
  ExpectTheyMeet(world);
}

REHEARSE_TEST(Chat, WhoCrashesIsSeenToLeaveAndToComeBack) {
  auto& evening = world.Shared<Evening>();
  Begin(world);
  ExpectTheyMeet(world);
  const NodeHandle victim = world.nodes()[3];
  world.Crash(victim, {.silent = true});
  REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreSeen(world); }, absl::Minutes(1)));
  REHEARSE_EXPECT_EQ(evening.judges["node-1/1"].present().size(), size_t{kNodes - 2});
  world.Restart(victim);
  ExpectTheyMeet(world);
  REHEARSE_EXPECT_EQ(evening.judges["node-1/1"].present().size(), size_t{kNodes - 1});
}

REHEARSE_TEST(Chat, WhoEndsIsSeenToLeave) {
  auto& evening = world.Shared<Evening>();
  Begin(world);
  ExpectTheyMeet(world);
  const NodeHandle leaver = world.nodes()[4];
  world.Stop(leaver);
  REHEARSE_EXPECT(world.RunUntil([leaver] { return !leaver.up(); }, absl::Seconds(20)));
  REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreSeen(world); }, absl::Seconds(20)));
  REHEARSE_EXPECT_EQ(evening.judges["node-1/1"].present().size(), size_t{kNodes - 2});
}

}  // namespace
}  // namespace examples::chat
