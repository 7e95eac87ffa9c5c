// Refs as fields of messages: whom they name wherever they arrive, and what of one that names
// nobody, or is none.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/codec/message_reader.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/on_node.h"
#include "tests/scenario/introductions.h"

namespace rehearse {
namespace {

using introductions::Forged;
using introductions::Meet;
using introductions::News;
using introductions::Subscribe;
using sim::NodeHandle;
using sim::World;

using NewsProtocol = Protocol<void(News)>;
using HubProtocol = Protocol<void(Subscribe), void(News)>;
using GuestProtocol = Protocol<Meet(Meet), void(News)>;

// Passes on what it is told.
class Hub : public Actor {
 public:
  void Handle(const Subscribe& subscribe) {
    if (subscribe.who) subscribers_.push_back(subscribe.who);
    for (const auto& other : subscribe.others) subscribers_.push_back(other);
  }
  void Handle(const News& news) {
    for (const auto& subscriber : subscribers_) (void)subscriber.Tell(news);
  }

 private:
  std::vector<ActorRef<NewsProtocol>> subscribers_;
};

class Reader : public Actor {
 public:
  explicit Reader(std::vector<int64_t>& read) : read_(read) {}
  void Handle(const News& news) { read_.push_back(news.number); }

 private:
  std::vector<int64_t>& read_;
};

// Answers with the guest that it has met before.
class Guest : public Actor {
 public:
  Meet Handle(const Meet& meet) { return std::exchange(last_, meet); }
  void Handle(const News&) { ++news; }
  int news = 0;

 private:
  Meet last_;
};

class Mourner : public Actor {
 public:
  Mourner(const ActorRef<NewsProtocol>& whom, std::vector<ExitReason>& told) : told_(told) {
    Monitor(Self(this), whom);
  }
  void Handle(const Down& down) { told_.push_back(down.reason); }

 private:
  std::vector<ExitReason>& told_;
};

std::string BytesOf(const Forged& forged) {
  std::string bytes;
  forged.AppendTo(bytes);
  return bytes;
}

class RefFieldsScenario : public testing::Test {
 protected:
  void SetUp() override {
    hub_ = world_.AddNode(
        "hub", [](Node& node) { return node.Register<HubProtocol>("hub", node.Spawn<Hub>()); });
    home_ = world_.AddNode("home", [](Node& node) {
      return node.Register<GuestProtocol>("guest", node.Spawn<Guest>());
    });
    away_ = world_.AddNode("away", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
  }
  void On(NodeHandle node, const std::function<void(Node&)>& act) { OnNode(world_, node, act); }
  static absl::Status SubscribeAt(Node& node, const Subscribe& subscribe) {
    return node.Named<HubProtocol>("hub@hub")->Ask(subscribe);
  }
  // What a ref with that address is on `node`.
  static absl::StatusOr<Subscribe> Arrived(const std::string& address) {
    return Subscribe::Parse(BytesOf({.who = address}));
  }

  World world_{{.seed = 1}};
  std::vector<int64_t> read_;
  NodeHandle hub_;
  NodeHandle home_;
  NodeHandle away_;
};

TEST_F(RefFieldsScenario, ARefOfAnyNodeReachesItsActorFromAnyOther) {
  On(home_, [&](Node& node) {
    const auto one = node.Spawn<Reader>(std::ref(read_));
    const auto two = node.Spawn<Reader>(std::ref(read_));
    EXPECT_TRUE(SubscribeAt(node, {.who = one, .others = {two, {}, one}}).ok());
  });
  On(away_, [](Node& node) {
    EXPECT_TRUE(node.Named<HubProtocol>("hub@hub")->Ask(News{.number = 7}).ok());
  });
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(read_, (std::vector<int64_t>{7, 7, 7}));
}

TEST_F(RefFieldsScenario, AThirdNodesRefIsPassedOnAndComesHomeAsItWas) {
  On(away_, [](Node& node) {
    const ActorRef<GuestProtocol> here = node.Spawn<Guest>();
    const auto guest = *node.Named<GuestProtocol>("guest@home");
    EXPECT_FALSE(guest.Ask(Meet{.other = here})->other);
    EXPECT_EQ(guest.Ask(Meet{.other = guest})->other, here);
    // Of home's own: it went there by its name, and is its actor's number now.
    const Meet back = *guest.Ask(Meet());
    EXPECT_TRUE(back.other.Ask(Meet()).ok());
  });
}

TEST_F(RefFieldsScenario, ARefToALifeThatIsOverReachesNobody) {
  ActorRef<NewsProtocol> old;
  On(home_, [&](Node& node) { old = node.Spawn<Reader>(std::ref(read_)); });
  std::string bytes;
  On(home_, [&](Node&) { Subscribe{.who = old}.AppendTo(bytes); });
  old = {};
  world_.Crash(home_);
  world_.Restart(home_);
  world_.RunFor(absl::Seconds(1));
  for (const NodeHandle node : {home_, away_}) {
    On(node, [&](Node&) {
      const auto arrived = Subscribe::Parse(bytes);
      ASSERT_TRUE(arrived.ok()) << arrived.status();
      const absl::Status told = arrived->who.TellAcknowledged(News(), absl::Seconds(5));
      EXPECT_EQ(told.code(), absl::StatusCode::kNotFound) << told;
      EXPECT_EQ(EffectOf(told), Effect::kNone);
    });
  }
  EXPECT_TRUE(read_.empty());
}

TEST_F(RefFieldsScenario, OneThatIsGoneHereIsToldAsAnyOther) {
  std::vector<ExitReason> told;
  On(home_, [&](Node& node) {
    const auto arrived = Arrived("#77@home/1");
    ASSERT_TRUE(arrived.ok());
    node.Spawn<Mourner>(arrived->who, std::ref(told));
  });
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, ExitReason::Kind::kGone);
}

TEST_F(RefFieldsScenario, ARefOfAnUnknownNodeIsAnErrorWhenItIsUsed) {
  On(home_, [](Node&) {
    const auto arrived = Arrived("#7@nowhere/3");
    ASSERT_TRUE(arrived.ok());
    const absl::Status told = arrived->who.Tell(News());
    EXPECT_EQ(told.code(), absl::StatusCode::kNotFound) << told;
  });
}

TEST_F(RefFieldsScenario, WhatIsNoAddressIsMalformed) {
  On(home_, [](Node&) {
    for (const char* const text : {"@", "#1", "#1@", "#1@home", "#1@home/", "@a/1", "#1@home/x"}) {
      EXPECT_TRUE(absl::IsDataLoss(Arrived(text).status())) << text;
    }
    EXPECT_TRUE(absl::IsDataLoss(Arrived(std::string(5000, 'n') + "@home/1").status()));
    EXPECT_FALSE(Arrived("")->who);
    Forged many{.others = std::vector<std::string>(net::MessageReader::kRefsMax, "#1@away/1")};
    EXPECT_EQ(Subscribe::Parse(BytesOf(many))->others.size(), net::MessageReader::kRefsMax);
    many.others.push_back("#1@away/1");
    EXPECT_TRUE(absl::IsDataLoss(Subscribe::Parse(BytesOf(many)).status()));
  });
  // By who is on no node.
  EXPECT_TRUE(absl::IsDataLoss(Arrived("#1@home/1").status()));
  EXPECT_TRUE(Arrived("").ok());
}

TEST_F(RefFieldsScenario, WhateverTheTextItIsARefThatComesBackOrNone) {
  On(home_, [](Node& node) {
    Random chance = node.random("texts");
    constexpr absl::string_view kLetters = "#@/01ahome";
    int refs = 0;
    for (int i = 0; i < 20000; ++i) {
      std::string text;
      for (uint64_t n = chance.Below(9); n > 0; --n)
        text += kLetters[chance.Below(kLetters.size())];
      const auto arrived = Arrived(text);
      if (!arrived.ok()) {
        EXPECT_TRUE(absl::IsDataLoss(arrived.status()));
        continue;
      }
      std::string again;
      arrived->AppendTo(again);
      EXPECT_EQ(*Subscribe::Parse(again), *arrived) << text;
      refs += arrived->who ? 1 : 0;
    }
    EXPECT_GT(refs, 10);
  });
}

}  // namespace
}  // namespace rehearse
