#include "rehearse/net/libp2p/peer_connections.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {
namespace {

struct Connection {
  bool over() const { return is_over; }

  bool is_over = false;
};

using Connections = PeerConnections<Connection>;

class PeerConnectionsTest : public testing::Test {
 protected:
  PeerId Draw() { return Identity::Generate(entropy_).peer_id(); }

  SeededEntropy entropy_{1};
  const PeerId one_ = Draw();
  const PeerId other_ = Draw();
  const PeerId smaller_ = std::min(one_, other_);
  const PeerId larger_ = std::max(one_, other_);
  const std::shared_ptr<Connection> first_ = std::make_shared<Connection>();
  const std::shared_ptr<Connection> second_ = std::make_shared<Connection>();
};

TEST_F(PeerConnectionsTest, OneThatStandsIsFound) {
  Connections connections(smaller_);
  EXPECT_EQ(connections.Find(larger_), nullptr);
  EXPECT_EQ(connections.Add(larger_, first_, true), first_);
  EXPECT_EQ(connections.Find(larger_), first_);
  EXPECT_EQ(connections.Find(smaller_), nullptr);
  first_->is_over = true;
  EXPECT_EQ(connections.Find(larger_), nullptr);
  EXPECT_TRUE(connections.All().empty());
}

// `first_` is the one that the smaller side has dialled. They come in either order, on either side.
TEST_F(PeerConnectionsTest, OfTwoThatDialEachOtherBothSidesKeepTheSame) {
  for (const bool first_comes_first : {true, false}) {
    for (const bool is_smaller : {true, false}) {
      Connections connections(is_smaller ? smaller_ : larger_);
      const PeerId& peer = is_smaller ? larger_ : smaller_;
      if (first_comes_first) connections.Add(peer, first_, is_smaller);
      const auto used = connections.Add(peer, second_, !is_smaller);
      EXPECT_EQ(used, first_comes_first ? first_ : second_);
      if (!first_comes_first) {
        EXPECT_EQ(connections.Add(peer, first_, is_smaller), first_);
      }
      EXPECT_EQ(connections.Find(peer), first_);
    }
  }
}

TEST_F(PeerConnectionsTest, WhoDialsAgainMissesTheOlder) {
  for (const bool here : {true, false}) {
    Connections connections(smaller_);
    connections.Add(larger_, first_, here);
    EXPECT_EQ(connections.Add(larger_, second_, here), second_);
    EXPECT_EQ(connections.Find(larger_), second_);
  }
}

TEST_F(PeerConnectionsTest, OneThatIsOverGivesWayToAny) {
  Connections connections(smaller_);
  connections.Add(larger_, first_, true);
  first_->is_over = true;
  EXPECT_EQ(connections.Add(larger_, second_, false), second_);
  EXPECT_EQ(connections.Find(larger_), second_);
}

TEST_F(PeerConnectionsTest, ANodeThatTalksToItselfNeedsBothEnds) {
  Connections connections(smaller_);
  EXPECT_EQ(connections.Add(smaller_, first_, true), first_);
  EXPECT_EQ(connections.Add(smaller_, second_, false), second_);
}

}  // namespace
}  // namespace rehearse::net
