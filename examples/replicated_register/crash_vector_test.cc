// Which answers a majority may be made of.

#include "examples/replicated_register/crash_vector.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "examples/replicated_register/majority.h"
#include "rehearse/actor/pending.h"

namespace examples::replicated_register {
namespace {

using Answers = std::vector<rehearse::Answered<Stored>>;

rehearse::Answered<Stored> Answer(size_t replica, CrashVector lives) {
  return {replica, Stored{.lives = std::move(lives)}};
}

TEST(CrashVectorTest, JoinedItKnowsAllThatEitherKnew) {
  CrashVector known = {1, 0};
  Join(known, {0, 2, 3});
  EXPECT_EQ(known, (CrashVector{1, 2, 3}));
  Join(known, {});
  EXPECT_EQ(known, (CrashVector{1, 2, 3}));
  EXPECT_EQ(LifeOf(known, 2), 3u);
  EXPECT_EQ(LifeOf(known, 3), 0u);
}

TEST(CrashVectorTest, AnAnswerOfALifeThatAnotherKnowsToBeOverDoesNotCount) {
  // Replica 0 has answered, crashed, and told replica 1 that it lives again.
  const Answers answers = {Answer(0, {}), Answer(1, {1, 0})};
  CrashVector known;
  for (const auto& answer : answers) Join(known, answer.result->lives);
  EXPECT_FALSE(CrashConsistent(answers, known));
  EXPECT_TRUE(CrashConsistent(Answers{Answer(0, {1}), Answer(1, {1, 0})}, known));
  EXPECT_TRUE(CrashConsistent(Answers{Answer(1, {}), Answer(2, {})}, known));
}

}  // namespace
}  // namespace examples::replicated_register
