#include "rehearse/net/kademlia/kad_service.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

class AnyValue final : public RecordValidator {
 public:
  absl::Status Validate(absl::string_view, absl::string_view value) const override {
    if (!value.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("empty");
  }
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) const override {
    return value > held;
  }
};

class KadServiceTest : public testing::Test {
 public:
  KadServiceTest() {
    validators_.Add("test", any_);
    for (uint64_t i = 1; i <= 50; ++i) {
      table_.Offer(MadePeer(i), NodeKey::Of(MadePeer(i).id), Instant());
    }
  }

  absl::StatusOr<std::optional<std::string>> Say(const KadPeer& from, const KadMessage& message) {
    return service_.Answer(from, *message.Encode(), now_);
  }
  KadMessage Ask(const KadPeer& from, const KadMessage& message) {
    return *KadMessage::Decode(**Say(from, message));
  }

  const AnyValue any_;
  RecordValidators validators_;
  const KadPeer self_ = MadePeer(0);
  const KadPeer asker_ = MadePeer(1);
  const KadPeer other_ = MadePeer(2);
  RoutingTable table_{NodeKey::Of(self_.id), {}};
  RecordStore store_{NodeKey::Of(self_.id), validators_, {}};
  KadService service_{self_, table_, store_, {.budget = {.per_second = 10, .burst = 20}}};
  Instant now_;
};

TEST_F(KadServiceTest, NamesTheNearestButNotTheAsker) {
  const KadMessage answer =
      Ask(asker_, {.type = KadType::kFindNode, .key = std::string(asker_.id.bytes())});
  EXPECT_EQ(answer.type, KadType::kFindNode);
  EXPECT_EQ(answer.key, asker_.id.bytes());
  EXPECT_EQ(answer.closer.size(), 20u);
  EXPECT_EQ(std::count(answer.closer.begin(), answer.closer.end(), asker_), 0);
  const KadMessage to_other =
      Ask(other_, {.type = KadType::kFindNode, .key = std::string(asker_.id.bytes())});
  EXPECT_EQ(to_other.closer.front(), asker_);
}

TEST_F(KadServiceTest, NamesItselfOnlyWhenItIsLookedUp) {
  EXPECT_EQ(Ask(asker_, {.type = KadType::kFindNode, .key = std::string(self_.id.bytes())})
                .closer.front(),
            self_);
  EXPECT_NE(Ask(asker_, {.type = KadType::kFindNode, .key = "x"}).closer.front(), self_);
}

TEST_F(KadServiceTest, KeepsWhatAProviderSaysOfItselfAlone) {
  const KadMessage squatting{
      .type = KadType::kAddProvider, .key = "key", .providers = {other_, MadePeer(9)}};
  EXPECT_FALSE(Say(asker_, squatting)->has_value());
  EXPECT_TRUE(Ask(other_, {.type = KadType::kGetProviders, .key = "key"}).providers.empty());
  EXPECT_FALSE(Say(asker_, {.type = KadType::kAddProvider, .key = "key", .providers = {asker_}})
                   ->has_value());
  EXPECT_EQ(Ask(other_, {.type = KadType::kGetProviders, .key = "key"}).providers,
            std::vector<KadPeer>{asker_});
}

TEST_F(KadServiceTest, ReplacesAddressesThatCannotBeRead) {
  const KadPeer bad{asker_.id, {"no address"}};
  EXPECT_TRUE(Say(asker_, {.type = KadType::kAddProvider, .key = "key", .providers = {bad}}).ok());
  EXPECT_EQ(Ask(other_, {.type = KadType::kGetProviders, .key = "key"}).providers,
            std::vector<KadPeer>{asker_});
}

TEST_F(KadServiceTest, StoresValuesUnderTheirOwnKeyAlone) {
  KadMessage put{.type = KadType::kPutValue, .key = "/test/x"};
  EXPECT_TRUE(absl::IsInvalidArgument(Say(asker_, put).status()));
  put.record = KadRecord{.key = "/test/y", .value = "v"};
  EXPECT_TRUE(absl::IsInvalidArgument(Say(asker_, put).status()));
  put.record->key = "/test/x";
  EXPECT_EQ(Ask(asker_, put), put);
  EXPECT_EQ(Ask(other_, {.type = KadType::kGetValue, .key = "/test/x"}).record->value, "v");
  EXPECT_FALSE(Ask(other_, {.type = KadType::kGetValue, .key = "/test/y"}).record.has_value());
}

TEST_F(KadServiceTest, RefusesThoseWhoAskTooOften) {
  const KadMessage question{.type = KadType::kFindNode, .key = "x"};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Say(asker_, question).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Say(asker_, question).status()));
  EXPECT_TRUE(Say(other_, question).ok());
  now_ = now_ + absl::Milliseconds(100);
  EXPECT_TRUE(Say(asker_, question).ok());
  EXPECT_FALSE(Say(asker_, question).ok());
  EXPECT_EQ(service_.counters().throttled, 2u);
}

TEST(RequestBudgetTest, KeepsABoundedNumberOfPeersInMind) {
  RequestBudget budget({.per_second = 1, .burst = 2, .peers_max = 3});
  Instant now = Instant() + absl::Seconds(5);
  for (uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(budget.Take(MadePeerId(i), now));
  EXPECT_FALSE(budget.Take(MadePeerId(3), now));
  now = now + absl::Seconds(1);
  EXPECT_TRUE(budget.Take(MadePeerId(3), now));
  EXPECT_LE(budget.peers(), 3u);
}

RC_GTEST_PROP(KadServiceProperty, HostileRequestsAreRefusedInWords, (const std::string& bytes)) {
  const RecordValidators validators;
  const KadPeer self = MadePeer(0);
  const RoutingTable table(NodeKey::Of(self.id), {});
  RecordStore store(NodeKey::Of(self.id), validators, {});
  KadService service(self, table, store, {});
  const auto answer = service.Answer(MadePeer(1), bytes, Instant());
  RC_ASSERT(answer.ok() || !absl::IsInternal(answer.status()));
}

}  // namespace
}  // namespace rehearse::net
