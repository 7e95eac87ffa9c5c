#include "rehearse/actor/patterns/message_bus.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Ordered {
  int order = 0;
};
struct Paid {
  int order = 0;
};

using Events = MessageBus<Ordered, Paid>;

class Desk : public Actor {
 public:
  explicit Desk(std::vector<std::string>* seen) : seen_(seen) {}
  void Handle(const Ordered& ordered) { seen_->push_back(absl::StrCat("ordered ", ordered.order)); }
  void Handle(const Paid& paid) { seen_->push_back(absl::StrCat("paid ", paid.order)); }

 private:
  std::vector<std::string>* const seen_;
};

TEST(MessageBusTest, BringsEachTypeToThoseWhoRegisteredForIt) {
  TestNode node;
  std::vector<std::string> both;
  std::vector<std::string> paid;
  node.Run([&] {
    auto events = node->Spawn<Events>();
    auto desk = node->Spawn<Desk>(&both);
    events.Tell(Subscribe<Ordered>{desk});
    events.Tell(Subscribe<Paid>{desk});
    events.Tell(Subscribe<Paid>{node->Spawn<Desk>(&paid)});
    const Recipient<Ordered> orders = events;
    orders.Tell(Ordered{1});
    EXPECT_EQ(*events.Ask(Paid{1}), (Published{.told = 2}));
    events.Tell(Unsubscribe<Paid>{desk});
    EXPECT_EQ(*events.Ask(Paid{2}), (Published{.told = 1}));
    EXPECT_EQ(*events.Ask(Ordered{2}), (Published{.told = 1}));
  });
  EXPECT_EQ(both, (std::vector<std::string>{"ordered 1", "paid 1", "ordered 2"}));
  EXPECT_EQ(paid, (std::vector<std::string>{"paid 1", "paid 2"}));
}

TEST(MessageBusTest, ForgetsWhoHasEndedInAllTypes) {
  TestNode node;
  std::vector<std::string> seen;
  node.Run([&] {
    auto events = node->Spawn<Events>();
    auto desk = node->Spawn<Desk>(&seen);
    events.Tell(Subscribe<Ordered>{desk});
    events.Tell(Subscribe<Paid>{desk});
    desk.Kill();
    (void)desk.Join();
    EXPECT_EQ(*events.Ask(CountSubscribers<Ordered>{}), 0u);
    EXPECT_EQ(*events.Ask(CountSubscribers<Paid>{}), 0u);
  });
}

}  // namespace
}  // namespace rehearse
