// Old and new programs read each other's messages.

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "net/codec/testing/evolution_v1.h"
#include "net/codec/testing/evolution_v2.h"

namespace rehearse::codec_test {
namespace {

TEST(MessagesEvolutionTest, NewReadsOldWithDefaultsForTheRest) {
  const v1::Order old_order{.customer = "Ada",
                            .note = "by hand",
                            .state = v1::State::Closed,
                            .items = {{.name = "cog", .count = 3}, {.name = "belt"}}};
  std::string bytes;
  old_order.AppendTo(bytes);
  const absl::StatusOr<v2::Order> order = v2::Order::Parse(bytes);
  ASSERT_TRUE(order.ok()) << order.status();
  const v2::Order expected{.customer = "Ada",
                           .state = v2::State::Closed,
                           .items = {{.name = "cog", .count = 3}, {.name = "belt"}}};
  EXPECT_EQ(*order, expected);
  EXPECT_EQ(order->priority, 5);
  EXPECT_EQ(order->items[0].price_cents, 100);
}

TEST(MessagesEvolutionTest, OldReadsNewAndSkipsWhatItDoesNotKnow) {
  const v2::Order new_order{
      .customer = "Ada",
      .state = v2::State::Refunded,
      .items = {{.name = "cog", .count = 3, .price_cents = 7, .tags = {"a", "b"}}},
      .address = v2::Address{.street = "St James's Square"},
      .priority = 9};
  std::string bytes;
  new_order.AppendTo(bytes);
  const absl::StatusOr<v1::Order> order = v1::Order::Parse(bytes);
  ASSERT_TRUE(order.ok()) << order.status();
  const v1::Order expected{.customer = "Ada",
                           .state = static_cast<v1::State>(2),
                           .items = {{.name = "cog", .count = 3}}};
  EXPECT_EQ(*order, expected);
}

TEST(MessagesEvolutionTest, OldReadsAUnionsNewTableAsNone) {
  const v2::Order new_order{
      .deposit = v2::Card{.number = "7"},
      .payments = {v2::Cash{.cents = 5}, v2::Card{.number = "8"}, v2::Cash{.cents = 6}},
      .priority = 9};
  std::string bytes;
  new_order.AppendTo(bytes);
  const absl::StatusOr<v1::Order> order = v1::Order::Parse(bytes);
  ASSERT_TRUE(order.ok()) << order.status();
  const v1::Order expected{
      .payments = {v1::Cash{.cents = 5}, std::monostate(), v1::Cash{.cents = 6}}};
  EXPECT_EQ(*order, expected);
  std::string again;  // what it does not know it can't hand on, but each keeps its place
  order->AppendTo(again);
  EXPECT_EQ(
      v2::Order::Parse(again)->payments,
      (std::vector<v2::Payment>{v2::Cash{.cents = 5}, std::monostate(), v2::Cash{.cents = 6}}));
}

TEST(MessagesEvolutionTest, NewReadsAnOldUnion) {
  const v1::Order old_order{.deposit = v1::Cash{.cents = 3}, .payments = {v1::Cash{.cents = 4}}};
  std::string bytes;
  old_order.AppendTo(bytes);
  const absl::StatusOr<v2::Order> order = v2::Order::Parse(bytes);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->deposit, v2::Payment(v2::Cash{.cents = 3}));
  EXPECT_EQ(order->payments, std::vector<v2::Payment>{v2::Cash{.cents = 4}});
}

}  // namespace
}  // namespace rehearse::codec_test
