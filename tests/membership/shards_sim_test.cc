// Accounts by their names, spread over five nodes, while everything fails.
//
// Always: what the accounts write to, which looks at tokens, has every addition that was
// acknowledged, and none that was not asked for; no two homes have one token; no message comes
// twice; every ask comes to an end. In a cluster that is whole there are never two actors of a key,
// and nothing that one has taken in is lost when it moves. When all is healed: whoever asks is
// answered, and what one tells a key comes in its order, all of it.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/cluster/shards.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using membership_test::Numbered;
using sim::NodeHandle;
using sim::World;

using AccountProtocol = Protocol<int64_t(Note), void(Numbered)>;
using Accounts = net::Shards<std::string, AccountProtocol>;

constexpr int kNodes = 5;
constexpr int kKeys = 12;

std::string KeyOf(uint64_t number) { return absl::StrCat("account-", number); }

// What two must not use at once, one for each key.
struct Resource {
  uint64_t greatest = 0;  // token that it has seen
  int64_t value = 0;
  int64_t asked = 0;
  int64_t acknowledged = 0;
};

struct Teller {
  std::string who;     // node and life
  bool whole = false;  // it told in a cluster that was whole
};

// Who was told, by whom, which number.
using Telling = std::pair<std::pair<std::string, uint64_t>, uint64_t>;

struct Ledger {
  std::map<std::string, Resource> resources;                  // by key
  std::map<std::pair<size_t, uint64_t>, std::string> owners;  // by shard and token: node and life
  std::map<std::pair<std::string, std::string>, int> alive;   // by key, and node and life
  std::map<std::pair<std::string, uint64_t>, uint64_t> numbers;  // heard: by key and teller
  std::map<Telling, Teller> told;
  std::set<Telling> heard;
  std::map<std::string, int> open_asks;                 // by node and life
  std::map<std::string, std::set<std::string>> served;  // keys: by node and life
  std::set<std::string> to_leave;                       // nodes
  std::set<std::string> left;
  int made = 0;
  int refused = 0;
  int heard_count = 0;
  int missed = 0;      // times that a number was not the next of its teller's
  bool whole = false;  // nobody is ever cut off
  bool stays = false;  // a node that leaves goes on to ask
  bool late = false;   // an account writes what it has when it stops, and not before
  bool rests = false;  // nobody asks any more
  absl::Duration idle = absl::InfiniteDuration();

  int AliveOf(const std::string& key) const {
    int count = 0;
    for (const auto& [at, here] : alive) count += at.first == key ? here : 0;
    return count;
  }

  // The token's owner may use it from now on, and none before it.
  bool Open(const std::string& key, uint64_t token) {
    Resource& resource = resources[key];
    REHEARSE_SOMETIMES(token < resource.greatest, "an account is fenced");
    if (token < resource.greatest) {
      ++refused;
      return false;
    }
    resource.greatest = token;
    return true;
  }
};

std::string WhoIs(const Node& node) { return absl::StrCat(node.name(), "/", node.incarnation()); }

class Account : public Actor {
 public:
  Account(Ledger& ledger, std::string key, size_t shard, uint64_t token,
          Recipient<net::TokenRefused> keeper)
      : ledger_(ledger),
        key_(std::move(key)),
        token_(token),
        keeper_(std::move(keeper)),
        who_(WhoIs(node())) {
    ++ledger_.made;
    REHEARSE_EXPECT(!ledger_.whole || ledger_.AliveOf(key_) == 0);
    const auto [at, is_new] = ledger_.owners.emplace(std::pair(shard, token), who_);
    REHEARSE_EXPECT(is_new || at->second == who_);
  }

  absl::Status OnStart() override {
    if (!Open()) return absl::FailedPreconditionError("fenced");
    ++ledger_.alive[{key_, who_}];  // else there is no OnStop
    value_ = ledger_.resources[key_].value;
    return Sleep(absl::Milliseconds(5));
  }

  absl::StatusOr<int64_t> Handle(const Note& note) {
    value_ += static_cast<int64_t>(note.number);
    if (ledger_.late) return value_;
    const absl::Status slept = Sleep(absl::Milliseconds(10));
    if (!slept.ok() || !Write()) {
      Stop();
      return absl::UnavailableError("not written");
    }
    return value_;
  }

  void Handle(const Numbered& numbered) {
    const auto from = std::pair(key_, numbered.publisher);
    REHEARSE_EXPECT(ledger_.heard.emplace(from, numbered.number).second);
    uint64_t& last = ledger_.numbers[from];
    if (last != 0 && numbered.number != last + 1) ++ledger_.missed;
    last = std::max(last, numbered.number);
    ++ledger_.heard_count;
  }

  void OnStop(const ExitReason&) override {
    if (ledger_.late) (void)Sleep(absl::Milliseconds(500));
    REHEARSE_EXPECT(!ledger_.late || Write());
    --ledger_.alive[{key_, who_}];
  }

 private:
  bool Open() {
    if (ledger_.Open(key_, token_)) return true;
    (void)keeper_.TryTell(net::TokenRefused{token_});
    return false;
  }

  bool Write() {
    if (!Open()) return false;
    ledger_.resources[key_].value = value_;
    return true;
  }

  Ledger& ledger_;
  const std::string key_;
  const uint64_t token_;
  const Recipient<net::TokenRefused> keeper_;
  const std::string who_;
  int64_t value_ = 0;
};

// Adds one to an account after the other, and tells it a number of its own.
absl::Status Add(Node& node, Ledger& ledger, const Accounts& accounts, Random& chance,
                 std::map<std::string, uint64_t>& numbers) {
  const std::string key = KeyOf(chance.Below(kKeys));
  const std::string who = WhoIs(node);
  ++ledger.open_asks[who];
  ++ledger.resources[key].asked;
  const absl::StatusOr<int64_t> value =
      accounts.Ask(key, Note{.number = 1}, {.reply_timeout = absl::Seconds(5)});
  --ledger.open_asks[who];
  if (absl::IsCancelled(value.status()) && node.shutting_down()) return value.status();
  if (value.ok()) {
    ++ledger.resources[key].acknowledged;
    ledger.served[who].insert(key);
  } else {
    REHEARSE_SOMETIMES(EffectOf(value.status()) == Effect::kNone, "an ask has no home");
  }
  const uint64_t teller = HashLabel(who);
  if (accounts.Tell(key, Numbered{.publisher = teller, .number = numbers[key] + 1}).ok()) {
    ++numbers[key];
    ledger.told.emplace(std::pair(std::pair(key, teller), numbers[key]), Teller{who, ledger.whole});
  }
  return absl::OkStatus();
}

absl::Status Serve(Node& node, World& world) {
  auto& ledger = world.Shared<Ledger>();
  JoinWithNames(node, world);
  const absl::StatusOr<Accounts> accounts = net::StartShards<std::string, AccountProtocol>(
      node, "accounts",
      [&ledger](const net::Sharded<std::string>& account) {
        return SpawnChild<Account>(std::ref(ledger), account.key, account.shard, account.token,
                                   account.keeper);
      },
      {.shards = 8, .idle_timeout = ledger.idle});
  if (!accounts.ok()) return accounts.status();
  Random chance = node.random("client");
  std::map<std::string, uint64_t> numbers;
  while (true) {
    absl::Status status = Sleep(absl::Milliseconds(chance.Between(20, 200)));
    if (status.ok() && ledger.to_leave.contains(node.name())) {
      status = accounts->Leave(absl::Minutes(1));
      if (status.ok()) ledger.left.insert(node.name());
      if (!ledger.stays) node.Shutdown();
    }
    if (status.ok() && !ledger.rests) status = Add(node, ledger, *accounts, chance, numbers);
    if (!status.ok()) return status;
  }
}

Program ServerOf(World& world) {
  return [&world](Node& node) {
    const absl::Status status = Serve(node, world);
    return absl::IsCancelled(status) ? absl::OkStatus() : status;
  };
}

// All that are up know each other, and have got an answer from each key since they were asked last.
bool AllAreServed(World& world) {
  auto& ledger = world.Shared<Ledger>();
  size_t up = 0;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    ++up;
    if (ledger.served[WhoIs(node.node())].size() != kKeys) return false;
  }
  return AllHaveMet(world, up);
}

void ExpectNothingLost(Ledger& ledger) {
  for (const auto& [key, resource] : ledger.resources) {
    REHEARSE_EXPECT_LE(resource.acknowledged, resource.value);
    REHEARSE_EXPECT_LE(resource.value, resource.asked);
  }
}

// Nobody asks any more: all that was asked comes to an end.
void ExpectAllAsksEnd(World& world) {
  auto& ledger = world.Shared<Ledger>();
  ledger.rests = true;
  world.RunFor(absl::Seconds(10));
  for (const NodeHandle node : world.nodes()) {
    REHEARSE_EXPECT(!node.up() || ledger.open_asks[WhoIs(node.node())] == 0);
  }
}

// All is well from now on: each message comes, in its order, and nobody is fenced.
void ExpectQuiet(World& world) {
  auto& ledger = world.Shared<Ledger>();
  world.RunFor(absl::Seconds(10));
  ledger.numbers.clear();
  const int heard = ledger.heard_count;
  const int missed = ledger.missed;
  const int refused = ledger.refused;
  world.RunFor(absl::Seconds(20));
  REHEARSE_EXPECT_GT(ledger.heard_count, heard + 100);
  REHEARSE_EXPECT_EQ(ledger.missed, missed);
  REHEARSE_EXPECT_EQ(ledger.refused, refused);
}

// Until all have met: before, one may have a lock of whom others do not know yet.
void StartWhole(World& world) {
  auto& ledger = world.Shared<Ledger>();
  world.AddNodes("node", kNodes, ServerOf(world));
  REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
  world.RunFor(absl::Seconds(10));
  ledger.whole = true;
  ledger.refused = 0;
  for (int key = 0; key < kKeys; ++key) REHEARSE_EXPECT_LE(ledger.AliveOf(KeyOf(key)), 1);
}

REHEARSE_TEST(Shards, NoAcknowledgedWriteIsLostWhateverFails) {
  auto& ledger = world.Shared<Ledger>();
  world.AddNodes("node", kNodes, ServerOf(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(40), .crashes_max = kNodes});
  world.RunFor(absl::Seconds(50));
  ledger.served.clear();
  world.HealAndSettle(absl::Minutes(3), [&world] { return AllAreServed(world); });
  ExpectQuiet(world);
  ExpectAllAsksEnd(world);
  ExpectNothingLost(ledger);
}

// Nodes come and go, and never are there two of one key; what an account has in memory alone is
// handed over.
REHEARSE_TEST(Shards, MoveWithoutEverBeingTwoAndLoseNothing) {
  auto& ledger = world.Shared<Ledger>();
  StartWhole(world);
  ledger.late = true;
  const int made = ledger.made;
  for (int i = 0; i < 3; ++i) {
    const NodeHandle leaver = world.nodes()[static_cast<size_t>(i) + 2];
    ledger.to_leave.insert(leaver.name());
    REHEARSE_EXPECT(world.RunUntil([leaver] { return !leaver.up(); }, absl::Seconds(30)));
    REHEARSE_EXPECT(ledger.left.contains(leaver.name()));
    ledger.to_leave.clear();
    ledger.left.clear();
    ledger.served.clear();
    REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
    world.Restart(leaver);
    ledger.served.clear();
    REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
  }
  REHEARSE_EXPECT_GT(ledger.made, made + 3);
  ExpectQuiet(world);
  ExpectAllAsksEnd(world);
  for (const NodeHandle node : world.nodes()) world.Stop(node);
  world.RunFor(absl::Seconds(30));
  REHEARSE_EXPECT_EQ(ledger.refused, 0);
  ExpectNothingLost(ledger);
}

// Two nodes give away all that they have, one after the other, and go on to ask.
REHEARSE_TEST(Shards, WhatIsToldWhileTheyMoveComesAllTheSame) {
  auto& ledger = world.Shared<Ledger>();
  StartWhole(world);
  ledger.late = true;
  ledger.stays = true;
  for (const size_t leaver : {0, 3}) {
    const std::string name = world.nodes()[leaver].name();
    ledger.to_leave.insert(name);
    REHEARSE_EXPECT(
        world.RunUntil([&ledger, name] { return ledger.left.contains(name); }, absl::Seconds(30)));
    ledger.to_leave.clear();
    ledger.served.clear();
    REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
  }
  ExpectQuiet(world);
  ExpectAllAsksEnd(world);
  std::string lost;
  for (const auto& [telling, teller] : ledger.told) {
    if (!teller.whole || ledger.heard.contains(telling)) continue;
    absl::StrAppend(&lost, teller.who, " told ", telling.first.first, " ", telling.second, "; ");
  }
  REHEARSE_EXPECT_EQ(lost, "");
  REHEARSE_EXPECT_EQ(ledger.refused, 0);
}

REHEARSE_TEST(Shards, WhatADeadNodeHadLivesElsewhereInSeconds) {
  auto& ledger = world.Shared<Ledger>();
  StartWhole(world);
  ledger.whole = false;  // the dead one's count as alive
  const NodeHandle victim = world.nodes()[3];
  world.Crash(victim, {.silent = true});
  ledger.served.clear();
  REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
  ExpectQuiet(world);
  ExpectAllAsksEnd(world);
  ExpectNothingLost(ledger);
}

// Whoever is told nothing for a while ends, and is there again when it is.
REHEARSE_TEST(Shards, WhoIsIdleEndsAndIsMadeAgain) {
  auto& ledger = world.Shared<Ledger>();
  ledger.idle = absl::Seconds(2);
  StartWhole(world);
  ledger.late = true;
  ledger.rests = true;
  const auto none_is_left = [&ledger] {
    for (int key = 0; key < kKeys; ++key) {
      if (ledger.AliveOf(KeyOf(key)) != 0) return false;
    }
    return true;
  };
  REHEARSE_EXPECT(world.RunUntil(none_is_left, absl::Seconds(20)));
  ledger.rests = false;
  ledger.served.clear();
  REHEARSE_EXPECT(world.RunUntil([&world] { return AllAreServed(world); }, absl::Minutes(1)));
  ExpectQuiet(world);
  ExpectAllAsksEnd(world);
  REHEARSE_EXPECT(world.RunUntil(none_is_left, absl::Seconds(20)));
  ExpectNothingLost(ledger);
}

}  // namespace
}  // namespace rehearse
