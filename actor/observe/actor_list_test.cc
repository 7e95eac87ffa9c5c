#include "rehearse/actor/observe/actor_list.h"

#include <gtest/gtest.h>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Grow {
  int children = 0;
};
struct Rest {};

class Parent : public Actor {
 public:
  void Handle(const Grow& grow) {
    for (int i = 0; i < grow.children; ++i) SpawnChild<Parent>();
  }
  absl::Status Handle(const Rest&) { return Sleep(absl::Hours(1)); }
};

TEST(ActorListTest, ChildrenComeAfterTheirParents) {
  TestNode node;
  auto parent = node->Spawn<Parent>();
  node->SpawnWith<Parent>({.mailbox_capacity = 0});
  parent.Tell(Grow{2});
  node.Run();
  const ActorList list = ListActors(*node, 100);
  EXPECT_TRUE(list.complete);
  ASSERT_EQ(list.actors.size(), 4u);
  EXPECT_EQ(list.actors[0].actor.id, ActorId{2});
  EXPECT_EQ(list.actors[0].mailbox_capacity, 0u);
  EXPECT_EQ(list.actors[1].actor.id, parent.id());
  EXPECT_EQ(list.actors[1].parent, ActorId{});
  EXPECT_EQ(list.actors[1].mailbox_capacity, 64u);
  EXPECT_EQ(list.actors[1].phase, internal::Cell::Phase::kRunning);
  EXPECT_EQ(list.actors[2].parent, parent.id());
  EXPECT_EQ(list.actors[3].parent, parent.id());
}

TEST(ActorListTest, GivesNoMoreThanIsAskedForAndSaysSo) {
  TestNode node;
  auto parent = node->Spawn<Parent>();
  parent.Tell(Grow{3});
  node.Run();
  EXPECT_EQ(ListActors(*node, 4).actors.size(), 4u);
  EXPECT_TRUE(ListActors(*node, 4).complete);
  EXPECT_EQ(ListActors(*node, 3).actors.size(), 3u);
  EXPECT_FALSE(ListActors(*node, 3).complete);
  EXPECT_FALSE(ListActors(*node, 0).complete);
}

TEST(ActorListTest, WhoHasEndedIsGone) {
  TestNode node;
  auto parent = node->Spawn<Parent>();
  parent.Tell(Grow{2});
  node.Run();
  parent.Stop();
  node.Run();
  EXPECT_TRUE(ListActors(*node, 100).actors.empty());
}

// The list holds no strong reference, not even for a moment.
TEST(ActorListTest, LookingKeepsNobodyAlive) {
  TestNode node;
  node.Run([&] {
    auto parent = node->SpawnWith<Parent>({.stop_when_unreferenced = true});
    EXPECT_EQ(ListActors(*node, 100).actors.size(), 1u);
  });
  EXPECT_TRUE(ListActors(*node, 100).actors.empty());
}

TEST(MailboxSizeTest, CountsWhatWaitsAndWhatIsHandled) {
  TestNode node;
  node.Run([&] {
    auto busy = node->Spawn<Parent>();
    EXPECT_EQ(busy.mailbox_size(), 0u);
    EXPECT_EQ(busy.mailbox_capacity(), 64u);
    for (int i = 0; i < 3; ++i) busy.Tell(Rest{});
    EXPECT_EQ(busy.mailbox_size(), 3u);
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(busy.mailbox_size(), 3u);
    (void)Sleep(absl::Hours(4));
    EXPECT_EQ(busy.mailbox_size(), 0u);
  });
}

TEST(MailboxSizeTest, NobodyCountsInOneWithoutABound) {
  TestNode node;
  node.Run([&] {
    auto busy = node->SpawnWith<Parent>({.mailbox_capacity = 0});
    for (int i = 0; i < 3; ++i) busy.Tell(Rest{});
    EXPECT_EQ(busy.mailbox_size(), 0u);
    EXPECT_EQ(busy.mailbox_capacity(), 0u);
    busy.Kill();
  });
  EXPECT_EQ(AnyRef().mailbox_size(), 0u);
}

}  // namespace
}  // namespace rehearse
