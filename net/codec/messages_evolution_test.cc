// Old and new programs read each other's messages.

#include <string>

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

}  // namespace
}  // namespace rehearse::codec_test
