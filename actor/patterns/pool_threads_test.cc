// A pool on several workers' threads, asked from plain threads while workers fail.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/patterns/pool.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Square {
  int64_t number = 0;
};
struct Fail {};

class Reckoner : public Actor {
 public:
  explicit Reckoner(std::atomic<int64_t>* handled) : handled_(handled) {}
  int64_t Handle(const Square& square) {
    handled_->fetch_add(1);
    return square.number * square.number;
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }

 private:
  std::atomic<int64_t>* const handled_;
};

using Reckoners = Pool<Reckoner, Square, Fail>;

TEST(PoolThreadsTest, AsksGetTheirOwnAnswersOrSayThatNothingWasDone) {
  constexpr int64_t kRounds = kThreadSanitizer || kAddressSanitizer ? 500 : 5000;
  constexpr int64_t kAskers = 3;
  std::atomic<int64_t> handled{0};
  std::atomic<int64_t> answered{0};
  std::atomic<int64_t> wrong{0};
  ThreadedNode node(2);
  auto pool = node->Spawn<Reckoners>(
      Reckoners::Options{.workers = 3, .queue_max = 4, .replacements_max = 1000}, &handled);
  std::vector<std::thread> askers;
  for (int64_t asker = 0; asker < kAskers; ++asker) {
    askers.emplace_back([&, asker] {
      for (int64_t i = 0; i < kRounds; ++i) {
        if (i % 100 == 99) pool.Tell(Fail{});
        const int64_t number = asker * kRounds + i;
        const absl::StatusOr<int64_t> answer = pool.Ask(Square{number});
        if (answer.ok()) ++answered;
        wrong +=
            answer.ok() ? *answer != number * number : EffectOf(answer.status()) != Effect::kNone;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(handled.load(), answered.load());
  EXPECT_GT(answered.load(), kAskers * kRounds / 2);
  const std::vector<uint32_t> loads = *pool.Ask(GetPoolLoads{});
  for (const uint32_t load : loads) EXPECT_LE(load, 1u);
}

}  // namespace
}  // namespace rehearse
