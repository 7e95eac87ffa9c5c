// Actors that would wait for each other for ever are told so, and by whose names.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Question {};
struct Pass {};

// Asks the next one whatever it is asked.
class Passer : public Actor {
 public:
  struct Meet {
    ActorRef<Passer> next;
  };
  void Handle(const Meet& meet) { next_ = meet.next; }
  absl::StatusOr<int> Handle(const Question&) {
    if (!next_) return 7;
    return next_.Ask(Question{});
  }
  // Tells the next until there is no room; what it is told in the end.
  absl::Status Handle(const Pass&) {
    while (true) {
      if (const SendResult result = next_.Tell(Pass{}); !result.ok()) return result.status();
    }
  }

 private:
  ActorRef<Passer> next_;
};

class WaitCycleTest : public testing::Test {
 public:
  std::vector<ActorRef<Passer>> Ring(size_t size, const SpawnOptions& options = {}) {
    std::vector<ActorRef<Passer>> ring;
    for (size_t i = 0; i < size; ++i) ring.push_back(node_->SpawnWith<Passer>(options));
    for (size_t i = 0; i < size; ++i) ring[i].Tell(Passer::Meet{ring[(i + 1) % size]});
    return ring;
  }

  TestNode node_;
};

TEST_F(WaitCycleTest, AsksInARingFailAtOnceAndNameIt) {
  node_.Run([&] {
    const auto ring = Ring(3);
    const Instant from = node_->clock().Now();
    const auto answer = ring[0].Ask(Question{});
    EXPECT_EQ(node_->clock().Now() - from, absl::ZeroDuration());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(
        answer.status().message(),
        absl::StrCat("ask of ", ring[0].ToString(),
                     ": each waits for the next, and none can answer: ", ring[2].ToString(), " -> ",
                     ring[0].ToString(), " -> ", ring[1].ToString(), " -> ", ring[2].ToString()));
  });
}

TEST_F(WaitCycleTest, ALongChainIsNoRing) {
  node_.Run([&] {
    const auto ring = Ring(20);
    ring[19].Tell(Passer::Meet{});
    EXPECT_EQ(*ring[0].Ask(Question{}), 7);
  });
}

TEST_F(WaitCycleTest, FullMailboxesInARingAreNamedInTheLog) {
  node_.Run([&] {
    const auto ring = Ring(2, {.mailbox_capacity = 2});
    const auto answer = ring[0].Ask(Pass{});
    EXPECT_TRUE(ring[1].Ask(Question{}, {.reply_timeout = absl::Seconds(1)}).status().code() !=
                absl::StatusCode::kOk);
    for (const auto& passer : ring) passer.Stop();
  });
  const auto names_it = [](const std::string& line) {
    return absl::StrContains(line, "each waits for the next, and none can make any");
  };
  EXPECT_TRUE(std::any_of(node_.log().begin(), node_.log().end(), names_it));
}

// Asks the other back in the turn in which it has answered.
class Backer : public Actor {
 public:
  struct Meet {
    ActorRef<Protocol<int(Question)>> other;
  };
  struct Go {};
  struct Told {};
  void Handle(const Meet& meet) { other_ = meet.other; }
  int Handle(const Question&) { return 1; }
  void Handle(const Go&) { told_ = other_.Ask(Question{}).status(); }
  absl::Status Handle(const Told&) { return told_; }

 private:
  ActorRef<Protocol<int(Question)>> other_;
  absl::Status told_ = absl::UnknownError("not asked");
};

class Once : public Actor {
 public:
  struct Go {};
  explicit Once(ActorRef<Backer> backer) : backer_(std::move(backer)) {}
  int Handle(const Question&) { return 5; }
  void Handle(const Go&) { (void)backer_.Ask(Question{}); }

 private:
  const ActorRef<Backer> backer_;
};

class Messenger : public Actor {
 public:
  explicit Messenger(ActorRef<Backer> backer) : backer_(std::move(backer)) {}
  void Handle(const Pass&) { backer_.Tell(Backer::Go{}); }

 private:
  const ActorRef<Backer> backer_;
};

TEST_F(WaitCycleTest, AnAskerThatWasAnsweredButHasNotRunYetIsNoLink) {
  node_.Run([&] {
    const auto backer = node_->Spawn<Backer>();
    const auto once = node_->Spawn<Once>(backer);
    const auto messenger = node_->Spawn<Messenger>(backer);
    backer.Tell(Backer::Meet{once});
    (void)Sleep(absl::Seconds(1));
    once.Tell(Once::Go{});
    messenger.Tell(Pass{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(backer.Ask(Backer::Told{}).ok()) << backer.Ask(Backer::Told{});
  });
}

// Keeps a reply, asks whom it is told to, and then answers.
class Keeper : public Actor {
 public:
  struct Meet {
    ActorRef<Protocol<int(Question)>> asker;
  };
  struct Go {};

  void Handle(const Meet& meet) { asker_ = meet.asker; }
  void Handle(const Question&, Reply<int> reply) {
    reply_ = std::move(reply);
    Self(this).Tell(Go{});
  }
  void Handle(const Go&) {
    answer_ = asker_.Ask(Question{}, {.reply_timeout = absl::Seconds(1)}).status();
    std::move(*reply_).Send(8);
  }
  struct Answer {};
  absl::Status Handle(const Answer&) { return answer_; }

 private:
  ActorRef<Protocol<int(Question)>> asker_;
  std::optional<Reply<int>> reply_;
  absl::Status answer_;
};

class Asker : public Actor {
 public:
  explicit Asker(ActorRef<Keeper> keeper) : keeper_(std::move(keeper)) {}
  int Handle(const Question&) { return keeper_.Ask(Question{}).value_or(-1); }

 private:
  const ActorRef<Keeper> keeper_;
};

// The asker waits for whoever has the reply: that may be anybody by now.
TEST_F(WaitCycleTest, AReplyThatWasTakenOverIsNoLink) {
  node_.Run([&] {
    const auto keeper = node_->Spawn<Keeper>();
    const auto asker = node_->Spawn<Asker>(keeper);
    keeper.Tell(Keeper::Meet{asker});
    EXPECT_EQ(*asker.Ask(Question{}), 8);
    EXPECT_EQ(keeper.Ask(Keeper::Answer{}).code(), absl::StatusCode::kDeadlineExceeded);
  });
}

// Joins whom it is told to, or asks it.
class Joiner : public Actor {
 public:
  struct Meet {
    ActorRef<Joiner> other;
  };
  struct JoinIt {};
  struct AskIt {};
  void Handle(const Meet& meet) { other_ = meet.other; }
  int Handle(const Question&) { return 1; }
  absl::Status Handle(const JoinIt&) { return other_.Join().status(); }
  absl::Status Handle(const AskIt&) { return other_.Ask(Question{}).status(); }

 private:
  ActorRef<Joiner> other_;
};

class JoinCycleTest : public WaitCycleTest {
 public:
  // Two who know each other, or one who knows itself.
  std::vector<ActorRef<Joiner>> Meet(size_t size) {
    std::vector<ActorRef<Joiner>> ring;
    for (size_t i = 0; i < size; ++i) ring.push_back(node_->Spawn<Joiner>());
    for (size_t i = 0; i < size; ++i) ring[i].Tell(Joiner::Meet{ring[(i + 1) % size]});
    return ring;
  }
};

TEST_F(JoinCycleTest, WhoWouldWaitForItsOwnEndIsTold) {
  node_.Run([&] {
    const auto joined = Meet(1)[0].Ask(Joiner::JoinIt{});
    EXPECT_EQ(joined.code(), absl::StatusCode::kFailedPrecondition) << joined;
  });
}

TEST_F(JoinCycleTest, WhoTriesThatAgainAndAgainCanBeKilled) {
  class Stubborn : public Actor {
   public:
    void Handle(const Pass&) {
      while (!Self(this).Join().ok()) {
      }
    }
  };
  node_.Run([&] {
    const auto stubborn = node_->Spawn<Stubborn>();
    stubborn.Tell(Pass{});
    (void)Sleep(absl::ZeroDuration());  // no time passes while it tries
    stubborn.Kill();
    EXPECT_EQ(stubborn.Join(absl::Seconds(1))->kind, ExitReason::Kind::kKilled);
  });
}

TEST_F(JoinCycleTest, TwoThatJoinEachOtherAreNoTwoForLong) {
  node_.Run([&] {
    const auto ring = Meet(2);
    auto first = ring[0].Request(Joiner::JoinIt{});
    (void)Sleep(absl::Milliseconds(1));
    const absl::Status second = ring[1].Ask(Joiner::JoinIt{}, {.reply_timeout = absl::Seconds(1)});
    EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(second.message(),
              absl::StrCat("wait for ", ring[0].ToString(),
                           ": each waits for the next, and none can go on: ", ring[1].ToString(),
                           " -> ", ring[0].ToString(), " -> ", ring[1].ToString()));
    ring[1].Stop();
    EXPECT_TRUE(first.Await().ok());
  });
}

TEST_F(JoinCycleTest, WhoAsksWhoWaitsForItsEndIsTold) {
  node_.Run([&] {
    const auto ring = Meet(2);
    auto joined = ring[0].Request(Joiner::JoinIt{});
    const absl::Status asked = ring[1].Ask(Joiner::AskIt{}, {.reply_timeout = absl::Seconds(1)});
    EXPECT_EQ(asked.code(), absl::StatusCode::kFailedPrecondition) << asked;
    ring[1].Stop();
    EXPECT_TRUE(joined.Await().ok());
  });
}

}  // namespace
}  // namespace rehearse
