// A program of yesterday and one of today in one cluster: the same messages, grown since.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "net/codec/testing/evolution_v1.h"
#include "net/codec/testing/evolution_v2.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

namespace v1 = codec_test::v1;
namespace v2 = codec_test::v2;
using sim::World;

// A desk as it was.
class OldDesk : public Actor {
 public:
  std::string Handle(const v1::Order& order) {
    return absl::StrCat(order.customer, ":", order.note, ":", order.items.size(), ":",
                        static_cast<int>(order.state));
  }
};

// And as it is.
class NewDesk : public Actor {
 public:
  std::string Handle(const v2::Order& order) {
    return absl::StrCat(order.customer, ":", static_cast<int>(order.priority), ":",
                        order.address.has_value() ? order.address->street : "nowhere", ":",
                        order.items.empty() ? -1 : order.items[0].price_cents);
  }
};

using OldProtocol = Protocol<std::string(v1::Order)>;
using NewProtocol = Protocol<std::string(v2::Order)>;

TEST(EvolutionScenario, OldAndNewProgramsUnderstandEachOther) {
  World world({.seed = 1});
  std::string by_new;
  std::string by_old;
  world.AddNode("old", [&](Node& node) -> absl::Status {
    absl::Status status = node.Register<OldProtocol>("desk", node.Spawn<OldDesk>());
    if (!status.ok()) return status;
    (void)Sleep(absl::Seconds(1));
    const auto desk = node.Named<OldProtocol>("desk@new");
    by_new = desk->Ask(v1::Order{.customer = "ada", .note = "soon", .items = {{.name = "tea"}}})
                 .value_or("no answer");
    return absl::OkStatus();
  });
  world.AddNode("new", [&](Node& node) -> absl::Status {
    absl::Status status = node.Register<NewProtocol>("desk", node.Spawn<NewDesk>());
    if (!status.ok()) return status;
    (void)Sleep(absl::Seconds(1));
    const auto desk = node.Named<NewProtocol>("desk@old");
    by_old = desk->Ask(v2::Order{.customer = "bob",
                                 .state = v2::State::Refunded,
                                 .items = {{.name = "tea", .price_cents = 250}, {}},
                                 .address = v2::Address{.street = "high"},
                                 .priority = 9})
                 .value_or("no answer");
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(by_new, "ada:5:nowhere:100");  // what it did not say has its default
  EXPECT_EQ(by_old, "bob::2:2");           // and a name that it does not know its number
  EXPECT_FALSE(world.failed());
}

}  // namespace
}  // namespace rehearse
