// Competing consumers that panic or are killed at their waits, before and after they acknowledge.

#include "rehearse/actor/patterns/message_queue.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

using Task = int;
using Tasks = MessageQueue<Task>;

constexpr int kTasks = 300;

struct Told {
  std::set<Task> in_hand;
  std::map<Task, int> begun;
  std::set<Task> done;
  bool calm = false;
  bool over = false;
};

class Consumer : public Actor {
 public:
  Consumer(ActorRef<Tasks> tasks, Told* told) : tasks_(std::move(tasks)), told_(told) {}

  absl::Status Handle(const QueueDelivery<Task>& delivery) {
    REHEARSE_EXPECT(told_->begun[delivery.message]++ == 0 || delivery.redelivered);
    {
      const InHand in_hand(told_->in_hand, delivery.message);
      const absl::Status slept = Sleep(absl::Milliseconds(2));
      if (!slept.ok()) return slept;
      told_->done.insert(delivery.message);
    }
    if (delivery.tag % 7 == 0) {
      tasks_.Tell(Nack{delivery.queue, delivery.tag});
    } else {
      tasks_.Tell(Ack{delivery.queue, delivery.tag});
    }
    return Sleep(absl::Milliseconds(1));
  }

 private:
  class InHand {
   public:
    InHand(std::set<Task>& all, Task task) : all_(all), task_(task) {
      REHEARSE_EXPECT(all_.insert(task_).second) << task_ << " is with two consumers";
    }
    ~InHand() { all_.erase(task_); }

   private:
    std::set<Task>& all_;
    const Task task_;
  };

  const ActorRef<Tasks> tasks_;
  Told* const told_;
};

void Employ(Node& node, const ActorRef<Tasks>& tasks, ActorRef<Consumer>& consumer, Random& chance,
            Told* told) {
  consumer = node.Spawn<Consumer>(tasks, told);
  REHEARSE_EXPECT(tasks.Ask(Consume<Task>{"tasks", consumer, 1 + chance.Below(4)}).ok());
}

absl::Status Produce(Node& node, Told* told) {
  Random chance = node.random("tasks");
  auto tasks = node.Spawn<Tasks>();
  REHEARSE_EXPECT(tasks.Ask(DeclareQueue{"tasks", {.messages_max = 20}}).ok());
  std::vector<ActorRef<Consumer>> consumers(3);
  QueueCounts counts;
  for (int next = 0; next < kTasks || counts.ready + counts.unacked != 0;) {
    for (ActorRef<Consumer>& consumer : consumers) {
      if (!consumer.alive()) Employ(node, tasks, consumer, chance, told);
    }
    if (!told->calm && chance.Below(8) == 0) consumers[chance.Below(3)].Kill();
    if (next < kTasks && tasks.Ask(PublishTo<Task>{.key = "tasks", .message = next}).ok()) ++next;
    (void)Sleep(absl::Milliseconds(1));
    counts = *tasks.Ask(GetQueueCounts{"tasks"});
    REHEARSE_EXPECT_LE(counts.ready + counts.unacked, 20u);
  }
  REHEARSE_EXPECT_EQ(told->done.size(), static_cast<size_t>(kTasks));
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(MessageQueueScenario, EachMessageIsDoneThoughConsumersDie) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return Produce(node, &told); });
  sim::PanicNowAndThen(world, node);
  told.calm = true;
  world.HealAndSettle(absl::Minutes(1), [&told] { return told.over; });
}

}  // namespace
}  // namespace rehearse
