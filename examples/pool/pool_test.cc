#include "examples/pool/pool.h"

#include <gtest/gtest.h>

#include "rehearse/sim/testkit/test_kit.h"

namespace examples::pool {
namespace {

using rehearse::sim::TestKit;

TEST(DeveloperTest, DevelopsOneAtATime) {
  TestKit kit;
  auto developer = kit.Spawn<Developer>(absl::Seconds(1));
  auto first = developer.Request(Develop{1});
  auto second = developer.Request(Develop{2});
  kit.RunFor(absl::Milliseconds(1500));
  EXPECT_EQ(first.Take().value(), 1);
  EXPECT_FALSE(second.ready());
}

class LabTest : public testing::Test {
 public:
  Batch Develop(size_t developers, int photos) {
    return kit_.Run([&] { return DevelopAll(kit_.node(), developers, photos, absl::Minutes(5)); })
        .value();
  }
  static int64_t MinutesOf(const Batch& batch) { return batch.took / absl::Minutes(1); }

  TestKit kit_;
};

TEST_F(LabTest, AloneOneDoesItAll) {
  const Batch batch = Develop(1, 6);
  EXPECT_EQ(batch.most, 6);
  EXPECT_EQ(MinutesOf(batch), 30);
}

TEST_F(LabTest, SeveralShareEqually) {
  const Batch batch = Develop(3, 6);
  EXPECT_EQ(batch.most, 2);
  EXPECT_EQ(MinutesOf(batch), 10);
}

TEST_F(LabTest, WhatDoesNotDivideTakesOneMoreOfSome) {
  const Batch batch = Develop(3, 7);
  EXPECT_EQ(batch.most, 3);
  EXPECT_EQ(MinutesOf(batch), 15);
}

}  // namespace
}  // namespace examples::pool
