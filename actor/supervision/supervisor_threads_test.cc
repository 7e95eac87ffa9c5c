// Supervisors on several workers, while plain threads fail and ask their children.

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <vector>

#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/supervision/supervisor.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Fail {};
struct Echo {
  int number = 0;
};

class Worker : public Actor {
 public:
  // Two lives of one actor never overlap.
  explicit Worker(std::atomic<int>* alive) : alive_(alive) { ++*alive_; }
  ~Worker() override { --*alive_; }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  int Handle(const Echo& echo) { return echo.number; }

 private:
  std::atomic<int>* const alive_;
};

class SupervisorThreadsTest : public testing::TestWithParam<std::tuple<int, Strategy>> {};

TEST_P(SupervisorThreadsTest, ChildrenComeBackAndAnswer) {
  constexpr int kChildren = 4;
  constexpr int kRounds = kThreadSanitizer || kAddressSanitizer ? 200 : 2000;
  const auto [workers, strategy] = GetParam();
  std::atomic<int> alive{0};
  std::atomic<int> wrong{0};
  {
    ThreadedNode node(workers);
    const auto supervisor = node->Spawn<Supervisor>(
        SupervisorOptions{.strategy = strategy, .limit = {.restarts = 1 << 30}});
    std::vector<ActorRef<Worker>> children;
    for (int i = 0; i < kChildren; ++i) {
      children.push_back(*SuperviseBy<Worker>(supervisor, {}, &alive));
    }
    std::thread failing([&] {
      for (size_t i = 0; i < kRounds; ++i) children[i * 7 % kChildren].Tell(Fail{});
    });
    std::vector<std::thread> asking;
    for (int asker = 0; asker < 2; ++asker) {
      asking.emplace_back([&, asker] {
        for (int i = 0; i < kRounds; ++i) {
          const int number = asker * kRounds + i;
          const auto answer = children[static_cast<size_t>(i % kChildren)].Ask(Echo{number});
          if (!answer.ok() || *answer != number) ++wrong;
        }
      });
    }
    failing.join();
    for (std::thread& thread : asking) thread.join();
    for (const auto& child : children) EXPECT_TRUE(child.Ask(Echo{1}).ok());
    EXPECT_EQ(alive.load(), kChildren);
  }
  EXPECT_EQ(alive.load(), 0);
  EXPECT_EQ(wrong.load(), 0);
}

// A stop that was obeyed is not taken for one that came when the child was down.
TEST_P(SupervisorThreadsTest, APermanentChildThatIsStoppedWhileItIsUpComesBack) {
  constexpr int kRounds = kThreadSanitizer || kAddressSanitizer ? 100 : 1000;
  const auto [workers, strategy] = GetParam();
  std::atomic<int> alive{0};
  ThreadedNode node(workers);
  const auto supervisor = node->Spawn<Supervisor>(
      SupervisorOptions{.strategy = strategy, .limit = {.restarts = 1 << 30}});
  const auto child = *SuperviseBy<Worker>(supervisor, {}, &alive);
  for (int i = 0; i < kRounds; ++i) {
    const auto answer = child.Ask(Echo{i});
    ASSERT_TRUE(answer.ok()) << i << ": " << answer.status();
    child.Stop();
  }
}

INSTANTIATE_TEST_SUITE_P(WorkersAndStrategies, SupervisorThreadsTest,
                         testing::Combine(testing::Values(1, 2),
                                          testing::Values(Strategy::kOneForOne,
                                                          Strategy::kOneForAll,
                                                          Strategy::kRestForOne)));

}  // namespace
}  // namespace rehearse
