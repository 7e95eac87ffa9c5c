// Many want one name, and those who have it panic or are killed at their waits.

#include "rehearse/actor/patterns/local_registry.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

struct Told {
  int leaders = 0;
  int terms = 0;
  bool calm = false;
  bool over = false;
};

struct Run {};

class Candidate : public Actor {
 public:
  Candidate(ActorRef<LocalRegistry> registry, Told* told)
      : registry_(std::move(registry)), told_(told) {}
  ~Candidate() override { told_->leaders -= leads_ ? 1 : 0; }

  absl::Status Handle(const Run&) {
    while (!leads_) {
      const absl::Status status = RegisterLocal(registry_, "leader", Self(this));
      if (status.ok()) {
        leads_ = true;
        ++told_->terms;
        REHEARSE_EXPECT_EQ(++told_->leaders, 1);
      } else {
        REHEARSE_EXPECT(absl::IsAlreadyExists(status) || absl::IsCancelled(status))
            << status.ToString();
      }
      const absl::Status slept = Sleep(absl::Milliseconds(1));
      if (!slept.ok()) return slept;
    }
    return Sleep(absl::Milliseconds(20));
  }

 private:
  const ActorRef<LocalRegistry> registry_;
  Told* const told_;
  bool leads_ = false;
};

absl::Status HoldElections(Node& node, Told* told) {
  Random chance = node.random("elections");
  auto registry = node.Spawn<LocalRegistry>();
  std::vector<ActorRef<Candidate>> candidates(4);
  while (!told->calm) {
    for (ActorRef<Candidate>& candidate : candidates) {
      if (candidate.alive()) continue;
      candidate = node.Spawn<Candidate>(registry, told);
      candidate.Tell(Run{});
    }
    (void)Sleep(absl::Microseconds(static_cast<int64_t>(chance.Below(5000))));
    absl::StatusOr<ActorRef<Candidate>> leader = LookUpLocal<Candidate>(registry, "leader");
    REHEARSE_EXPECT(leader.ok() || absl::IsNotFound(leader.status())) << leader.status().ToString();
    if (leader.ok() && chance.Below(2) == 0) {
      (chance.Below(2) == 0) ? leader->Kill() : leader->Stop();
    }
  }
  for (const ActorRef<Candidate>& candidate : candidates) {
    candidate.Kill();
    (void)candidate.Join();
  }
  (void)Sleep(absl::Milliseconds(1));
  REHEARSE_EXPECT(registry.Ask(ListLocalNames{})->empty());
  REHEARSE_EXPECT_EQ(told->leaders, 0);
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(LocalRegistryScenario, OneLivingActorHasTheNameAtATime) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return HoldElections(node, &told); });
  sim::PanicNowAndThen(world, node);
  told.calm = true;
  world.HealAndSettle(absl::Minutes(1), [&told] { return told.over; });
  REHEARSE_EXPECT_GT(told.terms, 20);
}

}  // namespace
}  // namespace rehearse
