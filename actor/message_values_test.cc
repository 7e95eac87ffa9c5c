// What becomes of the message that a sender gives: copied, moved, or left as it was.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

constexpr char kText[] = "a string that is longer than its object";

struct Word {
  std::string text;
};
struct Numbers {
  int64_t a = 0, b = 0, c = 0;
};
struct Base {
  virtual ~Base() = default;
  std::string text;
};
struct Derived : Base {
  std::string more;
};
// Neither copied nor assigned.
struct Once {
  explicit Once(std::string given) : text(std::move(given)) {}
  Once(Once&& other) noexcept : text(std::move(const_cast<std::string&>(other.text))) {}
  const std::string text;
};

struct Read {};
class Reader : public Actor {
 public:
  void Handle(const Word& word) { last_ = word.text; }
  void Handle(const Numbers& numbers) { last_ = std::to_string(numbers.a + numbers.b + numbers.c); }
  void Handle(const Base& base) { last_ = base.text; }
  void Handle(const Once& once) { last_ = once.text; }
  std::string Handle(const Read&) { return last_; }

 private:
  std::string last_;
};

class MessageValuesTest : public testing::Test {
 public:
  // What a reader has read after `send`.
  template <typename Send>
  std::string ReadAfter(Send send) {
    std::string read;
    node_.Run([&] {
      const auto reader = node_->Spawn<Reader>();
      send(reader);
      read = *reader.Ask(Read{});
    });
    return read;
  }
  // Calls `send` with a ref of an actor that has no room.
  template <typename Send>
  void WithoutRoom(Send send) {
    node_.Run([&] {
      const auto full = node_->SpawnWith<Reader>({.mailbox_capacity = 1});
      EXPECT_TRUE(full.TryTell(Word{kText}).ok());
      send(full);
    });
  }

  TestNode node_;
};

TEST_F(MessageValuesTest, AnLvalueIsCopiedAndAnRvalueMoved) {
  Word word{kText};
  EXPECT_EQ(ReadAfter([&](const auto& reader) { EXPECT_TRUE(reader.Tell(word).ok()); }), kText);
  EXPECT_EQ(word.text, kText);
  EXPECT_EQ(ReadAfter([&](const auto& to) { EXPECT_TRUE(to.Tell(std::move(word)).ok()); }), kText);
  EXPECT_EQ(word.text, "");  // NOLINT(bugprone-use-after-move): that is the question
  const Numbers numbers{1, 2, 3};
  EXPECT_EQ(ReadAfter([&](const auto& to) { EXPECT_TRUE(to.Tell(numbers).ok()); }), "6");
}

TEST_F(MessageValuesTest, AConstRvalueIsCopied) {
  const Word word{kText};
  EXPECT_EQ(ReadAfter([&](const auto& to) { EXPECT_TRUE(to.Tell(std::move(word)).ok()); }), kText);
  EXPECT_EQ(word.text, kText);
}

TEST_F(MessageValuesTest, WhatIsRefusedIsUntouched) {
  WithoutRoom([](const auto& full) {
    Word word{kText};
    EXPECT_FALSE(full.TryTell(std::move(word)).ok());
    EXPECT_EQ(word.text, kText);
    Numbers numbers{1, 2, 3};
    EXPECT_FALSE(full.TryTell(std::move(numbers)).ok());
    EXPECT_EQ(numbers.b, 2);
    Once once(kText);
    EXPECT_FALSE(full.TryTell(std::move(once)).ok());
    EXPECT_EQ(once.text, kText);
  });
}

TEST_F(MessageValuesTest, APartOfALargerObjectThatIsRefusedLeavesTheRestOfIt) {
  WithoutRoom([](const auto& full) {
    Derived whole;
    whole.text = whole.more = kText;
    EXPECT_FALSE(full.TryTell(static_cast<Base&&>(whole)).ok());
    EXPECT_EQ(whole.text, kText);
    EXPECT_EQ(whole.more, kText);
    Base& base = whole;
    EXPECT_NE(dynamic_cast<Derived*>(&base), nullptr);
  });
}

TEST_F(MessageValuesTest, AnArrayIsSentAsItsPointer) {
  struct Where {};
  class Pointed : public Actor {
   public:
    void Handle(const char* pointer) { pointer_ = pointer; }
    bool Handle(const Where&) { return pointer_ == kText; }

   private:
    const char* pointer_ = nullptr;
  };
  node_.Run([&] {
    const auto pointed = node_->Spawn<Pointed>();
    EXPECT_TRUE(pointed.Tell(kText).ok());
    EXPECT_TRUE(*pointed.Ask(Where{}));
  });
}

}  // namespace
}  // namespace rehearse
