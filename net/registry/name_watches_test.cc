#include "rehearse/net/registry/name_watches.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse::net {
namespace {

Location At(const std::string& node, uint64_t incarnation = 1) {
  return {.node = node, .incarnation = incarnation, .actor = "#7"};
}

std::string Told(const absl::StatusOr<NameChange>& change) {
  if (!change.ok()) return absl::StatusCodeToString(change.status().code());
  const char* const sign = change->kind == NameChange::Kind::kUp ? "+" : "-";
  return sign + change->location.node + std::to_string(change->location.incarnation);
}

class NameWatchesTest : public testing::Test {
 protected:
  // What is there to be read within a second.
  std::string Next(NameWatch& watch) {
    std::string told;
    node_.Run([&] { told = Told(watch.Next(node_->DeadlineIn(absl::Seconds(1)))); });
    return told;
  }

  void Update(absl::string_view name, std::vector<Location> locations) {
    watches_.Update(name, std::move(locations), watches_.BeginLook());
  }

  TestNode node_;
  NameWatches watches_;
};

TEST_F(NameWatchesTest, TellsWhatIsThereThenWhatChanges) {
  const auto watch = watches_.Add("x");
  EXPECT_EQ(Next(*watch), "DEADLINE_EXCEEDED");
  Update("x", {At("b"), At("a")});
  EXPECT_EQ(Next(*watch), "+a1");
  EXPECT_EQ(Next(*watch), "+b1");
  Update("x", {At("b", 2)});
  EXPECT_EQ(Next(*watch), "-a1");
  EXPECT_EQ(Next(*watch), "-b1");
  EXPECT_EQ(Next(*watch), "+b2");
  EXPECT_EQ(Next(*watch), "DEADLINE_EXCEEDED");
}

// A singleton that lost its name before it first looked ran on without one, where nobody found it.
TEST_F(NameWatchesTest, WhatCameAndWentBetweenTwoLooksIsToldAllTheSame) {
  const auto watch = watches_.Add("x");
  Update("x", {At("a")});
  Update("x", {At("b")});
  Update("x", {});
  EXPECT_EQ(Next(*watch), "+a1");
  EXPECT_EQ(Next(*watch), "-a1");
  EXPECT_EQ(Next(*watch), "+b1");
  EXPECT_EQ(Next(*watch), "-b1");
  EXPECT_EQ(Next(*watch), "DEADLINE_EXCEEDED");
}

TEST_F(NameWatchesTest, WhoReadsFarTooLateIsToldOfDifferencesAlone) {
  const auto watch = watches_.Add("x");
  Update("x", {At("a")});
  EXPECT_EQ(Next(*watch), "+a1");
  constexpr uint64_t kLives = 10 * NameWatches::kUntoldMax;
  for (uint64_t life = 2; life <= kLives; ++life) Update("x", {At("a", life)});
  size_t told = 1;
  EXPECT_EQ(Next(*watch), "-a1");
  std::string last;
  for (std::string next = Next(*watch); next != "DEADLINE_EXCEEDED"; next = Next(*watch)) {
    last = next;
    ++told;
  }
  EXPECT_EQ(last, absl::StrCat("+a", kLives));
  EXPECT_LE(told, NameWatches::kUntoldMax);
}

TEST_F(NameWatchesTest, OfTwoWhoLookAtOnceTheLaterCounts) {
  const auto watch = watches_.Add("x");
  const uint64_t first = watches_.BeginLook();
  const uint64_t second = watches_.BeginLook();
  watches_.Update("x", {At("a")}, second);
  watches_.Update("x", {}, first);
  EXPECT_EQ(Next(*watch), "+a1");
  EXPECT_EQ(Next(*watch), "DEADLINE_EXCEEDED");
}

// An owner was told that it had lost the name, by a look from before it had it.
TEST_F(NameWatchesTest, WhatIsKnownOutdoesALookThatBeganBefore) {
  const auto watch = watches_.Add("x");
  Update("x", {At("b")});
  const uint64_t look = watches_.BeginLook();
  watches_.Insert("x", At("a"));
  watches_.Update("x", {}, look);
  EXPECT_EQ(Next(*watch), "+b1");
  EXPECT_EQ(Next(*watch), "+a1");
  EXPECT_EQ(Next(*watch), "DEADLINE_EXCEEDED");
}

TEST_F(NameWatchesTest, EachWatchIsToldAllOfItsName) {
  const auto first = watches_.Add("x");
  const auto other = watches_.Add("y");
  Update("x", {At("a")});
  const auto second = watches_.Add("x");
  EXPECT_EQ(Next(*first), "+a1");
  EXPECT_EQ(Next(*second), "+a1");
  EXPECT_EQ(Next(*other), "DEADLINE_EXCEEDED");
  EXPECT_EQ(watches_.watched(), (std::vector<std::string>{"x", "y"}));
}

TEST_F(NameWatchesTest, WhoWaitsIsWoken) {
  const auto watch = watches_.Add("x");
  std::string told;
  node_.Run([&] {
    Task::Start(*node_, "teller", [&] { Update("x", {At("a")}); }).Unref();
    told = Told(watch->Next(Instant::Infinite()));
  });
  EXPECT_EQ(told, "+a1");
  node_.Run([&] {
    Task::Start(*node_, "closer", [&] { watches_.Close(); }).Unref();
    told = Told(watch->Next(Instant::Infinite()));
  });
  EXPECT_EQ(told, "UNAVAILABLE");
}

TEST_F(NameWatchesTest, NothingIsKeptOfNamesThatNobodyWatches) {
  watches_.Add("x").reset();
  Update("x", {At("a")});
  EXPECT_FALSE(watches_.watches("x"));
  EXPECT_TRUE(watches_.watched().empty());
}

}  // namespace
}  // namespace rehearse::net
