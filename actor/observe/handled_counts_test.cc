#include "rehearse/actor/observe/handled_counts.h"

#include <gtest/gtest.h>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Work {};
struct Quit {};

class Clerk : public Actor {
 public:
  void Handle(const Work&) {}
  void Handle(const Quit&) { Stop(); }
};

TEST(HandledCountsTest, CountsEachActorsMessages) {
  HandledCounts counts(1);
  TestNode node;
  node.world().worker().observer = &counts.shard(0);
  auto busy = node->Spawn<Clerk>();
  auto idle = node->Spawn<Clerk>();
  for (int i = 0; i < 3; ++i) busy.Tell(Work{});
  node.Run();
  const HandledCounts::ById handled = counts.Read();
  EXPECT_EQ(handled.size(), 1u);
  EXPECT_EQ(handled.at(busy.id()), 3u);
}

TEST(HandledCountsTest, WhoHasEndedIsForgottenByAllWorkers) {
  HandledCounts counts(2);
  // Handled on one worker, it ends on the other.
  const ObservedActor actor = {.node = {}, .id = {5}, .class_name = "Clerk"};
  counts.shard(0).Handled(actor, {.name = "Work"}, Instant(), Instant());
  counts.shard(1).Handled(actor, {.name = "Work"}, Instant(), Instant());
  EXPECT_EQ(counts.Read().at(actor.id), 2u);
  counts.shard(1).Ended(actor, Instant());
  EXPECT_TRUE(counts.Read().empty());
}

}  // namespace
}  // namespace rehearse
