#include "rehearse/net/kademlia/lookup.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "rehearse/actor/env/random.h"
#include "rehearse/net/kademlia/routing_table.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

std::vector<KadPeer> MadePeers(uint64_t first, uint64_t last) {
  std::vector<KadPeer> peers;
  for (uint64_t number = first; number < last; ++number) peers.push_back(MadePeer(number));
  return peers;
}

const NodeKey kTarget = NodeKey::Of("target");

Lookup Made(const std::vector<KadPeer>& seeds, const LookupOptions& options) {
  return Lookup(kTarget, MadePeerId(0), seeds, options);
}

TEST(LookupTest, WithoutSeedsItIsOver) {
  Lookup lookup = Made({}, {});
  EXPECT_FALSE(lookup.Next().has_value());
  EXPECT_TRUE(lookup.done());
  EXPECT_TRUE(lookup.Nearest().empty());
}

TEST(LookupTest, AsksAlphaAtATime) {
  Lookup lookup = Made(MadePeers(1, 20), {.k = 10, .alpha = 3, .paths = 1});
  const auto first = lookup.Next();
  EXPECT_TRUE(lookup.Next().has_value());
  EXPECT_TRUE(lookup.Next().has_value());
  EXPECT_FALSE(lookup.Next().has_value());
  lookup.OnAnswer(*first, {});
  EXPECT_TRUE(lookup.Next().has_value());
  EXPECT_FALSE(lookup.Next().has_value());
}

TEST(LookupTest, AsksTheNearestFirst) {
  Lookup lookup = Made(MadePeers(1, 30), {.k = 5, .alpha = 30, .paths = 1});
  std::vector<XorDistance> asked;
  while (const auto next = lookup.Next()) asked.push_back(lookup.key(*next).DistanceTo(kTarget));
  EXPECT_EQ(asked.size(), 5u);
  EXPECT_TRUE(std::is_sorted(asked.begin(), asked.end()));
}

TEST(LookupTest, NeverAsksItselfOrAnybodyTwice) {
  Lookup lookup = Made(MadePeers(1, 4), {.paths = 1});
  const auto first = lookup.Next();
  lookup.OnAnswer(*first, MadePeers(0, 4));
  EXPECT_EQ(lookup.candidates(), 3u);
  EXPECT_FALSE(lookup.Find(MadePeerId(0)).has_value());
}

TEST(LookupTest, OneThatFailsMakesRoomForTheNext) {
  Lookup lookup = Made(MadePeers(1, 4), {.k = 2, .alpha = 1, .paths = 1});
  lookup.OnFailure(*lookup.Next());
  lookup.OnAnswer(*lookup.Next(), {});
  EXPECT_FALSE(lookup.done());
  lookup.OnAnswer(*lookup.Next(), {});
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.Nearest().size(), 2u);
  EXPECT_EQ(lookup.failed(), 1u);
}

TEST(LookupTest, LateAndDoubleWordsChangeNothing) {
  Lookup lookup = Made(MadePeers(1, 4), {.k = 3, .paths = 1});
  const auto first = *lookup.Next();
  lookup.OnFailure(first);
  lookup.OnAnswer(first, MadePeers(10, 20));
  lookup.OnFailure(first);
  EXPECT_EQ(lookup.candidates(), 3u);
  EXPECT_EQ(lookup.failed(), 1u);
}

TEST(LookupTest, CountsHopsFromTheSeeds) {
  Lookup lookup = Made(MadePeers(1, 2), {.paths = 1});
  const auto first = *lookup.Next();
  EXPECT_EQ(lookup.hops(first), 1);
  lookup.OnAnswer(first, MadePeers(2, 3));
  EXPECT_EQ(lookup.hops(*lookup.Find(MadePeerId(2))), 2);
}

TEST(LookupTest, TakesNoMoreOfAnAnswerThanItMay) {
  Lookup lookup = Made(MadePeers(1, 2), {.paths = 1, .heard_max = 5, .candidates_max = 9});
  lookup.OnAnswer(*lookup.Next(), MadePeers(100, 200));
  EXPECT_EQ(lookup.candidates(), 6u);
  lookup.OnAnswer(*lookup.Next(), MadePeers(300, 400));
  EXPECT_EQ(lookup.candidates(), 9u);
}

TEST(LookupTest, WhoIsSlowIsPassedOverAndItsAnswerStillCounts) {
  Lookup lookup = Made(MadePeers(1, 5), {.k = 2, .alpha = 2, .paths = 1});
  const auto first = *lookup.Next();
  const auto second = *lookup.Next();
  EXPECT_FALSE(lookup.Next().has_value());
  lookup.OnSlow(first);
  const auto third = *lookup.Next();  // in its place
  lookup.OnAnswer(second, {});
  lookup.OnAnswer(third, {});
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.Nearest(), (std::vector<Lookup::Candidate>{second, third}));
  lookup.OnAnswer(first, {});
  EXPECT_EQ(lookup.Nearest(), (std::vector<Lookup::Candidate>{first, second}));
  EXPECT_EQ(lookup.slow() + lookup.failed(), 0u);
}

TEST(LookupTest, TheSlowAreWaitedForWhereTooFewHaveAnswered) {
  Lookup lookup = Made(MadePeers(1, 3), {.k = 2, .paths = 1});
  const auto first = *lookup.Next();
  const auto second = *lookup.Next();
  lookup.OnSlow(first);
  lookup.OnAnswer(second, {});
  EXPECT_FALSE(lookup.Next().has_value());
  EXPECT_FALSE(lookup.done());
  lookup.OnFailure(first);
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.failed(), 1u);
}

TEST(LookupTest, AnotherPathGoesOnWhenLiarsAreNearest) {
  // The first seed names a crowd at the target; the second path still asks as many of its own.
  const LookupOptions options{.k = 4, .alpha = 4, .paths = 2};
  std::vector<KadPeer> crowd = MadePeers(1, 1000);
  std::sort(crowd.begin(), crowd.end(), [](const KadPeer& a, const KadPeer& b) {
    return NodeKey::Of(a.id).DistanceTo(kTarget) < NodeKey::Of(b.id).DistanceTo(kTarget);
  });
  const KadPeer liar = crowd[500];
  const KadPeer honest = crowd[501];
  const KadPeer honest_friend = crowd[400];
  Lookup lookup = Made({liar, honest}, options);
  std::set<PeerId> asked;
  while (!lookup.done()) {
    const auto next = *lookup.Next();
    asked.insert(lookup.peer(next).id);
    if (lookup.path(next) == 0) {
      lookup.OnAnswer(next, {crowd.begin(), crowd.begin() + 20});
    } else {
      lookup.OnAnswer(next, {honest_friend});
    }
  }
  EXPECT_TRUE(asked.contains(honest.id));
  EXPECT_TRUE(asked.contains(honest_friend.id));
}

// A network in which nobody comes or goes, each with a table of what it has met.
class StaticNetwork {
 public:
  StaticNetwork(size_t size, size_t k) {
    for (size_t i = 0; i < size; ++i) {
      peers_.push_back(MadePeer(i));
      keys_.push_back(NodeKey::Of(peers_[i].id));
      by_id_[peers_[i].id] = i;
    }
    for (size_t i = 0; i < size; ++i) {
      tables_.emplace_back(keys_[i], RoutingTableOptions{.k = k});
      for (size_t j = 0; j < size; ++j) tables_[i].Offer(peers_[j], keys_[j], Instant());
    }
  }

  // Without `asker`, as nodes answer.
  std::vector<KadPeer> Ask(const PeerId& whom, const NodeKey& target, size_t k,
                           const PeerId& asker) {
    std::vector<KadPeer> answer;
    for (const KadPeer* peer : tables_[by_id_.at(whom)].Nearest(target, k + 1)) {
      if (peer->id != asker && answer.size() < k) answer.push_back(*peer);
    }
    return answer;
  }

  std::vector<PeerId> Nearest(const NodeKey& target, size_t k, const std::set<PeerId>& without) {
    std::map<XorDistance, PeerId> sorted;
    for (size_t i = 0; i < peers_.size(); ++i) {
      if (!without.contains(peers_[i].id)) {
        sorted.emplace(keys_[i].DistanceTo(target), peers_[i].id);
      }
    }
    std::vector<PeerId> nearest;
    for (const auto& [distance, id] : sorted) {
      if (nearest.size() < k) nearest.push_back(id);
    }
    return nearest;
  }

 private:
  std::vector<KadPeer> peers_;
  std::vector<NodeKey> keys_;
  std::map<PeerId, size_t> by_id_;
  std::vector<RoutingTable> tables_;
};

// Answers come in an order that `random` gives; those in `dead` never answer.
void Walk(StaticNetwork& network, Lookup& lookup, size_t k, const std::set<PeerId>& dead,
          Random& random) {
  const PeerId self = MadePeerId(0);
  std::vector<Lookup::Candidate> open;
  while (!lookup.done()) {
    while (const auto next = lookup.Next()) open.push_back(*next);
    RC_ASSERT(!open.empty());
    const auto chosen = open.begin() + static_cast<std::ptrdiff_t>(random.Below(open.size()));
    const Lookup::Candidate candidate = *chosen;
    open.erase(chosen);
    if (dead.contains(lookup.peer(candidate).id)) {
      lookup.OnFailure(candidate);
    } else {
      lookup.OnAnswer(candidate, network.Ask(lookup.peer(candidate).id, lookup.target(), k, self));
    }
  }
}

std::vector<PeerId> IdsOf(const Lookup& lookup) {
  std::vector<PeerId> ids;
  for (const auto candidate : lookup.Nearest()) ids.push_back(lookup.peer(candidate).id);
  return ids;
}

// Where each knows its own neighbourhood whole, the answer is exact, in whatever order answers
// come.
RC_GTEST_PROP(LookupProperty, FindsTheNearestOfAStaticNetwork, (uint64_t seed)) {
  const size_t k = *rc::gen::inRange<size_t>(4, 9);
  const size_t size = *rc::gen::inRange<size_t>(2, 60);
  const size_t alpha = *rc::gen::inRange<size_t>(1, 6);
  const size_t paths = *rc::gen::inRange<size_t>(1, 4);
  Random random(seed);
  StaticNetwork network(size, /*k=*/1000);
  const NodeKey target = NodeKey::Of(std::to_string(seed));
  const PeerId self = MadePeerId(0);
  Lookup lookup(target, self, network.Ask(self, target, 2, self),
                {.k = k, .alpha = alpha, .paths = paths, .heard_max = k});
  Walk(network, lookup, k, {}, random);
  RC_ASSERT(IdsOf(lookup) == network.Nearest(target, k, {self}));
  RC_ASSERT(lookup.asked() <= size - 1);
}

// Where buckets are full, peers of the neighbour's half may stay unheard of; rarely, and never the
// nearest.
TEST(LookupTest, FindsTheNearestByTablesOfFullBuckets) {
  constexpr size_t kSize = 600;
  constexpr size_t kK = 20;
  constexpr int kTargets = 200;
  StaticNetwork network(kSize, kK);
  Random random(1);
  size_t missed = 0;
  for (int i = 0; i < kTargets; ++i) {
    const NodeKey target = NodeKey::Of(std::to_string(i));
    const PeerId self = MadePeerId(0);
    Lookup lookup(target, self, network.Ask(self, target, kK, self), {.k = kK});
    Walk(network, lookup, kK, {}, random);
    const std::vector<PeerId> found = IdsOf(lookup);
    const std::vector<PeerId> nearest = network.Nearest(target, kK, {self});
    EXPECT_EQ(found.front(), nearest.front());
    for (const PeerId& id : nearest) {
      missed += std::find(found.begin(), found.end(), id) == found.end() ? 1 : 0;
    }
  }
  EXPECT_LT(missed, kTargets * kK / 1000);
}

RC_GTEST_PROP(LookupProperty, EndsWhoeverFails, (uint64_t seed)) {
  const size_t size = *rc::gen::inRange<size_t>(2, 60);
  Random random(seed);
  StaticNetwork network(size, 5);
  std::set<PeerId> dead;
  for (size_t i = 1; i < size; ++i) {
    if (random.Below(3) == 0) dead.insert(MadePeerId(i));
  }
  const NodeKey target = NodeKey::Of(std::to_string(seed));
  const PeerId self = MadePeerId(0);
  Lookup lookup(target, self, network.Ask(self, target, 5, self),
                {.k = 5, .alpha = 3, .paths = 2, .heard_max = 5});
  Walk(network, lookup, 5, dead, random);
  for (const auto candidate : lookup.Nearest()) {
    RC_ASSERT(!dead.contains(lookup.peer(candidate).id));
  }
  RC_ASSERT(!lookup.Next().has_value());
}

}  // namespace
}  // namespace rehearse::net
