#include "rehearse/actor/patterns/exchange.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace rehearse {
namespace {

using Names = std::vector<std::string>;

TEST(ExchangeTest, DirectGoesByTheKey) {
  Exchange exchange(ExchangeKind::kDirect);
  EXPECT_TRUE(exchange.Bind({.queue = "a", .key = "red"}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "b", .key = "red"}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "b", .key = "blue"}).ok());
  EXPECT_EQ(exchange.Route("red", {}), (Names{"a", "b"}));
  EXPECT_EQ(exchange.Route("blue", {}), (Names{"b"}));
  EXPECT_EQ(exchange.Route("re", {}), Names{});
}

TEST(ExchangeTest, TopicGoesByPatternsAndToEachQueueOnce) {
  Exchange exchange(ExchangeKind::kTopic);
  EXPECT_TRUE(exchange.Bind({.queue = "a", .key = "orders/*"}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "a", .key = "**"}).ok());
  EXPECT_EQ(exchange.Route("orders/7", {}), (Names{"a"}));
  EXPECT_EQ(exchange.Bind({.queue = "a", .key = "a**"}).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ExchangeTest, FanoutGoesToAll) {
  Exchange exchange(ExchangeKind::kFanout);
  EXPECT_TRUE(exchange.Bind({.queue = "b"}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "a"}).ok());
  EXPECT_EQ(exchange.Route("whatever", {}), (Names{"b", "a"}));
}

TEST(ExchangeTest, HeadersGoByAllOrAny) {
  Exchange exchange(ExchangeKind::kHeaders);
  const Headers wanted{{"size", "large"}, {"color", "red"}};
  EXPECT_TRUE(exchange.Bind({.queue = "all", .headers = wanted}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "any", .headers = wanted, .match = HeadersMatch::kAny}).ok());
  EXPECT_EQ(exchange.Route("", {{"size", "large"}, {"color", "red"}, {"more", ""}}),
            (Names{"all", "any"}));
  EXPECT_EQ(exchange.Route("", {{"size", "large"}, {"color", "blue"}}), (Names{"any"}));
  EXPECT_EQ(exchange.Route("", {{"size", "red"}}), Names{});
  EXPECT_TRUE(exchange.Bind({.queue = "always"}).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "never", .match = HeadersMatch::kAny}).ok());
  EXPECT_EQ(exchange.Route("", {}), (Names{"always"}));
}

TEST(ExchangeTest, UnboundGetsNothingMore) {
  Exchange exchange(ExchangeKind::kDirect);
  const Binding red{.queue = "a", .key = "red"};
  EXPECT_TRUE(exchange.Bind(red).ok());
  EXPECT_TRUE(exchange.Bind(red).ok());
  EXPECT_TRUE(exchange.Bind({.queue = "a", .key = "blue"}).ok());
  EXPECT_TRUE(exchange.Unbind(red));
  EXPECT_FALSE(exchange.Unbind(red));
  EXPECT_EQ(exchange.Route("red", {}), Names{});
  exchange.UnbindAll("a");
  EXPECT_EQ(exchange.Route("blue", {}), Names{});
}

}  // namespace
}  // namespace rehearse
