// A pool while its workers, and now and then itself, panic or are killed at their waits.

#include "rehearse/actor/patterns/pool.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/weak_ref.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

struct Work {
  int number = 0;
};

struct Told {
  std::map<int, int> begun;
  std::map<int, int> done;
  std::vector<WeakRef<Actor>> workers;
  int succeeded = 0;
  bool calm = false;  // no more faults
  bool over = false;
};

class Worker : public Actor {
 public:
  explicit Worker(Told* told) : told_(told) {
    told_->workers.push_back(WeakRef<Actor>(ActorRef<Actor>(Self(this).cell())));
  }
  absl::Status Handle(const Work& work) {
    ++told_->begun[work.number];
    for (int i = 0; i < 3; ++i) {
      // In words of its own: Sleep's status says that nothing was handled.
      if (!Sleep(absl::Milliseconds(1)).ok()) return absl::CancelledError("stopped at work");
    }
    ++told_->done[work.number];
    return absl::OkStatus();
  }

 private:
  Told* const told_;
};

using Workers = Pool<Worker, Work>;

Workers::Options OptionsOf(Random& chance) {
  Workers::Options options{.workers = 1 + chance.Below(4),
                           .choice = static_cast<PoolChoice>(chance.Below(3)),
                           .when_full = static_cast<WhenPoolFull>(chance.Below(2)),
                           .queue_max = static_cast<int32_t>(1 + chance.Below(3)),
                           .replacements_max = 1000};
  options.KeyBy<Work>([](const Work& work) { return absl::StrCat(work.number % 5); });
  return options;
}

void Judge(Told* told, int number, const absl::Status& status) {
  REHEARSE_EXPECT_LE(told->begun[number], 1) << "work " << number << " was done twice";
  if (status.ok()) {
    ++told->succeeded;
    REHEARSE_EXPECT_EQ(told->done[number], 1);
  } else if (EffectOf(status) == Effect::kNone) {
    REHEARSE_EXPECT_EQ(told->begun[number], 0) << status.ToString();
  }
}

absl::Status KeepPoolBusy(Node& node, Told* told) {
  Random chance = node.random("work");
  auto pool = node.Spawn<Workers>(OptionsOf(chance), told);
  int number = 0;
  while (!told->calm) {
    std::vector<Pending<void>> answers;
    const int first = number;
    for (int i = 0; i < 12; ++i) answers.push_back(pool.Request(Work{number++}));
    (void)Sleep(absl::Microseconds(static_cast<int64_t>(chance.Below(5000))));
    const auto& workers = told->workers;
    if (ActorRef<Actor> one = workers[chance.Below(workers.size())].Upgrade()) one.Kill();
    for (size_t i = 0; i < answers.size(); ++i) {
      Judge(told, first + static_cast<int>(i), answers[i].Await());
    }
    if (!pool.alive()) pool = node.Spawn<Workers>(OptionsOf(chance), told);
  }
  for (int i = 0; i < 10; ++i) REHEARSE_EXPECT(pool.Ask(Work{number++}).ok());
  REHEARSE_EXPECT(pool.Ask(DrainPool{}).ok());
  REHEARSE_EXPECT(pool.Join(absl::Seconds(1)).ok());
  for (const WeakRef<Actor>& worker : told->workers) REHEARSE_EXPECT(!worker.Upgrade());
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(PoolScenario, AsksEndWithWhatBecameOfTheWork) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return KeepPoolBusy(node, &told); });
  sim::PanicNowAndThen(world, node);
  world.RunFor(absl::Seconds(1));  // who has just been killed is replaced
  told.calm = true;
  world.HealAndSettle(absl::Seconds(10), [&told] { return told.over; });
  REHEARSE_EXPECT_GT(told.succeeded, 100);
}

}  // namespace
}  // namespace rehearse
