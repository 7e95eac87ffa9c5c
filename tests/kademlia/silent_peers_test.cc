// A node most of whose acquaintances have gone without a word.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/kad_core.h"
#include "rehearse/net/kademlia/testing/made_peer.h"
#include "rehearse/sim/world/world.h"
#include "tests/kademlia/light_network.h"

namespace rehearse::net {
namespace {

constexpr const char* kKey = "\x12\x20 what is provided";

// Twenty-five that answer and know each other, and thirty that are gone. The first knows them all.
class Village {
 public:
  static constexpr size_t kAlive = 25;
  static constexpr size_t kGone = 30;

  Village(Node& node, const DhtOptions& options)
      : node_(node), network_(*CurrentWorker(), node.random("network"), {}) {
    for (size_t i = 0; i < kAlive + kGone; ++i) network_.Add(MadePeerId(i));
    for (size_t i = 0; i < kAlive; ++i) Settle(network_.port(i));
    for (size_t i = 0; i < kAlive; ++i) {
      for (size_t other = 0; other < kAlive; ++other) Introduce(i, other);
    }
    for (size_t gone = kAlive; gone < kAlive + kGone; ++gone) Introduce(0, gone);
    dht_ = std::make_unique<Dht>(Dht::Parts{node, cores_[0], node.random("dht")}, options);
  }

  Dht& dht() { return *dht_; }

  // How many know who provides kKey.
  size_t holders() {
    size_t count = 0;
    for (const auto& core : cores_) count += core->HeldProviders(kKey).empty() ? 0 : 1;
    return count;
  }

 private:
  void Settle(LightNetwork::Port& port) {
    KadCoreOptions options;
    options.table.k = kAlive + kGone;  // all are known
    const auto core =
        std::make_shared<KadCore>(port.self(), validators_, port, node_.clock(), options);
    port.Open([core](const KadPeer& from, absl::string_view request) {
      return core->OnRequest(from, /*serves=*/true, request);
    });
    cores_.push_back(core);
  }
  void Introduce(size_t to, size_t whom) {
    if (to != whom) cores_[to]->OnServer(network_.port(whom).self());
  }

  Node& node_;
  LightNetwork network_;
  const RecordValidators validators_;
  std::vector<std::shared_ptr<KadCore>> cores_;
  std::unique_ptr<Dht> dht_;
};

// Plays `story` in a village, and tells how long it took.
absl::Duration Play(const DhtOptions& options, const std::function<void(Village&)>& story) {
  absl::Duration took = absl::InfiniteDuration();
  sim::World world({.seed = 1});
  world.AddNode("village", [&](Node& node) -> absl::Status {
    auto* const village =
        new Village(node, options);  // what is under way when it ends refers to it
    const Instant begin = node.clock().Now();
    story(*village);
    took = node.clock().Now() - begin;
    return absl::OkStatus();
  });
  EXPECT_TRUE(world.RunUntil([&] { return took < absl::InfiniteDuration(); }, absl::Hours(1)));
  return took;
}

// Each costs the others 10 s unless somebody else is asked in its place.
TEST(SilentPeersScenario, ALookupGoesRoundThem) {
  const absl::Duration took = Play({}, [](Village& village) {
    const auto nearest = village.dht().FindNearest(kKey);
    ASSERT_TRUE(nearest.ok()) << nearest.status();
    EXPECT_EQ(nearest->size(), 20u);
  });
  EXPECT_LT(took, absl::Seconds(15));
}

// A provider whose walk took too long told nobody, until the next time: its record died out.
TEST(SilentPeersScenario, ARecordIsStoredThoughTheWalkTakesTooLong) {
  const DhtOptions impatient{.lookup_timeout = absl::Seconds(5), .slow_after = absl::Minutes(1)};
  Play(impatient, [](Village& village) {
    EXPECT_TRUE(absl::IsDeadlineExceeded(village.dht().FindNearest(kKey).status()));
    EXPECT_TRUE(village.dht().Provide(kKey).ok());
    EXPECT_GT(village.holders(), 0u);
  });
}

}  // namespace
}  // namespace rehearse::net
