#include "rehearse/net/kademlia/routing_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

NodeKey KeyOf(const KadPeer& peer) { return NodeKey::Of(peer.id); }

Instant At(int64_t second) { return Instant() + absl::Seconds(second); }

// Peers of one bucket, as many as asked for.
std::vector<KadPeer> PeersIn(const NodeKey& own, int bucket, size_t count) {
  std::vector<KadPeer> peers;
  for (uint64_t number = 1; peers.size() < count; ++number) {
    KadPeer peer = MadePeer(number);
    if (KeyOf(peer).SharedBitsWith(own) == bucket) peers.push_back(std::move(peer));
  }
  return peers;
}

class RoutingTableTest : public testing::Test {
 public:
  TableOffer Offer(const KadPeer& peer, int64_t second = 0) {
    return table_.Offer(peer, KeyOf(peer), At(second));
  }

  const NodeKey own_ = NodeKey::Of("own");
  RoutingTable table_{own_, {.k = 3, .replacements_max = 2}};
  std::vector<KadPeer> peers_ = PeersIn(own_, 2, 6);
};

TEST_F(RoutingTableTest, KeepsTheOldAndLetsTheNewWait) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Offer(peers_[i]), TableOffer::kAdded);
  EXPECT_EQ(Offer(peers_[3]), TableOffer::kWaiting);
  EXPECT_EQ(Offer(peers_[0]), TableOffer::kKnown);
  EXPECT_EQ(table_.Find(KeyOf(peers_[3])), nullptr);
  EXPECT_EQ(table_.size(), 3u);
}

TEST_F(RoutingTableTest, TheOneThatWaitedShortestReplacesOneThatFails) {
  for (int i = 0; i < 6; ++i) Offer(peers_[i], i);
  EXPECT_EQ(table_.WaitingIn(2), 2u);
  table_.OnFailure(KeyOf(peers_[1]));
  EXPECT_EQ(table_.Find(KeyOf(peers_[1])), nullptr);
  EXPECT_NE(table_.Find(KeyOf(peers_[5])), nullptr);
  EXPECT_EQ(table_.Find(KeyOf(peers_[4])), nullptr);
}

TEST_F(RoutingTableTest, OneThatFailedIsKeptWhileNobodyWaitsButNotPassedOn) {
  Offer(peers_[0]);
  Offer(peers_[1]);
  table_.OnFailure(KeyOf(peers_[0]));
  table_.OnFailure(KeyOf(peers_[0]));
  EXPECT_NE(table_.Find(KeyOf(peers_[0])), nullptr);
  EXPECT_EQ(table_.Nearest(own_, 10).size(), 1u);
  Offer(peers_[0]);
  EXPECT_EQ(table_.Nearest(own_, 10).size(), 2u);
  for (int i = 0; i < 3; ++i) table_.OnFailure(KeyOf(peers_[0]));
  EXPECT_EQ(table_.Find(KeyOf(peers_[0])), nullptr);
}

TEST_F(RoutingTableTest, OneThatFailedGivesWayToOneThatAnswers) {
  for (int i = 0; i < 3; ++i) Offer(peers_[i]);
  table_.OnFailure(KeyOf(peers_[1]));
  EXPECT_EQ(Offer(peers_[3]), TableOffer::kAdded);
  EXPECT_EQ(table_.Find(KeyOf(peers_[1])), nullptr);
}

TEST_F(RoutingTableTest, NamesTheLeastRecentlySeenWhereOthersWait) {
  for (int i = 0; i < 3; ++i) Offer(peers_[i], i);
  EXPECT_FALSE(table_.StalestBeside(KeyOf(peers_[3]), At(100)).has_value());
  Offer(peers_[3], 3);
  EXPECT_EQ(table_.StalestBeside(KeyOf(peers_[3]), At(100))->id, peers_[0].id);
  Offer(peers_[0], 4);
  EXPECT_EQ(table_.StalestBeside(KeyOf(peers_[3]), At(100))->id, peers_[1].id);
  EXPECT_FALSE(table_.StalestBeside(KeyOf(peers_[3]), At(1)).has_value());
}

TEST_F(RoutingTableTest, DoesNotTakeItself) {
  const KadPeer self = MadePeer(7);
  RoutingTable table(KeyOf(self), {});
  EXPECT_EQ(table.Offer(self, KeyOf(self), At(0)), TableOffer::kOwn);
  table.OnFailure(KeyOf(self));
  table.Remove(KeyOf(self));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.Nearest(KeyOf(self), 3).empty());
}

TEST_F(RoutingTableTest, AnAddressPrefixHasFewPlacesInABucketAndInTheTable) {
  RoutingTable table(own_, {.k = 20, .group_per_bucket_max = 2, .group_per_table_max = 3});
  std::map<TableOffer, int> offers;
  std::map<int, int> buckets;
  for (uint32_t i = 0; i < 100; ++i) {
    const KadPeer peer{MadePeerId(i), {MadeAddress(0x08080800 + i)}};
    const TableOffer offer = table.Offer(peer, KeyOf(peer), At(0));
    ++offers[offer];
    if (offer == TableOffer::kAdded) ++buckets[table.BucketOf(KeyOf(peer))];
  }
  EXPECT_EQ(offers[TableOffer::kAdded], 3);
  EXPECT_EQ(offers[TableOffer::kCrowded], 97);
  for (const auto& [bucket, count] : buckets) EXPECT_LE(count, 2);
  const KadPeer gone = *table.Nearest(own_, 1).front();
  table.Remove(KeyOf(gone));
  const KadPeer other{MadePeerId(1000), {MadeAddress(0x080808f0)}};
  EXPECT_EQ(table.Offer(other, KeyOf(other), At(0)), TableOffer::kAdded);
}

TEST_F(RoutingTableTest, AKnownPeerCannotMoveToAnotherPrefix) {
  RoutingTable table(own_, {});
  const KadPeer peer{MadePeerId(1), {MadeAddress(0x08080801)}};
  const KadPeer moved{peer.id, {MadeAddress(0x09090901)}};
  table.Offer(peer, KeyOf(peer), At(0));
  EXPECT_EQ(table.Offer(moved, KeyOf(peer), At(0)), TableOffer::kKnown);
  EXPECT_EQ(table.Find(KeyOf(peer))->addresses, peer.addresses);
}

TEST_F(RoutingTableTest, FarBucketsAreThoseBeyondItsOwnNeighbourhood) {
  RoutingTable table(own_, {.k = 3});
  EXPECT_EQ(table.FarBuckets(), 0);
  for (int bucket = 0; bucket < 6; ++bucket) {
    for (const KadPeer& peer : PeersIn(own_, bucket, 2)) table.Offer(peer, KeyOf(peer), At(0));
  }
  EXPECT_EQ(table.FarBuckets(), 4);
}

RC_GTEST_PROP(RoutingTableProperty, NearestAreTheNearestOfAll, (uint16_t target_number)) {
  const auto numbers = *rc::gen::container<std::set<uint16_t>>(rc::gen::arbitrary<uint16_t>());
  const auto count = *rc::gen::inRange<size_t>(1, 30);
  RoutingTable table(NodeKey::Of("own"), {.k = 1000});
  std::map<XorDistance, PeerId> model;
  const NodeKey target = NodeKey::Of(MadePeerId(target_number));
  for (const uint16_t number : numbers) {
    const KadPeer peer = MadePeer(number);
    table.Offer(peer, KeyOf(peer), Instant());
    model.emplace(KeyOf(peer).DistanceTo(target), peer.id);
  }
  const auto nearest = table.Nearest(target, count);
  RC_ASSERT(nearest.size() == std::min(count, model.size()));
  auto expected = model.begin();
  for (const KadPeer* peer : nearest) RC_ASSERT(peer->id == (expected++)->second);
}

// The table against one that keeps the same rules in the plainest way.
struct ModelBucket {
  std::vector<uint64_t> entries;  // least recently seen first
  std::vector<uint64_t> waiting;
  std::map<uint64_t, int> failures;
};

class Model {
 public:
  static constexpr size_t kK = 2;
  static constexpr size_t kWaitingMax = 2;

  void Offer(uint64_t number) {
    ModelBucket& bucket = Of(number);
    if (std::erase(bucket.entries, number) == 0 && bucket.entries.size() == kK) {
      const auto failed = std::find_if(bucket.entries.begin(), bucket.entries.end(),
                                       [&](uint64_t held) { return bucket.failures[held] > 0; });
      if (failed == bucket.entries.end()) return Wait(bucket, number);
      bucket.entries.erase(failed);
    }
    std::erase(bucket.waiting, number);
    bucket.failures[number] = 0;
    bucket.entries.push_back(number);
    seen_[number] = ++time_;
  }

  void Fail(uint64_t number) {
    ModelBucket& bucket = Of(number);
    if (std::erase(bucket.waiting, number) > 0) return;
    const auto entry = std::find(bucket.entries.begin(), bucket.entries.end(), number);
    if (entry == bucket.entries.end()) return;
    if (++bucket.failures[number] < 3 && bucket.waiting.empty()) return;
    bucket.entries.erase(entry);
    if (bucket.waiting.empty()) return;
    bucket.entries.push_back(bucket.waiting.back());
    bucket.failures[bucket.waiting.back()] = 0;
    bucket.waiting.pop_back();
    std::sort(bucket.entries.begin(), bucket.entries.end(),
              [this](uint64_t a, uint64_t b) { return seen_[a] < seen_[b]; });
  }

  std::set<PeerId> All() {
    std::set<PeerId> all;
    for (const auto& [index, bucket] : buckets_) {
      for (const uint64_t number : bucket.entries) all.insert(MadePeerId(number));
    }
    return all;
  }

 private:
  ModelBucket& Of(uint64_t number) {
    return buckets_[NodeKey::Of(MadePeerId(number)).SharedBitsWith(NodeKey::Of("own"))];
  }
  void Wait(ModelBucket& bucket, uint64_t number) {
    std::erase(bucket.waiting, number);
    if (bucket.waiting.size() == kWaitingMax) bucket.waiting.erase(bucket.waiting.begin());
    bucket.waiting.push_back(number);
    seen_[number] = ++time_;
  }

  std::map<int, ModelBucket> buckets_;
  std::map<uint64_t, int64_t> seen_;
  int64_t time_ = 0;
};

RC_GTEST_PROP(RoutingTableProperty, IsWhatItsModelIs, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, uint64_t>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange<uint64_t>(0, 30)));
  RoutingTable table(NodeKey::Of("own"), {.k = Model::kK, .replacements_max = Model::kWaitingMax});
  Model model;
  int64_t now = 0;
  for (const auto& [offered, number] : steps) {
    const KadPeer peer = MadePeer(number);
    if (offered) {
      table.Offer(peer, KeyOf(peer), At(++now));
      model.Offer(number);
    } else {
      table.OnFailure(KeyOf(peer));
      model.Fail(number);
    }
    std::set<PeerId> all;
    for (const KadPeer& held : table.All()) all.insert(held.id);
    RC_ASSERT(all == model.All());
    RC_ASSERT(table.size() == all.size());
  }
}

}  // namespace
}  // namespace rehearse::net
