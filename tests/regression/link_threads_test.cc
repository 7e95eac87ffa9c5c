// Links made from both sides at once, by threads that are interrupted anywhere. What simulated
// schedules can't show: two locks taken in two orders.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

class Peer : public Actor {};

class LinkThreadsTest : public testing::TestWithParam<int> {};

// Kameo #221.
TEST_P(LinkThreadsTest, LinksMadeFromBothSidesAtOnceEndAllTogether) {
  constexpr int kWaves = kThreadSanitizer || kAddressSanitizer ? 20 : 200;
  constexpr size_t kPeers = 12;
  ThreadedNode node(GetParam());
  for (int wave = 0; wave < kWaves; ++wave) {
    std::vector<ActorRef<Peer>> peers;
    for (size_t i = 0; i < kPeers; ++i) peers.push_back(node->Spawn<Peer>());
    std::thread upwards([&] {
      for (size_t i = 0; i + 1 < kPeers; ++i) Link(peers[i], peers[i + 1]);
    });
    std::thread downwards([&] {
      for (size_t i = kPeers - 1; i > 0; --i) Link(peers[i], peers[i - 1]);
    });
    peers[static_cast<size_t>(wave) % kPeers].Kill();
    upwards.join();
    downwards.join();
    for (const auto& peer : peers) {
      ASSERT_TRUE(peer.Join(absl::Seconds(30)).ok()) << peer.ToString();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, LinkThreadsTest, testing::Values(1, 2, 4));

}  // namespace
}  // namespace rehearse
