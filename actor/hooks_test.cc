// What an actor sees of messages outside its handlers: OnMessage and OnUndelivered.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/incoming.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Say {
  std::string what;
};
struct Count {};
struct Nap {};

class Doorman : public Actor {
 public:
  explicit Doorman(Lines* said) : said_(said) {}

  Admission OnMessage(Incoming& message) override {
    if (const Say* const say = message.As<Doorman, Say>(); say != nullptr && say->what == "throw") {
      throw std::runtime_error("at the door");
    }
    if (message.As<Doorman, Count>() != nullptr) {
      return message.asked() && open_ ? Admission::kHandle : Admission::kRefuse;
    }
    if (const Say* const say = message.As<Doorman, Say>(); say != nullptr && say->what == "close") {
      open_ = false;
    }
    return Admission::kHandle;
  }
  void OnUndelivered(Incoming& message) override {
    const Say* const say = message.As<Doorman, Say>();
    said_->push_back(absl::StrCat("undelivered ", say == nullptr ? "?" : say->what));
    if (say != nullptr && say->what == "bad") throw std::runtime_error("a bug");
  }
  void OnStop(const ExitReason&) override { said_->push_back("stops"); }

  void Handle(const Say& say) { said_->push_back(say.what); }
  int Handle(const Count&) { return static_cast<int>(said_->size()); }
  absl::Status Handle(const Nap&) { return Sleep(absl::Hours(1)); }

 private:
  Lines* const said_;
  bool open_ = true;
};

class HooksTest : public testing::Test {
 public:
  Lines said_;
  TestNode node_;
};

TEST_F(HooksTest, OnMessageRefusesWhatItDoesNotWant) {
  node_.Run([&] {
    const auto doorman = node_->Spawn<Doorman>(&said_);
    EXPECT_EQ(*doorman.Ask(Count{}), 0);
    doorman.Tell(Say{"close"});
    const absl::Status refused = doorman.Ask(Count{}).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(refused.message(),
              absl::StrCat("ask of ", doorman.ToString(), ": refused by its OnMessage"));
    EXPECT_EQ(EffectOf(refused), Effect::kNone);
    EXPECT_EQ(node_->dead_letters().count(), 0u);
    doorman.Tell(Count{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(node_->dead_letters().count(), 1u);
    EXPECT_TRUE(doorman.alive());
  });
}

TEST_F(HooksTest, OnMessageThatThrowsIsAPanic) {
  node_.Run([&] {
    const auto doorman = node_->Spawn<Doorman>(&said_);
    doorman.Tell(Say{"throw"});
    EXPECT_EQ(*doorman.Join(), (ExitReason{ExitReason::Kind::kPanicked, "at the door"}));
  });
}

TEST_F(HooksTest, OnUndeliveredSeesEachTellThatWasLeftBeforeOnStop) {
  node_.Run([&] {
    const auto doorman = node_->Spawn<Doorman>(&said_);
    doorman.Tell(Nap{});
    (void)Sleep(absl::Seconds(1));
    doorman.Tell(Say{"one"});
    doorman.Tell(Say{"bad"});
    auto count = doorman.Request(Count{});
    doorman.Tell(Nap{});
    doorman.Tell(Say{"two"});
    doorman.Stop();
    EXPECT_EQ(count.Await().status().code(), absl::StatusCode::kNotFound);
    doorman.Join().IgnoreError();
  });
  EXPECT_EQ(said_, (Lines{"undelivered one", "undelivered bad", "undelivered ?", "undelivered two",
                          "stops"}));
  EXPECT_EQ(node_->dead_letters().count(), 4u);
}

}  // namespace
}  // namespace rehearse
