#include "rehearse/net/libp2p/ping/ping.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "rehearse/net/crypto/testing/seeded_entropy.h"

namespace rehearse::net {
namespace {

TEST(PingTest, IsAnsweredAgainAndAgain) {
  SeededEntropy entropy(1);
  PingAsker asker;
  PingAnswerer answerer;
  std::string before;
  for (int i = 0; i < 3; ++i) {
    const std::string question = asker.Ask(entropy);
    ASSERT_EQ(question.size(), kPingBytes);
    EXPECT_NE(question, before);
    before = question;
    EXPECT_TRUE(*asker.Receive(answerer.Receive(question)));
  }
}

TEST(PingTest, RefusesAnotherAnswerAndMoreThanItAsked) {
  SeededEntropy entropy(1);
  PingAsker asker;
  EXPECT_TRUE(absl::IsDataLoss(asker.Receive("x").status()));
  std::string answer = asker.Ask(entropy);
  EXPECT_TRUE(absl::IsDataLoss(asker.Receive(answer + "x").status()));
  answer[31] ^= 1;
  EXPECT_FALSE(*asker.Receive(answer.substr(0, 31)));
  EXPECT_TRUE(absl::IsDataLoss(asker.Receive(answer.substr(31)).status()));
}

RC_GTEST_PROP(PingProperty, IsAnsweredHoweverItIsCut, (uint64_t seed)) {
  SeededEntropy entropy(seed);
  PingAsker asker;
  PingAnswerer answerer;
  const std::string question = asker.Ask(entropy);
  bool answered = false;
  for (size_t at = 0; at < question.size();) {
    RC_ASSERT(!answered);
    const auto count = *rc::gen::inRange<size_t>(1, 33);
    const std::string answer = answerer.Receive(absl::string_view(question).substr(at, count));
    at += count;
    for (const char byte : answer) answered = *asker.Receive(std::string(1, byte));
  }
  RC_ASSERT(answered && answerer.pending_bytes() == 0u);
}

}  // namespace
}  // namespace rehearse::net
