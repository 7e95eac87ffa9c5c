#include "rehearse/net/kademlia/record_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

// Takes values that begin with "good"; the larger wins.
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

Instant At(int64_t second) { return Instant() + absl::Seconds(second); }

class RecordStoreTest : public testing::Test {
 public:
  RecordStoreTest() { validators_.Add("test", good_); }

  RecordStore Made(const RecordStoreOptions& options) {
    return RecordStore(NodeKey::Of("own"), validators_, options);
  }

  const GoodValues good_;
  RecordValidators validators_;
  const PeerId a_ = MadePeerId(1);
  const PeerId b_ = MadePeerId(2);
};

TEST_F(RecordStoreTest, KeepsAValueUntilItExpires) {
  RecordStore store = Made({.value_lifetime = absl::Seconds(100)});
  ASSERT_TRUE(store.PutValue(a_, {.key = "/test/x", .value = "good"}, At(0)).ok());
  EXPECT_EQ(store.Value("/test/x", At(40))->value, "good");
  EXPECT_EQ(store.Value("/test/x", At(40))->ttl_seconds, 60u);
  EXPECT_TRUE(store.Value("/test/x", At(99)).has_value());
  EXPECT_FALSE(store.Value("/test/x", At(100)).has_value());
  store.DropExpired(At(100));
  EXPECT_EQ(store.keys(), 0u);
  EXPECT_EQ(store.bytes(), 0u);
}

TEST_F(RecordStoreTest, ASendersLifetimeCountsIfItIsShorter) {
  RecordStore store = Made({.value_lifetime = absl::Seconds(100)});
  const auto put = [&](const char* key, uint32_t ttl) {
    return store.PutValue(a_, {.key = key, .value = "good", .ttl_seconds = ttl}, At(0)).ok();
  };
  ASSERT_TRUE(put("/test/short", 10));
  ASSERT_TRUE(put("/test/long", 1000000));
  EXPECT_FALSE(store.Value("/test/short", At(10)).has_value());
  EXPECT_FALSE(store.Value("/test/long", At(100)).has_value());
}

TEST_F(RecordStoreTest, TakesNothingWithoutAValidator) {
  RecordStore store = Made({});
  for (const char* key : {"", "/", "x", "/test", "/test/", "//x", "/other/x", "test/x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store.PutValue(a_, {.key = key, .value = "good"}, At(0))))
        << key;
  }
  EXPECT_TRUE(
      absl::IsInvalidArgument(store.PutValue(a_, {.key = "/test/x", .value = "forged"}, At(0))));
  EXPECT_EQ(store.keys(), 0u);
}

TEST_F(RecordStoreTest, TheBetterValueStaysWhoeverSendsIt) {
  RecordStore store = Made({});
  ASSERT_TRUE(store.PutValue(a_, {.key = "/test/x", .value = "good 2"}, At(0)).ok());
  EXPECT_TRUE(
      absl::IsAlreadyExists(store.PutValue(a_, {.key = "/test/x", .value = "good 1"}, At(0))));
  EXPECT_TRUE(store.PutValue(b_, {.key = "/test/x", .value = "good 3"}, At(0)).ok());
  EXPECT_EQ(store.Value("/test/x", At(1))->value, "good 3");
  EXPECT_EQ(store.keys(), 1u);
}

TEST_F(RecordStoreTest, ACopyOfAnotherSenderProlongsIt) {
  RecordStore store = Made({.value_lifetime = absl::Seconds(100)});
  ASSERT_TRUE(store.PutValue(a_, {.key = "/test/x", .value = "good"}, At(0)).ok());
  EXPECT_EQ(store.NotStoredSince(At(50), At(60)).size(), 1u);
  ASSERT_TRUE(store.PutValue(b_, {.key = "/test/x", .value = "good"}, At(60)).ok());
  EXPECT_TRUE(store.Value("/test/x", At(159)).has_value());
  EXPECT_TRUE(store.NotStoredSince(At(50), At(60)).empty());
}

TEST_F(RecordStoreTest, CopiesDoNotOutliveTheirFirstLifetimeByBeingPassedOn) {
  RecordStore first = Made({.value_lifetime = absl::Seconds(100)});
  RecordStore second = Made({.value_lifetime = absl::Seconds(100)});
  ASSERT_TRUE(first.PutValue(a_, {.key = "/test/x", .value = "good"}, At(0)).ok());
  ASSERT_TRUE(second.PutValue(b_, *first.Value("/test/x", At(60)), At(60)).ok());
  ASSERT_TRUE(first.PutValue(b_, *second.Value("/test/x", At(61)), At(61)).ok());
  EXPECT_FALSE(first.Value("/test/x", At(101)).has_value());
  EXPECT_FALSE(second.Value("/test/x", At(101)).has_value());
}

TEST_F(RecordStoreTest, APeerHasItsShareAndNoMore) {
  RecordStore store = Made({.keys_per_peer_max = 2, .bytes_per_peer_max = 1000});
  ASSERT_TRUE(store.PutValue(a_, {.key = "/test/1", .value = "good"}, At(0)).ok());
  ASSERT_TRUE(store.AddProvider("2", MadePeer(1), At(0)).ok());
  EXPECT_TRUE(
      absl::IsResourceExhausted(store.PutValue(a_, {.key = "/test/3", .value = "good"}, At(0))));
  EXPECT_TRUE(absl::IsResourceExhausted(store.AddProvider("3", MadePeer(1), At(0))));
  EXPECT_TRUE(store.PutValue(b_, {.key = "/test/3", .value = "good"}, At(0)).ok());
  const std::string large = "good" + std::string(900, 'x');
  EXPECT_TRUE(
      absl::IsResourceExhausted(store.PutValue(b_, {.key = "/test/4", .value = large}, At(0))));
}

TEST_F(RecordStoreTest, WhenFullTheFarthestGoes) {
  RecordStore store = Made({.keys_max = 10});
  for (int i = 0; i < 200; ++i) {
    const KadRecord record{.key = absl::StrCat("/test/", i), .value = "good"};
    const absl::Status status = store.PutValue(MadePeerId(i), record, At(0));
    EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status)) << status;
  }
  EXPECT_EQ(store.keys(), 10u);
  std::map<XorDistance, std::string> all;
  for (int i = 0; i < 200; ++i) {
    const std::string key = absl::StrCat("/test/", i);
    all.emplace(NodeKey::Of(key).DistanceTo(NodeKey::Of("own")), key);
  }
  int rank = 0;
  for (const auto& [distance, key] : all) {
    EXPECT_EQ(store.Value(key, At(1)).has_value(), rank++ < 10) << key;
  }
}

TEST_F(RecordStoreTest, ProvidersExpireOneByOne) {
  RecordStore store = Made({.provider_lifetime = absl::Seconds(100)});
  ASSERT_TRUE(store.AddProvider("key", MadePeer(1), At(0)).ok());
  ASSERT_TRUE(store.AddProvider("key", MadePeer(2), At(50)).ok());
  ASSERT_TRUE(store.AddProvider("key", MadePeer(1), At(60)).ok());
  EXPECT_EQ(store.Providers("key", At(60)), (std::vector<KadPeer>{MadePeer(2), MadePeer(1)}));
  EXPECT_EQ(store.Providers("key", At(150)), (std::vector<KadPeer>{MadePeer(1)}));
  store.DropExpired(At(160));
  EXPECT_EQ(store.bytes(), 0u);
}

TEST_F(RecordStoreTest, TheOldestProviderGivesWay) {
  RecordStore store = Made({.providers_per_key_max = 2});
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(store.AddProvider("key", MadePeer(i), At(0)).ok());
  EXPECT_EQ(store.Providers("key", At(1)), (std::vector<KadPeer>{MadePeer(2), MadePeer(3)}));
}

TEST_F(RecordStoreTest, ProviderKeysHaveALength) {
  RecordStore store = Made({});
  EXPECT_TRUE(absl::IsInvalidArgument(store.AddProvider("", MadePeer(1), At(0))));
  EXPECT_TRUE(store.AddProvider(std::string(80, 'k'), MadePeer(1), At(0)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(store.AddProvider(std::string(81, 'k'), MadePeer(1), At(0))));
}

RC_GTEST_PROP(RecordStoreProperty, StaysWithinItsBounds, ()) {
  const GoodValues good;
  RecordValidators validators;
  validators.Add("test", good);
  RecordStore store(NodeKey::Of("own"), validators,
                    {.value_lifetime = absl::Seconds(20),
                     .provider_lifetime = absl::Seconds(30),
                     .providers_per_key_max = 3,
                     .keys_per_peer_max = 8,
                     .bytes_per_peer_max = 1500,
                     .keys_max = 12,
                     .bytes_max = 2500});
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, uint8_t, uint8_t>>>(
      rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange<uint8_t>(0, 5),
                     rc::gen::inRange<uint8_t>(0, 20)));
  int64_t now = 0;
  for (const auto& [what, peer, number] : steps) {
    ++now;
    const std::string key = absl::StrCat("/test/", number);
    if (what == 0) (void)store.AddProvider(key, MadePeer(peer), At(now));
    if (what == 1) store.DropExpired(At(now));
    if (what >= 2) {
      (void)store.PutValue(MadePeerId(peer),
                           {.key = key, .value = "good" + std::string(number, 'x')}, At(now));
    }
    RC_ASSERT(store.keys() <= 12u);
    RC_ASSERT(store.bytes() <= 2500u);
    RC_ASSERT(store.Providers(key, At(now)).size() <= 3u);
  }
  store.DropExpired(At(now + 100));
  RC_ASSERT(store.keys() == 0u);
  RC_ASSERT(store.bytes() == 0u);
}

}  // namespace
}  // namespace rehearse::net
