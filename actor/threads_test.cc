// Several workers, plain threads beside them, stops and kills in between: answers go where they
// belong, nothing is lost or doubled, and each end is told once.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

constexpr bool kSanitizer = kThreadSanitizer || kAddressSanitizer;

struct Square {
  int64_t number = 0;
};
struct Nap {
  absl::Duration length;
};

class Reckoner : public Actor {
 public:
  int64_t Handle(const Square& square) { return square.number * square.number; }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
};

class ThreadsTest : public testing::TestWithParam<int> {
 public:
  ThreadedNode node_{GetParam()};
};

TEST_P(ThreadsTest, AsksOfPlainThreadsGetTheirOwnAnswers) {
  constexpr int64_t kRounds = kSanitizer ? 1000 : 10000;
  std::vector<ActorRef<Reckoner>> reckoners;
  for (int i = 0; i < 3; ++i) reckoners.push_back(node_->Spawn<Reckoner>());
  std::atomic<int> wrong{0};
  std::vector<std::thread> askers;
  for (int64_t asker = 0; asker < 3; ++asker) {
    askers.emplace_back([&, asker] {
      for (int64_t i = 0; i < kRounds; ++i) {
        const int64_t number = asker * kRounds + i;
        const auto answer = reckoners[static_cast<size_t>(i % 3)].Ask(
            Square{number},
            {.reply_timeout = i % 2 == 0 ? absl::Minutes(10) : absl::InfiniteDuration()});
        if (!answer.ok() || *answer != number * number) ++wrong;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST_P(ThreadsTest, AsksThatTimeOutAgainstTheirAnswersNeverGetAnothersAnswer) {
  constexpr int64_t kRounds = kSanitizer ? 500 : 3000;
  auto reckoner = node_->Spawn<Reckoner>();
  std::atomic<int> wrong{0};
  std::atomic<int> strange{0};
  std::vector<std::thread> askers;
  for (int64_t asker = 0; asker < 3; ++asker) {
    askers.emplace_back([&, asker] {
      for (int64_t i = 0; i < kRounds; ++i) {
        const int64_t number = asker * kRounds + i;
        const auto answer =
            reckoner.Ask(Square{number}, {.reply_timeout = absl::Microseconds(i % 20 * 10)});
        if (answer.ok() && *answer != number * number) ++wrong;
        // Expired asks may fill the mailbox before they are seen to be.
        const absl::StatusCode code = answer.status().code();
        if (!answer.ok() && code != absl::StatusCode::kDeadlineExceeded &&
            code != absl::StatusCode::kResourceExhausted) {
          ++strange;
        }
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(strange.load(), 0);
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(*reckoner.Ask(Square{3}), 9);
}

// Tells itself a few words as it starts, and counts how many of them others came before.
class Early : public Actor {
 public:
  static constexpr int kOwn = 3;
  struct Own {};
  struct Other {};

  explicit Early(std::atomic<int>* overtaken) : overtaken_(overtaken) {}
  absl::Status OnStart() override {
    for (int i = 0; i < kOwn; ++i) {
      if (!Self(this).Tell(Own{}).ok()) ++*overtaken_;
    }
    return absl::OkStatus();
  }
  void Handle(const Own&) { ++own_; }
  void Handle(const Other&) {
    if (own_ != kOwn) ++*overtaken_;
  }

 private:
  std::atomic<int>* const overtaken_;
  int own_ = 0;
};

TEST_P(ThreadsTest, WhatAnActorTellsItselfAsItStartsIsNotOvertaken) {
  std::atomic<int> overtaken{0};
  for (int round = 0; round < (kSanitizer ? 100 : 2000); ++round) {
    const auto early = node_->SpawnWith<Early>({.mailbox_capacity = Early::kOwn}, &overtaken);
    std::thread other([early] {
      for (int i = 0; i < 10; ++i) early.Tell(Early::Other{});
    });
    for (int i = 0; i < 10; ++i) early.Tell(Early::Other{});
    other.join();
    early.StopGracefully();
    ASSERT_TRUE(early.Join().ok());
  }
  EXPECT_EQ(overtaken.load(), 0);
}

TEST_P(ThreadsTest, PlainThreadsJoinAndStop) {
  for (int round = 0; round < (kSanitizer ? 100 : 1000); ++round) {
    auto reckoner = node_->Spawn<Reckoner>();
    reckoner.Tell(Nap{absl::Hours(1)});
    std::thread stopper([reckoner] { reckoner.Stop(); });
    const auto reason = reckoner.Join();
    stopper.join();
    ASSERT_TRUE(reason.ok());
    ASSERT_NE(reason->kind, ExitReason::Kind::kKilled);
  }
}

// --- One word from outside, now and then, to actors that are busy with each other.

struct Ball {};

class Player : public Actor {
 public:
  struct Serve {
    ActorRef<Player> to;
  };
  void Handle(const Serve& serve) {
    peer_ = serve.to;
    peer_.Tell(Ball{});
  }
  void Handle(const Ball&) { peer_.Tell(Ball{}); }

 private:
  ActorRef<Player> peer_;
};

TEST_P(ThreadsTest, StopReachesAnActorThatIsNeverIdleForLong) {
  for (int round = 0; round < (kSanitizer ? 50 : 200); ++round) {
    auto one = node_->Spawn<Player>();
    auto other = node_->Spawn<Player>();
    one.Tell(Player::Serve{other});
    other.Tell(Player::Serve{one});
    // Until a lone worker has long forgotten this thread.
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    one.Stop();
    ASSERT_TRUE(one.Join(absl::Seconds(10)).ok()) << "round " << round;
    other.Stop();
    ASSERT_TRUE(other.Join(absl::Seconds(10)).ok()) << "round " << round;
  }
}

// --- Tokens.

struct Token {
  int64_t worth = 0;
  int hops = 0;
  uint64_t random = 0;
};
struct Holding {};

// Keeps a part of each token, and passes the rest on to somebody.
class Holder : public Actor {
 public:
  Holder(const std::vector<ActorRef<Holder>>* holders, Countdown* over)
      : holders_(holders), over_(over) {}

  void Handle(const Token& token) {
    const int64_t kept = token.hops == 0 ? token.worth : token.worth / 10;
    holding_ += kept;
    if (token.hops == 0) return over_->Arrive();
    const uint64_t random = token.random * 6364136223846793005u + 1442695040888963407u;
    (*holders_)[(random >> 33) % holders_->size()].Tell(
        Token{token.worth - kept, token.hops - 1, random});
  }
  int64_t Handle(const Holding&) { return holding_; }

 private:
  const std::vector<ActorRef<Holder>>* holders_;
  Countdown* over_;
  int64_t holding_ = 0;
};

TEST_P(ThreadsTest, TokensPassedAtRandomKeepTheirSum) {
  constexpr int kHolders = 1000;
  constexpr int kTokens = 200;
  constexpr int kHops = kSanitizer ? 200 : 2000;
  Countdown over(kTokens);
  std::vector<ActorRef<Holder>> holders(kHolders);
  // No bound: a ring of full mailboxes would wait for itself.
  for (auto& holder : holders) {
    holder = node_->SpawnWith<Holder>({.mailbox_capacity = 0}, &holders, &over);
  }
  for (int i = 0; i < kTokens; ++i) {
    holders[static_cast<size_t>(i)].Tell(Token{1000000 + i, kHops, static_cast<uint64_t>(i)});
  }
  over.Await();
  int64_t sum = 0;
  for (auto& holder : holders) sum += *holder.Ask(Holding{});
  EXPECT_EQ(sum, int64_t{kTokens} * 1000000 + int64_t{kTokens} * (kTokens - 1) / 2);
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

// --- Storms.

struct Tally {
  std::atomic<int> constructed{0};
  std::atomic<int> destroyed{0};
  std::atomic<int> stopped{0};
  std::atomic<int> downs{0};
};

// Tells, asks and naps, and is stopped and killed all the while.
class Busy : public Actor {
 public:
  explicit Busy(Tally* tally) : tally_(tally) { tally_->constructed.fetch_add(1); }
  ~Busy() override { tally_->destroyed.fetch_add(1); }
  void OnStop(const ExitReason&) override {
    (void)Sleep(absl::Microseconds(10));
    tally_->stopped.fetch_add(1);
  }
  int64_t Handle(const Square& square) {
    if (square.number % 3 == 0) (void)Sleep(absl::Microseconds(square.number % 50));
    return square.number;
  }
  struct Bother {
    ActorRef<Busy> whom;
    int64_t number = 0;
  };
  void Handle(const Bother& bother) {
    bother.whom.TryTell(Square{bother.number});
    // A timeout, as two may ask each other.
    (void)bother.whom.Ask(Square{bother.number}, {.reply_timeout = absl::Milliseconds(2)});
    (void)bother.whom.Tell(Square{bother.number + 1});
  }

 private:
  Tally* const tally_;
};

class Undertaker : public Actor {
 public:
  explicit Undertaker(Tally* tally) : tally_(tally) {}
  struct Observe {
    ActorRef<Busy> whom;
  };
  void Handle(const Observe& observe) { Monitor(Self(this), observe.whom); }
  void Handle(const Down&) { tally_->downs.fetch_add(1); }

 private:
  Tally* const tally_;
};

TEST_P(ThreadsTest, StormOfStopsAndKillsTellsEachEndOnce) {
  constexpr int kWaves = kSanitizer ? 5 : 30;
  constexpr size_t kActors = 64;
  Tally tally;
  auto undertaker = node_->SpawnWith<Undertaker>({.mailbox_capacity = 0}, &tally);
  for (int wave = 0; wave < kWaves; ++wave) {
    std::vector<ActorRef<Busy>> actors;
    for (size_t i = 0; i < kActors; ++i) {
      actors.push_back(node_->SpawnWith<Busy>({.mailbox_capacity = 4}, &tally));
      undertaker.Tell(Undertaker::Observe{actors.back()});
    }
    std::vector<std::thread> threads;
    for (size_t half = 0; half < 2; ++half) {
      threads.emplace_back([&, half] {
        for (size_t i = 0; i < kActors; ++i) {
          actors[i].TryTell(
              Busy::Bother{actors[(i * 7 + half + 1) % kActors], static_cast<int64_t>(i)});
          const auto& victim = actors[(i * 13 + half) % kActors];
          if ((i + half) % 2 == 0) {
            victim.Stop();
          } else {
            victim.Kill();
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (auto& actor : actors) {
      actor.Stop();
      const auto reason = actor.Join();
      ASSERT_TRUE(reason.ok());
    }
  }
  const int all = kWaves * static_cast<int>(kActors);
  EXPECT_TRUE(node_.StopActors().ok());
  EXPECT_EQ(tally.constructed.load(), all);
  EXPECT_EQ(tally.destroyed.load(), all);
  EXPECT_LE(tally.stopped.load(), all);
  EXPECT_LE(tally.downs.load(), all);
}

TEST_P(ThreadsTest, EachMonitorIsToldOnceHoweverCloseTheEndIs) {
  constexpr int kActors = kSanitizer ? 300 : 3000;
  struct HeadCount {};
  class Counting : public Actor {
   public:
    void Handle(const Down&) { ++downs_; }
    int64_t Handle(const HeadCount&) { return downs_; }

   private:
    int64_t downs_ = 0;
  };
  auto counting = node_->Spawn<Counting>();
  std::vector<ActorRef<Reckoner>> watched;
  for (int i = 0; i < kActors; ++i) {
    watched.push_back(node_->Spawn<Reckoner>());
    std::thread ending;
    if (i % 10 == 0) ending = std::thread([ref = watched.back()] { ref.Stop(); });
    Monitor(counting, watched.back());
    if (i % 10 == 0) ending.join();
    watched.back().Stop();
  }
  for (auto& actor : watched) ASSERT_TRUE(actor.Join().ok());
  // A join may return a little before the last monitor is told.
  int64_t downs = 0;
  for (int look = 0; look < 100000 && downs < kActors; ++look) {
    downs = *counting.Ask(HeadCount{});
  }
  EXPECT_EQ(downs, kActors);
}

INSTANTIATE_TEST_SUITE_P(Workers, ThreadsTest, testing::Values(1, 2, 4));

// --- Function actors.

struct Ping {
  int64_t number = 0;
};
using PingInbox = Inbox<void(Ping), int64_t(Square)>;

class InboxThreadsTest : public testing::Test {
 public:
  template <typename Ref>
  static ActorRef<Reckoner> Life(const Ref& ref) {
    return ActorRef<Reckoner>(ref.cell());
  }
  static constexpr int kRounds = kSanitizer ? 300 : 1000;

  ThreadedNode node_{2};
};

TEST_F(InboxThreadsTest, MessageThatRacesWithAStopIsReceivedOnceOrADeadLetter) {
  std::atomic<int64_t> received{0};
  for (int round = 0; round < kRounds; ++round) {
    auto actor = node_->Spawn([&](PingInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([&](Ping&) { received.fetch_add(1); },
                       [](Square& square) -> int64_t { return square.number; });
      }
    });
    std::thread sender([actor] {
      for (int i = 0; i < 3; ++i) actor.Tell(Ping{i});
    });
    for (int spin = 0; spin < round % 7; ++spin) std::this_thread::yield();
    Life(actor).Stop();
    const auto reason = Life(actor).Join();
    sender.join();
    ASSERT_TRUE(reason.ok());
    ASSERT_EQ(reason->kind, ExitReason::Kind::kStopped);
  }
  EXPECT_EQ(received.load() + static_cast<int64_t>(node_->dead_letters().count()), 3 * kRounds);
}

TEST_F(InboxThreadsTest, AskThatRacesWithAStopOrKillIsAnsweredOrRefused) {
  int answered = 0;
  for (int round = 0; round < kRounds; ++round) {
    auto actor = node_->Spawn([](PingInbox& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([](Ping&) { (void)Sleep(absl::Microseconds(5)); },
                       [](Square& square) -> int64_t { return square.number; });
      }
    });
    std::thread ending([actor, round] {
      for (int spin = 0; spin < round % 7; ++spin) std::this_thread::yield();
      round % 2 == 0 ? Life(actor).Stop() : Life(actor).Kill();
    });
    actor.TryTell(Ping{});
    const auto answer = actor.Ask(Square{round});
    ending.join();
    ASSERT_TRUE(Life(actor).Join().ok());
    if (answer.ok()) {
      ASSERT_EQ(*answer, round);
      ++answered;
    } else {
      ASSERT_TRUE(absl::IsNotFound(answer.status()) || absl::IsAborted(answer.status()))
          << answer.status();
    }
  }
  EXPECT_GE(answered, 0);
}

TEST_F(InboxThreadsTest, FunctionActorsThatReturnByThemselvesRaceWithTheirSenders) {
  std::atomic<int64_t> received{0};
  for (int round = 0; round < kRounds; ++round) {
    auto actor = node_->Spawn([&](PingInbox& inbox) {
      if (inbox.Receive()) received.fetch_add(1);
    });
    std::thread sender([actor] { actor.Tell(Ping{}); });
    actor.Tell(Ping{});
    sender.join();
    ASSERT_EQ(Life(actor).Join()->ToString(), "normal");
  }
  EXPECT_EQ(received.load(), kRounds);
  EXPECT_EQ(node_->dead_letters().count(), static_cast<uint64_t>(kRounds));
}

}  // namespace
}  // namespace rehearse
