#include "rehearse/actor/runtime/bias.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "rehearse/actor/runtime/current.h"

namespace rehearse {
namespace {

// Workers that are only told from each other.
const Worker* SomeWorker(size_t which = 0) {
  static const std::array<int, 4> places = {};
  return reinterpret_cast<const Worker*>(&places[which]);
}

void AddAsWorker(BiasSeat& seat, std::atomic<uint64_t>& word) {
  uint64_t seen = word.load();
  Bias* const mine = seat.held();
  while (mine != nullptr ? !mine->CompareExchange(word, seen, seen + 1)
                         : !word.compare_exchange_strong(seen, seen + 1)) {
  }
}

// Looks until the seat holds the bias; how often it had to.
int LooksUntilHeld(BiasSeat& seat) {
  int looks = 0;
  for (; !seat.bias().held() && looks < 1000; ++looks) seat.Look();
  return looks;
}

void OnAnotherThread(const std::function<void()>& act) { std::thread(act).join(); }

class BiasTest : public testing::Test {
 public:
  BiasTest() { seat_.Enter(); }
  ~BiasTest() override { seat_.Leave(); }

  Bias bias_;
  BiasSeat seat_{bias_, SomeWorker()};
};

TEST_F(BiasTest, HolderChangesWhatItExpectedAndLearnsWhatItDidNot) {
  ASSERT_EQ(seat_.held(), &bias_);
  std::atomic<uint64_t> word{7};
  uint64_t expected = 7;
  EXPECT_TRUE(bias_.CompareExchange(word, expected, 8));
  EXPECT_EQ(word, 8U);
  EXPECT_FALSE(bias_.CompareExchange(word, expected, 9));
  EXPECT_EQ(expected, 8U);
  EXPECT_EQ(word, 8U);
}

TEST_F(BiasTest, IsGoneWhileAndForAWhileAfterSomebodyElseHasAccess) {
  EXPECT_TRUE(bias_.held());
  std::atomic<uint64_t> word{0};
  OnAnotherThread([&] {
    const Bias::Access access(bias_);
    EXPECT_FALSE(bias_.held());
    OnAnotherThread([&] {
      EXPECT_EQ(LooksUntilHeld(seat_), 1000);
      AddAsWorker(seat_, word);
    });
  });
  EXPECT_EQ(word, 1U);
  EXPECT_FALSE(bias_.held());
  const int looks = LooksUntilHeld(seat_);
  EXPECT_GT(looks, 10);
  EXPECT_LT(looks, 1000);
}

TEST_F(BiasTest, EachVisitPutsOffItsReturn) {
  for (int i = 0; i < 200; ++i) {
    OnAnotherThread([&] { const Bias::Access access(bias_); });
    seat_.Look();
    EXPECT_FALSE(bias_.held());
  }
}

TEST_F(BiasTest, WhoHeldItBeforeItsSleepHoldsItAgainIfNobodyCame) {
  seat_.Leave();
  EXPECT_FALSE(bias_.held());
  EXPECT_EQ(seat_.held(), nullptr);
  seat_.Enter();
  EXPECT_TRUE(bias_.held());
  seat_.Leave();
  OnAnotherThread([&] { const Bias::Access access(bias_); });
  seat_.Enter();
  EXPECT_FALSE(bias_.held());
}

TEST_F(BiasTest, OfTwoWhoAreAwakeNoneHoldsIt) {
  OnAnotherThread([&] {
    BiasSeat second(bias_, SomeWorker(1));
    second.Enter();
    EXPECT_EQ(LooksUntilHeld(second), 1000);
    OnAnotherThread([&] { EXPECT_EQ(LooksUntilHeld(seat_), 1000); });
    second.Leave();
  });
  EXPECT_LT(LooksUntilHeld(seat_), 1000);
}

TEST_F(BiasTest, NoChangeIsLostBetweenTheHolderAndThoseWhoComeAndGo) {
  constexpr int kVisitors = 2;
  constexpr uint64_t kVisits = 20'000;
  std::atomic<uint64_t> word{0};
  std::atomic<int> left{kVisitors};
  std::vector<std::thread> visitors;
  for (int i = 0; i < kVisitors; ++i) {
    visitors.emplace_back([&] {
      for (uint64_t visit = 0; visit < kVisits; ++visit) {
        {
          const Bias::Access access(bias_);
          word.fetch_add(1);
        }
        // Most find it held again, and revoke it.
        for (int spin = 0; !bias_.held() && spin < 10'000; ++spin) {
        }
      }
      --left;
    });
  }
  uint64_t own = 0;
  uint64_t unlocked = 0;
  for (; left > 0 || own < kVisits; ++own) {
    unlocked += bias_.held() ? 1 : 0;
    AddAsWorker(seat_, word);
    seat_.Look();
  }
  for (std::thread& visitor : visitors) visitor.join();
  EXPECT_EQ(word, own + kVisitors * kVisits);
  EXPECT_GT(unlocked, 0U);
}

// Now one works alone, now several do, as workers sleep and wake; and plain threads come by.
TEST(BiasSeatTest, NoChangeIsLostBetweenWorkersThatSleepAndWake) {
  constexpr uint64_t kTurns = 300;
  Bias bias;
  std::atomic<uint64_t> word{0};
  std::atomic<uint64_t> changes{0};
  std::atomic<uint64_t> alone{0};
  const auto work = [&](size_t which) {
    BiasSeat seat(bias, SomeWorker(which));
    for (uint64_t turn = 0; turn < kTurns; ++turn) {
      seat.Enter();
      for (uint64_t i = 0; i < 100 * (which + 1); ++i) {
        alone += seat.held() != nullptr && bias.held() ? 1 : 0;
        AddAsWorker(seat, word);
        ++changes;
        seat.Look();
      }
      seat.Leave();
      std::this_thread::yield();
    }
  };
  std::vector<std::thread> threads;
  for (size_t which = 0; which < 3; ++which) threads.emplace_back(work, which);
  threads.emplace_back([&] {
    for (uint64_t turn = 0; turn < kTurns; ++turn) {
      const Bias::Access access(bias);
      ++word;
      ++changes;
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(word, changes);
  EXPECT_GT(alone, 0U);
}

TEST_F(BiasTest, CanBeRevokedInAForkedProcess) {
  const pid_t child = fork();
  if (child == 0) {
    SetCurrentBias(nullptr);
    { const Bias::Access access(bias_); }
    _exit(bias_.held() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace rehearse
