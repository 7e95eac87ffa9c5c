#include "rehearse/actor/runtime/bias.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace rehearse {
namespace {

// A worker that is only told from others.
const Worker* SomeWorker() {
  static const int place = 0;
  return reinterpret_cast<const Worker*>(&place);
}

void AddUnlocked(Bias& bias, std::atomic<uint64_t>& word) {
  uint64_t seen = word.load();
  while (!bias.CompareExchange(word, seen, seen + 1)) {
  }
}

// Looks until the bias is back; how often it had to.
int LooksUntilBiased(Bias& bias) {
  int looks = 0;
  for (; !bias.biased() && looks < 1000; ++looks) bias.TakeBack();
  return looks;
}

TEST(BiasTest, OwnerChangesWhatItExpectedAndLearnsWhatItDidNot) {
  Bias bias(SomeWorker());
  std::atomic<uint64_t> word{7};
  uint64_t expected = 7;
  EXPECT_TRUE(bias.CompareExchange(word, expected, 8));
  EXPECT_EQ(word, 8U);
  EXPECT_FALSE(bias.CompareExchange(word, expected, 9));
  EXPECT_EQ(expected, 8U);
  EXPECT_EQ(word, 8U);
}

TEST(BiasTest, IsGoneWhileAndForAWhileAfterSomebodyElseHasAccess) {
  Bias bias(SomeWorker());
  EXPECT_TRUE(bias.biased());
  {
    const Bias::Access access(bias);
    EXPECT_FALSE(bias.biased());
    EXPECT_EQ(LooksUntilBiased(bias), 1000);
    std::atomic<uint64_t> word{0};
    AddUnlocked(bias, word);
    EXPECT_EQ(word, 1U);
  }
  EXPECT_FALSE(bias.biased());
  const int looks = LooksUntilBiased(bias);
  EXPECT_GT(looks, 10);
  EXPECT_LT(looks, 1000);
}

TEST(BiasTest, EachVisitPutsOffItsReturn) {
  Bias bias(SomeWorker());
  for (int i = 0; i < 1000; ++i) {
    { const Bias::Access access(bias); }
    bias.TakeBack();
    EXPECT_FALSE(bias.biased());
  }
}

TEST(BiasTest, SeveralWorkersHaveNone) {
  Bias bias(nullptr);
  EXPECT_FALSE(bias.biased());
  const Bias::Access access(bias);
  EXPECT_EQ(LooksUntilBiased(bias), 1000);
}

TEST(BiasTest, NoChangeIsLostBetweenTheOwnerAndThoseWhoComeAndGo) {
  constexpr int kVisitors = 2;
  constexpr uint64_t kVisits = 20'000;
  Bias bias(SomeWorker());
  std::atomic<uint64_t> word{0};
  std::atomic<int> left{kVisitors};
  std::vector<std::thread> visitors;
  for (int i = 0; i < kVisitors; ++i) {
    visitors.emplace_back([&] {
      for (uint64_t visit = 0; visit < kVisits; ++visit) {
        {
          const Bias::Access access(bias);
          word.fetch_add(1);
        }
        // Most find it biased again, and revoke it.
        for (int spin = 0; !bias.biased() && spin < 10'000; ++spin) {
        }
      }
      --left;
    });
  }
  uint64_t own = 0;
  uint64_t unlocked = 0;
  for (; left > 0 || own < kVisits; ++own) {
    unlocked += bias.biased() ? 1 : 0;
    AddUnlocked(bias, word);
    bias.TakeBack();
  }
  for (std::thread& visitor : visitors) visitor.join();
  EXPECT_EQ(word, own + kVisitors * kVisits);
  EXPECT_GT(unlocked, 0U);
}

TEST(BiasTest, CanBeRevokedInAForkedProcess) {
  Bias bias(SomeWorker());
  const pid_t child = fork();
  if (child == 0) {
    { const Bias::Access access(bias); }
    _exit(bias.biased() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace rehearse
