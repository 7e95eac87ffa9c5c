// What docs/parity.md claims, where no test beside the code says it in as many words.

#include <gtest/gtest.h>

#include <utility>

#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace rehearse {
namespace {

using sim::TestKit;

struct Nap {
  absl::Duration length;
};
struct Hello {};

class Worker : public Actor {
 public:
  explicit Worker(absl::Duration start_takes = absl::ZeroDuration()) : start_takes_(start_takes) {}
  absl::Status OnStart() override {
    return start_takes_ == absl::ZeroDuration() ? absl::OkStatus() : Sleep(start_takes_);
  }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }

 private:
  const absl::Duration start_takes_;
};

// How many it takes before it has begun, at most `limit`.
int RoomOf(TestKit& kit, const SpawnOptions& options, int limit) {
  const auto worker = kit.SpawnWith<Worker>(options);
  int taken = 0;
  while (taken < limit && worker.TryTell(Nap{}).ok()) ++taken;
  return taken;
}

TEST(MailboxRoomTest, IsSixtyFourMessagesUnlessItIsToldOtherwise) {
  TestKit kit;
  EXPECT_EQ(RoomOf(kit, {}, 1000), 64);
  EXPECT_EQ(RoomOf(kit, {.mailbox_capacity = 29}, 1000), 29);
}

TEST(MailboxRoomTest, MayHaveNoEnd) {
  TestKit kit;
  EXPECT_EQ(RoomOf(kit, {.mailbox_capacity = 0}, 100'000), 100'000);
}

TEST(SelfTest, IsKnownInTheConstructor) {
  struct Knowing : Actor {
    Knowing() : self(Self(this)) { self.Tell(Hello{}); }
    void Handle(const Hello&) { ++hellos; }
    int Handle(const Nap&) { return self == Self(this) ? hellos : -1; }
    const ActorRef<Knowing> self;
    int hellos = 0;
  };
  TestKit kit;
  const auto knowing = kit.Spawn<Knowing>();
  EXPECT_EQ(kit.Ask(knowing, Nap{}).value(), 1);
}

TEST(ReplyTest, AChildMayAnswerInItsParentsStead) {
  struct Desk : Actor {
    void Handle(const Nap& nap, Reply<int> reply) {
      SpawnChild([nap, reply = std::move(reply)](Inbox<void(Hello)>&) mutable {
        if (Sleep(nap.length).ok()) std::move(reply).Send(7);
      });
    }
    int Handle(const Hello&) { return 1; }
  };
  TestKit kit;
  const auto desk = kit.Spawn<Desk>();
  auto nap = desk.Request(Nap{absl::Seconds(1)});
  EXPECT_EQ(kit.Ask(desk, Hello{}).value(), 1);
  EXPECT_FALSE(nap.ready());
  kit.RunFor(absl::Seconds(2));
  EXPECT_EQ(nap.Take().value(), 7);
}

TEST(KillTest, ReachesAnActorThatStarts) {
  TestKit kit;
  const auto starting = kit.Spawn<Worker>(absl::Hours(1));
  kit.RunFor(absl::Seconds(1));
  starting.Kill();
  EXPECT_EQ(kit.ExpectExit(starting).kind, ExitReason::Kind::kKilled);
}

}  // namespace
}  // namespace rehearse
