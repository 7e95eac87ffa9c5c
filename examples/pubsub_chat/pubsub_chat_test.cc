// A room with its members, then the evening.

#include "examples/pubsub_chat/pubsub_chat.h"

#include <gtest/gtest.h>

#include "rehearse/sim/testkit/test_kit.h"

namespace examples::pubsub_chat {
namespace {

using rehearse::ActorRef;
using rehearse::CountSubscribers;
using rehearse::Published;
using rehearse::sim::TestKit;
using Lines = std::vector<std::string>;

class RoomTest : public testing::Test {
 public:
  ActorRef<Member> Enter(const std::string& name) {
    auto member = kit_.Spawn<Member>(name, std::vector<ActorRef<Room>>{room_});
    kit_.RunFor(absl::Milliseconds(1));
    return member;
  }
  Published Say(const std::string& who, const std::string& text) {
    return kit_.Ask(room_, Line{who, text}).value();
  }
  Lines Heard(const ActorRef<Member>& member) { return kit_.Ask(member, GetHeard{}).value(); }

  TestKit kit_;
  ActorRef<Room> room_ = kit_.Spawn<Room>();
};

TEST_F(RoomTest, AllHearALineButWhoSaidIt) {
  auto ada = Enter("Ada");
  auto ben = Enter("Ben");
  EXPECT_EQ(Say("Ada", "Good evening."), (Published{.told = 1, .missed = 0}));
  EXPECT_EQ(Heard(ben), (Lines{"Ada: Good evening."}));
  EXPECT_TRUE(Heard(ada).empty());
}

TEST_F(RoomTest, WhoComesLateMissesWhatWasSaid) {
  Say("Ada", "Early.");
  auto ben = Enter("Ben");
  Say("Ada", "Late.");
  EXPECT_EQ(Heard(ben), (Lines{"Ada: Late."}));
}

TEST_F(RoomTest, ForgetsWhoHasEnded) {
  auto ben = Enter("Ben");
  EXPECT_EQ(kit_.Ask(room_, CountSubscribers<Line>{}).value(), 1u);
  ben.Stop();
  kit_.ExpectExit(ben);
  EXPECT_EQ(Say("Ada", "Ben?"), (Published{.told = 0, .missed = 0}));
  EXPECT_EQ(kit_.Ask(room_, CountSubscribers<Line>{}).value(), 0u);
}

TEST(ChatTest, CleoHearsBothRoomsWhileSheIsThere) {
  TestKit kit;
  const auto heard = kit.Run([&] { return Chat(kit.node()); });
  EXPECT_EQ(heard.value(), (Lines{"Ben: Soup is ready.", "Ada: Look, a hedgehog."}));
}

}  // namespace
}  // namespace examples::pubsub_chat
