// What a look at all workers' waits shows.

#include "rehearse/actor/internal/wait_survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/runtime/posix/testing.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

using internal::BusyFiber;
using internal::SurveyWaits;
using internal::WorkerSurvey;

struct Pass {
  int hops = 0;
};
struct Take {};
struct Nap {};

// Asks the next one, or keeps who asks waiting.
class Link : public Actor {
 public:
  explicit Link(ActorRef<Link> next) : next_(std::move(next)) {}

  absl::Status Handle(const Pass& pass) {
    if (pass.hops == 0) return Sleep(absl::Hours(1));
    return next_.Ask(Pass{pass.hops - 1});
  }
  void Handle(const Take&, Reply<int> reply) { kept_.push_back(std::move(reply)); }
  absl::Status Handle(const Nap&) { return next_.Ask(Take{}).status(); }

 private:
  const ActorRef<Link> next_;
  std::vector<Reply<int>> kept_;
};

std::string Line(const BusyFiber& busy) {
  return absl::StrCat(
      busy.actor.id ? busy.actor.id.ToString() : busy.task, " ",
      busy.waits_in == nullptr ? "ready" : busy.waits_in,
      busy.waits_for.id ? absl::StrCat(" for ", busy.waits_for.id.ToString()) : std::string());
}

std::vector<std::string> Survey(TestNode& node) {
  std::vector<std::string> lines;
  SurveyWaits(node.world().scheduler().AllWorkers(), [&](int worker, const WorkerSurvey& saw) {
    EXPECT_EQ(worker, 0);
    for (const BusyFiber& busy : saw) lines.push_back(Line(busy));
  });
  (void)Sleep(absl::Milliseconds(1));
  std::sort(lines.begin(), lines.end());
  return lines;
}

using Lines = std::vector<std::string>;

TEST(WaitSurveyTest, ShowsTheChainOfThoseWhoAsk) {
  TestNode node;
  node.Run([&] {
    auto last = node->Spawn<Link>(ActorRef<Link>());
    auto middle = node->Spawn<Link>(last);
    auto first = node->Spawn<Link>(middle);
    first.Tell(Pass{2});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(Survey(node), (Lines{"#1 Sleep", "#2 Ask for #1", "#3 Ask for #2", "program Sleep"}));
    (void)Sleep(absl::Hours(2));
    EXPECT_EQ(Survey(node), (Lines{"program Sleep"}));
  });
}

TEST(WaitSurveyTest, WhoseReplyWasTakenOverWaitsForNobodyInParticular) {
  TestNode node;
  node.Run([&] {
    auto keeper = node->Spawn<Link>(ActorRef<Link>());
    auto asker = node->Spawn<Link>(keeper);
    asker.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(Survey(node), (Lines{"#2 Ask", "program Sleep"}));
    keeper.Stop();
  });
}

TEST(WaitSurveyTest, ShowsWhoWaitsForRoom) {
  TestNode node;
  node.Run([&] {
    auto slow = node->SpawnWith<Link>({.mailbox_capacity = 1}, ActorRef<Link>());
    slow.Tell(Pass{0});
    (void)Sleep(absl::Seconds(1));
    slow.Tell(Pass{0});
    auto teller = node->Spawn([slow](Inbox<void(Nap)>& inbox) {
      while (inbox.Receive()) slow.Tell(Pass{0});
    });
    teller.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(Survey(node), (Lines{"#1 Sleep", "#2 Tell for #1", "program Sleep"}));
    slow.Kill();
  });
}

TEST(WaitSurveyTest, ATokenEndsTheWaitThatItStandsFor) {
  TestNode node;
  node.Run([&] {
    node->Spawn<Link>(ActorRef<Link>()).Tell(Pass{0});
    (void)Sleep(absl::Seconds(1));
    WaitToken token;
    SurveyWaits(node.world().scheduler().AllWorkers(), [&](int, const WorkerSurvey& saw) {
      for (const BusyFiber& busy : saw) {
        if (busy.actor.id) token = busy.wait;
      }
    });
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(Waitable::Wake(token, WakeReason::kDeadline));
    EXPECT_FALSE(Waitable::Wake(token, WakeReason::kDeadline));
    EXPECT_EQ(Survey(node), (Lines{"program Sleep"}));
  });
}

// Workers park, wake and hand replies on while another thread has them surveyed; for tsan.
TEST(WaitSurveyThreadsTest, LooksAtWorkersThatAreBusy) {
  ThreadedNode node(2);
  std::mutex mutex;
  size_t chains = 0;
  Countdown looked(2 * 50);
  std::vector<ActorRef<Link>> links(1);
  for (int i = 0; i < 8; ++i) links.push_back(node->Spawn<Link>(links.back()));
  for (int round = 0; round < 50; ++round) {
    for (size_t i = 2; i < links.size(); ++i) links[i].Tell(Nap{});
    SurveyWaits(node.scheduler().AllWorkers(), [&](int, const WorkerSurvey& saw) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        for (const BusyFiber& busy : saw) chains += busy.waits_for.id ? 1 : 0;
      }
      looked.Arrive();
    });
  }
  looked.Await();
  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_LE(chains, 50u * links.size());
}

}  // namespace
}  // namespace rehearse
