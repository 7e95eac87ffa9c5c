// What a node that means ill can do to the names of others in a distributed hash table: nothing but
// to forget, and to claim what is free.

#include "rehearse/net/registry/name_validator.h"
#include "rehearse/sim/names/kademlia_names.h"
#include "rehearse/tests/conformance/names_conformance.h"

namespace rehearse {
namespace {

using net::KadPeer;
using net::KadRecord;

// Three nodes, the third of which does as the test tells it.
class Town {
 public:
  explicit Town(sim::World& world) : crew_(world, Arm()) {}

  NamesCrew& crew() { return crew_; }
  // The third node's.
  absl::Time Calendar() { return *crew_.handle(3).node().clock().WallTime(); }

  // What node `i` holds under the unique name's key.
  std::string Held(int i, const std::string& name) {
    std::string value;
    crew_.On(i, [&](Node& node) {
      const auto held = Dht(node).core().Held(net::UniqueNameKey(name));
      if (held.has_value()) value = held->value;
    });
    return value;
  }
  // The third node hands `value` to all whom it can reach, and to itself; how many of the others
  // take it.
  size_t Spread(const std::string& name, const std::string& value) {
    size_t taken = 0;
    crew_.On(3, [&](Node& node) {
      const KadRecord record{.key = net::UniqueNameKey(name), .value = value};
      Dht(node).core().StoreOwn(record).IgnoreError();
      const auto nearest = Dht(node).FindNearest(record.key);
      if (nearest.ok()) taken = Dht(node).StoreAt(*nearest, record).value_or(0);
    });
    return taken;
  }
  // The third node says that it provides the shared name, and has `value` for who asks it.
  void AnswerFor(const std::string& name, const std::string& value, const net::PeerId& self) {
    crew_.On(3, [&](Node& node) {
      const KadRecord record{.key = net::SharedNameKey(name, self), .value = value};
      REHEARSE_EXPECT(Dht(node).core().StoreOwn(record).ok());
      REHEARSE_EXPECT(Dht(node).Provide(net::SharedNameContent(name)).ok());
    });
  }
  // The registration that node `i` holds, as it can be read.
  net::Registration Registered(int i, const std::string& name) {
    return net::SignedRegistration::Open(Held(i, name))->registration;
  }

 private:
  NamesArm Arm() {
    return {.around = [this](Program program) { return names_.Around(std::move(program)); }};
  }
  static sim::KademliaNamesOptions Options() {
    sim::KademliaNamesOptions options{.bootstrap = {"node-1"}};
    options.names.holders_min = 2;
    options.host.core.request_timeout = absl::Seconds(2);
    return options;
  }
  net::Dht& Dht(const Node& node) { return sim::KademliaNames::DhtOf(*names_.HomeOf(node)); }

  const sim::KademliaNames names_{Options()};
  NamesCrew crew_;
};

REHEARSE_TEST(HostileNames, ASquatterDoesNotGetANameThatLives) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  for (int i = 0; i < 12; ++i) {
    net::Registration squatting = town.Registered(2, "x");
    squatting.node = "node-3";
    squatting.token += uint64_t{1} << (25 + i);
    squatting.expires += absl::Minutes(1);
    const std::string value = squatting.Sign(sim::KademliaNames::IdentityOf("node-3"));
    REHEARSE_EXPECT_EQ(town.Spread("x", value), size_t{0});
    world.RunFor(absl::Seconds(30));
    for (const int asker : {1, 2}) REHEARSE_EXPECT_EQ(town.crew().Ask(asker, "x"), "node-1");
  }
}

REHEARSE_TEST(HostileNames, AForgedRegistrationIsTakenByNobody) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  const std::string good = town.Held(2, "x");
  std::string forged = good;
  forged[forged.size() / 2] = static_cast<char>(forged[forged.size() / 2] ^ 1);
  REHEARSE_EXPECT_EQ(town.Spread("x", forged), size_t{0});
  REHEARSE_EXPECT_EQ(town.Spread("x", "x"), size_t{0});
  REHEARSE_EXPECT_EQ(town.Spread("x", ""), size_t{0});
  REHEARSE_EXPECT_EQ(town.Spread("y", good), size_t{0});
  // In another's name, by its own key: no signature is wrong, but nobody believes it.
  net::Registration in_anothers_name = town.Registered(2, "x");
  in_anothers_name.name = "y";
  (void)town.Spread("y", in_anothers_name.Sign(sim::KademliaNames::IdentityOf("node-3")));
  REHEARSE_EXPECT_EQ(town.crew().Ask(2, "y"), "NOT_FOUND");
  REHEARSE_EXPECT_EQ(town.crew().Ask(2, "x"), "node-1");
}

// Identities cost nothing: each of many has its own claim, near the name as all are in a small
// town.
REHEARSE_TEST(HostileNames, ManyWhoSquatAroundANameDoNotGetIt) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  for (int i = 0; i < 30; ++i) {
    net::Registration squatting = town.Registered(2, "x");
    squatting.node = absl::StrCat("sybil-", i);
    squatting.token += uint64_t{1} << 25;
    const net::Identity& sybil = sim::KademliaNames::IdentityOf(squatting.node);
    REHEARSE_EXPECT_EQ(town.Spread("x", squatting.Sign(sybil)), size_t{0});
  }
  world.RunFor(absl::Minutes(1));
  for (const int asker : {1, 2}) REHEARSE_EXPECT_EQ(town.crew().Ask(asker, "x"), "node-1");
}

REHEARSE_TEST(HostileNames, ATokenThatNobodyCouldExceedSpoilsNoFreeName) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  net::Registration spoiling = town.Registered(2, "x");
  spoiling.name = "y";
  spoiling.node = "node-3";
  spoiling.token = (uint64_t{1} << 63) - 1;
  const std::string value = spoiling.Sign(sim::KademliaNames::IdentityOf("node-3"));
  REHEARSE_EXPECT_EQ(town.Spread("y", value), size_t{0});
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "y").ToString(), "OK");
  REHEARSE_EXPECT_EQ(town.crew().Ask(2, "y"), "node-1");
}

// An intruder that says it provides a name, and answers for its owner when it is asked.
REHEARSE_TEST(HostileNames, WhoAnswersForAnotherSharesNoName) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().RegisterShared(1, "group").ToString(), "OK");
  town.crew().ExpectAll(2, "group", "node-1", absl::Seconds(20));
  const net::Identity& intruder = sim::KademliaNames::IdentityOf("node-3");
  const net::Registration answer{.name = "group",
                                 .shared = true,
                                 .node = "node-1",
                                 .incarnation = 1,
                                 .actors = {{.actor = "#1", .protocol = {}}},
                                 .sequence = 1,
                                 .expires = town.Calendar() + absl::Minutes(20)};
  town.AnswerFor("group", answer.Sign(intruder), intruder.peer_id());
  REHEARSE_EXPECT_EQ(town.crew().All(2, "group"), "node-1");
  REHEARSE_EXPECT_EQ(town.crew().Ask(2, "group"), "node-1");
}

REHEARSE_TEST(HostileNames, AnHonestCopyIsTakenFromAnybody) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  REHEARSE_EXPECT_EQ(town.Spread("x", town.Held(3, "x")), size_t{2});
}

REHEARSE_TEST(HostileNames, AReplayedRegistrationBringsNoNameBack) {
  Town town(world);
  REHEARSE_EXPECT_EQ(town.crew().Register(1, "x").ToString(), "OK");
  const std::string old = town.Held(2, "x");
  town.crew().On(1, [](Node& node) { REHEARSE_EXPECT(node.Unregister("x").ok()); });
  town.crew().Expect(2, "x", "NOT_FOUND", absl::Seconds(20));
  REHEARSE_EXPECT_EQ(town.Spread("x", old), size_t{0});
  REHEARSE_EXPECT_EQ(town.crew().Ask(2, "x"), "NOT_FOUND");
  // The next life's is another, and the old one is not believed beside it.
  world.Crash(town.crew().handle(1));
  world.Restart(town.crew().handle(1));
  world.RunUntil([&] { return town.crew().started() == 4; }, absl::Minutes(1));
  absl::Status status = town.crew().Register(1, "x");
  for (int i = 0; i < 60 && !status.ok() && !world.failed(); ++i) {
    world.RunFor(absl::Seconds(1));
    status = town.crew().Register(1, "x");
  }
  REHEARSE_EXPECT_EQ(status.ToString(), "OK");
  REHEARSE_EXPECT_EQ(town.Spread("x", old), size_t{0});
  REHEARSE_EXPECT_EQ(town.Registered(2, "x").incarnation, uint64_t{2});
  town.crew().Expect(2, "x", "node-1", absl::Seconds(5));
}

}  // namespace
}  // namespace rehearse
