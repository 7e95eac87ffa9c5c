#include "rehearse/net/remote/peer_streams.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PeerStreamsTest : public testing::Test {
 protected:
  uint64_t Enter(const std::string& peer, uint64_t incarnation, const std::string& name = "") {
    return streams_.Enter(peer, incarnation, [this, name] { closed_.push_back(name); });
  }

  PeerStreams streams_;
  std::vector<std::string> closed_;
};

TEST_F(PeerStreamsTest, SoManyMayEnterUntilOneLeaves) {
  uint64_t place = 0;
  for (size_t i = 0; i < PeerStreams::kMax; ++i) {
    place = Enter("a", 1);
    EXPECT_NE(place, 0u);
  }
  EXPECT_EQ(Enter("a", 1), 0u);
  EXPECT_NE(Enter("b", 1), 0u);
  streams_.Leave("a", place);
  EXPECT_NE(Enter("a", 1), 0u);
  EXPECT_EQ(Enter("a", 1), 0u);
}

TEST_F(PeerStreamsTest, WhoHasLeftIsForgotten) {
  const uint64_t place = Enter("a", 1);
  streams_.Leave("a", place);
  streams_.Leave("a", place);
  EXPECT_EQ(streams_.peers(), 0u);
}

TEST_F(PeerStreamsTest, ALaterLifeClosesThoseOfTheOnesBefore) {
  const uint64_t first = Enter("a", 1, "a/1");
  Enter("a", 1, "a/1, lives");
  Enter("b", 1, "b/1");
  EXPECT_THAT(closed_, IsEmpty());
  Enter("a", 3, "a/3");
  EXPECT_THAT(closed_, ElementsAre("a/1", "a/1, lives"));
  streams_.Leave("a", first);  // it hears of its end
  Enter("a", 3, "a/3, lives");
  Enter("a", 2, "a/2, which was long on its way");
  EXPECT_THAT(closed_, ElementsAre("a/1", "a/1, lives"));
}

TEST_F(PeerStreamsTest, WhoDiedOftenIsStillLetIn) {
  for (uint64_t life = 1; life <= 2 * PeerStreams::kMax; ++life) EXPECT_NE(Enter("a", life), 0u);
  EXPECT_EQ(closed_.size(), 2 * PeerStreams::kMax - 1);
}

}  // namespace
}  // namespace rehearse::net
