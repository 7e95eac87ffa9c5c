#include "rehearse/net/cluster/keyed.h"

#include <cstdint>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "rehearse/net/cluster/cluster.h"

namespace rehearse::net {
namespace {

using ByText = Keyed<std::string, AwaitShard>;
using ByNumber = Keyed<int32_t, AwaitShard>;

template <typename K>
std::string BytesOf(const K& keyed) {
  std::string bytes;
  keyed.AppendTo(bytes);
  return bytes;
}

TEST(KeyedTest, ComesBackAsItWas) {
  for (const std::string& key : {std::string(), std::string("alice"), std::string(300, '\0')}) {
    const auto back = ByText::Parse(
        BytesOf(ByText{.key = key, .shards = 64, .hops = 3, .message = {.shard = 7}}));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->key, key);
    EXPECT_EQ(back->shards, 64u);
    EXPECT_EQ(back->hops, 3u);
    EXPECT_EQ(back->message.shard, 7u);
  }
  const auto least = ByNumber::Parse(BytesOf(ByNumber{.key = std::numeric_limits<int32_t>::min()}));
  ASSERT_TRUE(least.ok()) << least.status();
  EXPECT_EQ(least->key, std::numeric_limits<int32_t>::min());
}

TEST(KeyedTest, APartIsDataLoss) {
  const std::string bytes = BytesOf(ByText{.key = "alice", .shards = 64, .message = {.shard = 7}});
  for (size_t count = 0; count < bytes.size(); ++count) {
    EXPECT_TRUE(absl::IsDataLoss(ByText::Parse(bytes.substr(0, count)).status())) << count;
  }
}

TEST(KeyedTest, ANumberOfAnotherSizeIsDataLoss) {
  const std::string bytes = BytesOf(Keyed<int64_t, AwaitShard>{.key = 7});
  EXPECT_TRUE(absl::IsDataLoss(ByNumber::Parse(bytes).status()));
}

TEST(KeyedTest, EachKindOfKeyHasAnIdOfItsOwn) {
  EXPECT_NE(ByText::kMessageId, AwaitShard::kMessageId);
  EXPECT_NE(ByText::kMessageId, ByNumber::kMessageId);
  EXPECT_NE(ByNumber::kMessageId, (Keyed<uint32_t, AwaitShard>::kMessageId));
  EXPECT_NE(ByNumber::kMessageId, (Keyed<int64_t, AwaitShard>::kMessageId));
  EXPECT_NE(ByText::kMessageId, (Keyed<std::string, KeeperPing>::kMessageId));
}

}  // namespace
}  // namespace rehearse::net
