#include "rehearse/actor/observe/metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Work {};
struct Break {};
struct Quit {};

class Clerk : public Actor {
 public:
  int Handle(const Work&) { return 1; }
  void Handle(const Break&) { throw std::runtime_error("broken"); }
  void Handle(const Quit&) { Stop(); }
};

// Of the only class that there is.
ClassFigures OnlyFigures(const Metrics& metrics) {
  const Figures figures = metrics.Read();
  EXPECT_EQ(figures.size(), 1u);
  return figures.empty() ? ClassFigures() : figures.begin()->second;
}

TEST(MetricsTest, CountsMessagesPanicsAndLives) {
  Metrics metrics(1);
  TestNode node;
  node.world().worker().observer = &metrics.shard(0);
  node.Run([&] {
    auto worker = node->Spawn<Clerk>();
    for (int i = 0; i < 5; ++i) worker.Tell(Work{});
    node->Spawn<Clerk>().Tell(Break{});
    node->Spawn<Clerk>().Tell(Quit{});
  });
  const ClassFigures figures = OnlyFigures(metrics);
  EXPECT_EQ(figures.handled, 7u);
  EXPECT_EQ(figures.panics, 1u);
  EXPECT_EQ(figures.spawned, 3u);
  EXPECT_EQ(figures.ended, 2u);
  EXPECT_EQ(figures.alive(), 1u);
  EXPECT_EQ(figures.restarts, 0u);
  EXPECT_EQ(figures.waited.count(), 7u);
  EXPECT_EQ(figures.took.count(), 7u);
}

TEST(MetricsTest, NothingIsCountedOfWhatNobodyDid) { EXPECT_TRUE(Metrics(2).Read().empty()); }

// Two workers write and a plain thread reads; for tsan.
TEST(MetricsTest, WorkersCountForThemselvesAndAReaderSums) {
  constexpr int kActors = 20;
  constexpr int kMessages = 200;
  Metrics metrics(2);
  {
    ThreadedNode node(2, {}, [&metrics](Scheduler& scheduler) {
      for (int i = 0; i < 2; ++i) scheduler.worker(i).observer = &metrics.shard(i);
    });
    node.Run([&] {
      std::vector<ActorRef<Clerk>> workers;
      for (int i = 0; i < kActors; ++i) workers.push_back(node->Spawn<Clerk>());
      for (int i = 0; i < kMessages; ++i) {
        for (auto& worker : workers) EXPECT_TRUE(worker.Tell(Work{}).ok());
        (void)metrics.Read();
      }
      for (auto& worker : workers) EXPECT_TRUE(worker.Ask(Work{}).ok());
    });
  }
  const ClassFigures figures = OnlyFigures(metrics);
  EXPECT_EQ(figures.handled, uint64_t{kActors * (kMessages + 1)});
  EXPECT_EQ(figures.ended, uint64_t{kActors});
}

}  // namespace
}  // namespace rehearse
