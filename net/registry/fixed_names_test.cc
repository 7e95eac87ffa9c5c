#include "rehearse/net/registry/fixed_names.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "rehearse/actor/errors.h"

namespace rehearse::net {
namespace {

TEST(NameBookTest, RefusesASecondNodeForAName) {
  NameBook book;
  EXPECT_TRUE(book.Add("counter", "a"));
  EXPECT_TRUE(book.Add("counter", "a"));
  EXPECT_FALSE(book.Add("counter", "b"));
  EXPECT_EQ(book.NodeOf("counter"), "a");
  EXPECT_EQ(book.NodeOf("clock"), "");
}

TEST(FixedNamesTest, FindsWhatItWasTold) {
  NameBook book;
  book.Add("counter", "a");
  FixedNames names(book, "b");
  const absl::StatusOr<Location> found = names.Lookup("counter");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->node, "a");
  EXPECT_EQ(found->actor, "counter");
}

TEST(FixedNamesTest, SaysWhatToDoAboutAnUnknownName) {
  const NameBook book;
  const absl::Status status = FixedNames(book, "b").Lookup("clock").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(status), Effect::kNone);
  EXPECT_TRUE(absl::StrContains(status.message(), "--where=clock=NODE")) << status;
}

TEST(FixedNamesTest, OnlyTheNodeThatWasNamedMayRegister) {
  NameBook book;
  book.Add("counter", "a");
  EXPECT_TRUE(FixedNames(book, "a").Register("counter").ok());
  EXPECT_TRUE(FixedNames(book, "b").Register("its own").ok());
  const absl::Status status = FixedNames(book, "b").Register("counter");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(absl::StrContains(status.message(), "a's")) << status;
}

}  // namespace
}  // namespace rehearse::net
