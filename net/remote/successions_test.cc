#include "rehearse/net/remote/successions.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace rehearse::net {
namespace {

// A stream, as far as one that is only pointed at needs to be.
std::shared_ptr<Inbound> Stream() {
  const auto owner = std::make_shared<int>();
  return {owner, reinterpret_cast<Inbound*>(owner.get())};
}

const Successions::Key kSession = {"a", 1};

class SuccessionsTest : public testing::Test {
 protected:
  // Whom it follows.
  std::shared_ptr<Inbound> Follow(const std::shared_ptr<Inbound>& stream) {
    std::shared_ptr<Inbound> before;
    EXPECT_TRUE(successions_.Follow(kSession, stream, before));
    return before;
  }

  Successions successions_;
};

TEST_F(SuccessionsTest, EachFollowsTheOneBefore) {
  const auto first = Stream();
  const auto second = Stream();
  EXPECT_EQ(Follow(first), nullptr);
  successions_.Arrive(kSession);
  EXPECT_EQ(Follow(second), first);
}

TEST_F(SuccessionsTest, WhoFollowsOneThatGaveUpFollowsWhomThatFollowed) {
  const auto first = Stream();
  Follow(first);
  successions_.Arrive(kSession);
  {
    const auto failed = Stream();
    EXPECT_EQ(Follow(failed), first);
    successions_.GiveUp(kSession, failed.get(), first);
  }
  EXPECT_EQ(Follow(Stream()), first);
}

TEST_F(SuccessionsTest, GivingUpChangesNothingForWhoHasFollowedAlready) {
  const auto first = Stream();
  const auto failed = Stream();
  const auto second = Stream();
  Follow(first);
  successions_.Arrive(kSession);
  EXPECT_EQ(Follow(failed), first);
  EXPECT_EQ(Follow(second), failed);
  successions_.GiveUp(kSession, failed.get(), first);
  successions_.Arrive(kSession);
  EXPECT_EQ(Follow(Stream()), second);
}

TEST_F(SuccessionsTest, SoManyWaitAndNoMore) {
  std::vector<std::shared_ptr<Inbound>> streams;
  std::shared_ptr<Inbound> before;
  for (int i = 0; i < Successions::kWaitingMax; ++i) Follow(streams.emplace_back(Stream()));
  EXPECT_FALSE(successions_.Follow(kSession, Stream(), before));
  EXPECT_TRUE(successions_.Follow({"b", 1}, Stream(), before));  // another peer's
  successions_.Arrive(kSession);
  EXPECT_TRUE(successions_.Follow(kSession, Stream(), before));
  EXPECT_EQ(before, streams.back());
}

}  // namespace
}  // namespace rehearse::net
