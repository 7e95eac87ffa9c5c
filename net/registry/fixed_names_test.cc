#include "rehearse/net/registry/fixed_names.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse::net {
namespace {

class Idle : public Actor {
 public:
  void Handle(int) {}
};

class FixedNamesTest : public testing::Test {
 protected:
  FixedNamesTest() { book_.Add("counter", "a"); }
  ~FixedNamesTest() override { node_.Run(); }

  NameEntry Entry(const std::string& name) {
    const ActorRef<Idle> ref = node_->Spawn<Idle>();
    return {.name = name, .ref = ref, .actor = absl::StrCat("#", ref.id().value)};
  }

  TestNode node_;
  NameBook book_;
};

TEST(NameBookTest, RefusesASecondNodeForAName) {
  NameBook book;
  EXPECT_TRUE(book.Add("counter", "a"));
  EXPECT_TRUE(book.Add("counter", "a"));
  EXPECT_FALSE(book.Add("counter", "b"));
  EXPECT_EQ(book.NodeOf("counter"), "a");
  EXPECT_EQ(book.NodeOf("clock"), "");
}

TEST_F(FixedNamesTest, FindsWhatItWasTold) {
  FixedNames names(book_, "b");
  const absl::StatusOr<Location> found = names.Lookup("counter");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->node, "a");
  EXPECT_EQ(found->actor, "counter");
}

TEST_F(FixedNamesTest, SaysWhatToDoAboutAnUnknownName) {
  const absl::Status status = FixedNames(book_, "b").Lookup("clock").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(status), Effect::kNone);
  EXPECT_TRUE(absl::StrContains(status.message(), "--where=clock=NODE")) << status;
}

TEST_F(FixedNamesTest, OnlyTheNodeThatWasNamedMayRegister) {
  EXPECT_TRUE(FixedNames(book_, "a").Register(Entry("counter")).ok());
  EXPECT_TRUE(FixedNames(book_, "b").Register(Entry("its own")).ok());
  FixedNames names(book_, "b");
  const absl::Status status = names.Register(Entry("counter")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(absl::StrContains(status.message(), "a's")) << status;
  EXPECT_EQ(names.RegisterShared(Entry("counter")).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(FixedNamesTest, KeepsNoActorAlive) {
  FixedNames names(book_, "b");
  const NameEntry entry = Entry("its own");
  const uint32_t before = entry.ref.strong_count();
  ASSERT_TRUE(names.Register(entry).ok());
  EXPECT_EQ(entry.ref.strong_count(), before);
  entry.ref.Stop();
  node_.Run();
  EXPECT_EQ(names.Lookup("its own").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rehearse::net
