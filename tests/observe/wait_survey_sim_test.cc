// Surveys of waits under seeds, while actors ask each other, give up and panic.

#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/internal/wait_survey.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/expect.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse {
namespace {

using internal::BusyFiber;
using internal::SurveyWaits;
using internal::WorkerSurvey;
using sim::World;

struct Pass {
  uint64_t chance = 0;
};

// Asks one of those that are older than itself, who asks another, and so on; in between they rest.
class Desk : public Actor {
 public:
  explicit Desk(std::vector<ActorRef<Desk>> older) : older_(std::move(older)) {}

  absl::Status Handle(const Pass& pass) {
    if (absl::Status s = Sleep(absl::Microseconds(pass.chance % 900)); !s.ok()) return s;
    if (older_.empty()) return absl::OkStatus();
    const auto& next = older_[pass.chance / 1000 % older_.size()];
    const absl::Status asked =
        next.Ask(Pass{Mix64(pass.chance)}, {.reply_timeout = absl::Milliseconds(3)});
    return absl::IsCancelled(asked) ? asked : absl::OkStatus();
  }

 private:
  const std::vector<ActorRef<Desk>> older_;
};

// What the surveys of a run have shown.
struct Seen {
  int surveys = 0;
  int edges = 0;
  int left = 0;
};

void Look(Node& node, Seen& seen) {
  SurveyWaits(node.scheduler().AllWorkers(), [&seen](int, const WorkerSurvey& saw) {
    ++seen.surveys;
    seen.left = 0;
    for (const BusyFiber& busy : saw) {
      if (!busy.waits_for.id) continue;
      ++seen.edges;
      ++seen.left;
      // They ask the older ones alone: so no survey may show a ring.
      REHEARSE_EXPECT(!busy.actor.id || busy.waits_for.id < busy.actor.id);
      REHEARSE_EXPECT(busy.waits_in == std::string("Ask") || busy.waits_in == std::string("Tell"));
      REHEARSE_EXPECT(busy.wait);
    }
  });
}

absl::Status Office(Node& node, Seen& seen) {
  constexpr int kDesks = 6;
  Random random = node.random("office");
  std::vector<ActorRef<Desk>> desks;
  for (int i = 0; i < kDesks; ++i) desks.push_back(node.Spawn<Desk>(desks));
  for (int round = 0; round < 50; ++round) {
    (void)desks[random.Below(kDesks)].TryTell(Pass{random.Next()});
    Look(node, seen);
    if (absl::Status s = Sleep(absl::Microseconds(300)); !s.ok()) return s;
  }
  if (absl::Status s = Sleep(absl::Seconds(1)); !s.ok()) return s;
  Look(node, seen);
  return Sleep(absl::Milliseconds(1));
}

REHEARSE_TEST(WaitSurvey, ShowsTheWaitsThatThereAreAndNoOthers) {
  Seen& seen = world.Shared<Seen>();
  auto office = world.AddNode("office", [&seen](Node& node) { return Office(node, seen); });
  world.RunFor(absl::Milliseconds(5));
  world.PanicAtSuspension(office, 3);
  world.RunFor(absl::Seconds(5));
  REHEARSE_EXPECT(seen.surveys == 51);
  REHEARSE_EXPECT(seen.edges > 0);
  REHEARSE_EXPECT(seen.left == 0);
}

}  // namespace
}  // namespace rehearse
