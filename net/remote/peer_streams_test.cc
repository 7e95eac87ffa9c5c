#include "rehearse/net/remote/peer_streams.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

TEST(PeerStreamsTest, SoManyMayEnterUntilOneLeaves) {
  PeerStreams streams;
  for (size_t i = 0; i < PeerStreams::kMax; ++i) EXPECT_TRUE(streams.Enter("a"));
  EXPECT_FALSE(streams.Enter("a"));
  EXPECT_TRUE(streams.Enter("b"));
  streams.Leave("a");
  EXPECT_TRUE(streams.Enter("a"));
  EXPECT_FALSE(streams.Enter("a"));
}

TEST(PeerStreamsTest, WhoHasLeftIsForgotten) {
  PeerStreams streams;
  EXPECT_TRUE(streams.Enter("a"));
  streams.Leave("a");
  streams.Leave("a");
  EXPECT_EQ(streams.peers(), 0u);
}

}  // namespace
}  // namespace rehearse::net
