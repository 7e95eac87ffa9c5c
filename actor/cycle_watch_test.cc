// Rings of actors that wait for each other are found and named where several workers run them.

#include "rehearse/actor/internal/cycle_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

using internal::CycleWatch;

struct Question {};
struct Flood {};
struct Take {};
struct GiveBack {};

// Asks the next one whatever it is asked.
class Passer : public Actor {
 public:
  struct Meet {
    ActorRef<Passer> next;
  };
  void Handle(const Meet& meet) { next_ = meet.next; }
  absl::Status Handle(const Question&) { return next_ ? next_.Ask(Question{}) : absl::OkStatus(); }
  absl::Status Handle(const Flood&) {
    while (true) {
      if (const SendResult result = next_.Tell(Flood{}); !result.ok()) return result.status();
    }
  }

 private:
  ActorRef<Passer> next_;
};

// Keeps who asks waiting until it is told to answer.
class Keeper : public Actor {
 public:
  void Handle(const Take&, Reply<int> reply) { kept_.push_back(std::move(reply)); }
  void Handle(const GiveBack&) {
    for (Reply<int>& reply : kept_) std::move(reply).Send(7);
    kept_.clear();
  }

 private:
  std::vector<Reply<int>> kept_;
};

class CycleWatchTest : public testing::Test {
 public:
  std::vector<ActorRef<Passer>> Chain(size_t size, bool closed) {
    std::vector<ActorRef<Passer>> chain;
    for (size_t i = 0; i < size; ++i) {
      chain.push_back(node_->SpawnWith<Passer>({.worker = static_cast<int>(i)}));
    }
    for (size_t i = 0; i + (closed ? 0 : 1) < size; ++i) {
      EXPECT_TRUE(chain[i].Ask(Passer::Meet{chain[(i + 1) % size]}).ok());
    }
    return chain;
  }
  // Looks until `pending` is answered.
  template <typename R>
  auto WatchUntilAnswered(Pending<R>& pending) {
    while (!pending.ready()) {
      watch_->Look();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return pending.Take();
  }
  void LookOften() {
    for (int i = 0; i < 50; ++i) {
      watch_->Look();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  ThreadedNode node_{3};
  const std::shared_ptr<CycleWatch> watch_ = CycleWatch::Create(*node_);
};

TEST_F(CycleWatchTest, ARingOfAsksOverWorkersIsEndedByAnErrorThatNamesIt) {
  for (const size_t size : {2u, 3u, 5u}) {
    const auto ring = Chain(size, true);
    auto asked = ring[0].Request(Question{});
    const absl::Status answer = WatchUntilAnswered(asked);
    EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition) << answer;
    for (const auto& member : ring) {
      EXPECT_TRUE(
          absl::StrContains(answer.message(), absl::StrCat("Passer", member.id().ToString())))
          << answer;
    }
    for (const auto& member : ring) EXPECT_TRUE(member.alive());
  }
}

TEST_F(CycleWatchTest, ARingOfFullMailboxesIsEndedToo) {
  const auto ring = Chain(2, true);
  // What the first tells has the second tell too, until neither has room.
  auto flooded = ring[0].Request(Flood{});
  EXPECT_EQ(WatchUntilAnswered(flooded).code(), absl::StatusCode::kResourceExhausted);
  ring[0].Stop();
  ring[1].Stop();
}

TEST_F(CycleWatchTest, AChainThatIsNoRingIsLeftAlone) {
  const auto keeper = node_->Spawn<Keeper>();
  class Asker : public Actor {
   public:
    explicit Asker(ActorRef<Keeper> keeper) : keeper_(std::move(keeper)) {}
    absl::StatusOr<int> Handle(const Question&) { return keeper_.Ask(Take{}); }

   private:
    const ActorRef<Keeper> keeper_;
  };
  const auto asker = node_->Spawn<Asker>(keeper);
  auto asked = asker.Request(Question{});
  LookOften();
  EXPECT_FALSE(asked.ready());
  keeper.Tell(GiveBack{});
  EXPECT_EQ(*asked.Await(), 7);
}

TEST_F(CycleWatchTest, AskersThatAreAnsweredAllTheTimeAreLeftAlone) {
  const auto chain = Chain(6, false);
  std::atomic<bool> over{false};
  std::thread looks([&] {
    while (!over) watch_->Look();
  });
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(chain[0].Ask(Question{}).ok());
  over = true;
  looks.join();
}

}  // namespace
}  // namespace rehearse
