// Kills, wherever they strike.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Note {
  int number = 0;
};
struct Nap {
  absl::Duration length;
};
struct NapUnderNoexcept {};

// Naps, and notes what it is told.
class Sleeper : public Actor {
 public:
  Sleeper(Lines* said, std::vector<int>* notes, absl::Duration stop_takes = absl::ZeroDuration())
      : said_(said), notes_(notes), stop_takes_(stop_takes) {}
  ~Sleeper() override { said_->push_back("destroyed"); }

  void Handle(const Note& note) { notes_->push_back(note.number); }
  void Handle(const Nap& nap) {
    struct Saying {
      ~Saying() { said->push_back("handler left"); }
      Lines* said;
    } saying{said_};
    (void)Sleep(nap.length);
  }
  __attribute__((noinline)) void Handle(const NapUnderNoexcept&) noexcept {
    (void)Sleep(absl::Hours(1));
    said_->push_back("never");
  }

  void OnStop(const ExitReason& reason) override {
    said_->push_back(reason.ToString());
    if (stop_takes_ == absl::ZeroDuration()) return;
    (void)Sleep(stop_takes_);
    said_->push_back("slept");
  }

 private:
  Lines* said_;
  std::vector<int>* notes_;
  absl::Duration stop_takes_;
};

// Tells `to` a note, and waits for room if need be.
struct Forward {
  int number = 0;
};
class Forwarder : public Actor {
 public:
  explicit Forwarder(ActorRef<Sleeper> to) : to_(std::move(to)) {}
  absl::Status Handle(const Forward& forward) { return to_.Tell(Note{forward.number}); }

 private:
  ActorRef<Sleeper> to_;
};

class Watcher : public Actor {
 public:
  Watcher(ActorRef<Sleeper> watched, Lines* said) : watched_(std::move(watched)), said_(said) {}
  absl::Status OnStart() override {
    Monitor(Self(this), watched_);
    return absl::OkStatus();
  }
  void Handle(const Down& down) { said_->push_back(down.reason.ToString()); }

 private:
  ActorRef<Sleeper> watched_;
  Lines* said_;
};

class KillTest : public testing::Test {
 public:
  ActorRef<Sleeper> Spawn(int32_t capacity = -1, absl::Duration stop_takes = {}) {
    return node_->SpawnWith<Sleeper>({.mailbox_capacity = capacity}, &said_, &notes_, stop_takes);
  }
  // A sleeper that naps for a second, with its mailbox full of notes.
  ActorRef<Sleeper> SpawnFull(int32_t capacity) {
    ActorRef<Sleeper> sleeper = Spawn(capacity);
    sleeper.Tell(Nap{absl::Seconds(1)});
    (void)Sleep(absl::Milliseconds(1));
    for (int i = 0; i < capacity; ++i) EXPECT_TRUE(sleeper.TryTell(Note{i}).ok());
    EXPECT_FALSE(sleeper.TryTell(Note{-1}).ok());
    return sleeper;
  }

  Lines said_;
  Lines downs_;
  std::vector<int> notes_;
  TestNode node_;
};

TEST_F(KillTest, IdleActorRunsItsOnStop) {
  node_.Run([&] {
    auto sleeper = Spawn();
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
    EXPECT_EQ(sleeper.Join()->ToString(), "killed");
  });
  EXPECT_EQ(said_, (Lines{"killed", "destroyed"}));
}

TEST_F(KillTest, KillAfterAStopThatIsIgnoredEndsTheHandler) {
  node_.Run([&] {
    auto sleeper = Spawn();
    sleeper.Tell(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
    sleeper.Kill();
    sleeper.Stop();
    EXPECT_EQ(sleeper.Join()->ToString(), "killed");
  });
  EXPECT_EQ(said_, (Lines{"handler left", "killed", "destroyed"}));
}

TEST_F(KillTest, KillDuringOnStopUnwindsIt) {
  node_.Run([&] {
    auto sleeper = Spawn(-1, absl::Seconds(4));
    sleeper.Stop();
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
    EXPECT_EQ(sleeper.Join()->ToString(), "stopped") << "what ended it was the stop";
    EXPECT_EQ(node_.world().now().nanos(), 1000000000);
  });
  EXPECT_EQ(said_, (Lines{"stopped", "destroyed"}));
}

TEST_F(KillTest, KillLeavesTheMailboxToDeadLetters) {
  node_.Run([&] {
    auto sleeper = SpawnFull(3);
    const uint64_t before = node_->dead_letters().count();
    sleeper.Kill();
    (void)sleeper.Join();
    EXPECT_EQ(node_->dead_letters().count(), before + 3);
  });
  EXPECT_EQ(notes_, std::vector<int>{});
}

// The line at a full mailbox: first, middle and last of it killed, one at a time.
class KilledInLineTest : public KillTest, public testing::WithParamInterface<int> {};

TEST_P(KilledInLineTest, MessageOfAKilledSenderNeverArrivesAndTheOthersDo) {
  node_.Run([&] {
    auto sleeper = SpawnFull(1);
    std::vector<ActorRef<Forwarder>> senders;
    for (int i = 0; i < 3; ++i) {
      senders.push_back(node_->Spawn<Forwarder>(sleeper));
      senders.back().Tell(Forward{10 + i});
    }
    (void)Sleep(absl::Milliseconds(1));
    auto& victim = senders[static_cast<size_t>(GetParam())];
    victim.Kill();
    EXPECT_EQ(victim.Join()->ToString(), "killed");
    (void)Sleep(absl::Seconds(2));
    EXPECT_TRUE(sleeper.TryTell(Note{99}).ok());
  });
  std::vector<int> expected{0, 10, 11, 12, 99};
  expected.erase(expected.begin() + 1 + GetParam());
  EXPECT_EQ(notes_, expected);
}

TEST_P(KilledInLineTest, MessageOfAStoppedSenderNeverArrivesAndTheOthersDo) {
  node_.Run([&] {
    auto sleeper = SpawnFull(1);
    std::vector<ActorRef<Forwarder>> senders;
    for (int i = 0; i < 3; ++i) {
      senders.push_back(node_->Spawn<Forwarder>(sleeper));
      senders.back().Tell(Forward{10 + i});
    }
    (void)Sleep(absl::Milliseconds(1));
    const uint64_t before = node_->dead_letters().count();
    auto& victim = senders[static_cast<size_t>(GetParam())];
    victim.Stop();
    EXPECT_EQ(victim.Join()->ToString(), "stopped");
    EXPECT_EQ(node_->dead_letters().count(), before + 1);
    (void)Sleep(absl::Seconds(2));
  });
  std::vector<int> expected{0, 10, 11, 12};
  expected.erase(expected.begin() + 1 + GetParam());
  EXPECT_EQ(notes_, expected);
}

INSTANTIATE_TEST_SUITE_P(Places, KilledInLineTest, testing::Values(0, 1, 2));

TEST_F(KillTest, SendersInLineLearnThatTheReceiverWasKilled) {
  absl::Status told;
  node_.Run([&] {
    auto sleeper = SpawnFull(1);
    auto sender = node_->Spawn<Forwarder>(sleeper);
    auto pending = sender.Request(Forward{10});
    (void)Sleep(absl::Milliseconds(1));
    sleeper.Kill();
    told = pending.Await();
  });
  EXPECT_EQ(told.code(), absl::StatusCode::kNotFound) << told;
  // The sender returned it: it is the sender's own now, and the sender had run.
  EXPECT_EQ(EffectOf(told), Effect::kMaybe);
}

// --- An actor that can't be killed: its stack stays parked, the rest of its life ends.

TEST_F(KillTest, NoexceptHandlerIsNamedAsUnkillableAndMonitorsAreToldOnce) {
  const LeaksExpected leaks;
  node_.Run([&] {
    auto sleeper = Spawn();
    node_->Spawn<Watcher>(sleeper, &downs_);
    sleeper.Tell(NapUnderNoexcept{});
    sleeper.Tell(Note{1});
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
    const auto reason = sleeper.Join(absl::Seconds(1));
    ASSERT_TRUE(reason.ok()) << reason.status();
    EXPECT_EQ(reason->kind, ExitReason::Kind::kKilled);
    EXPECT_TRUE(absl::StrContains(reason->what, "unkillable")) << reason->what;
    EXPECT_EQ(sleeper.Tell(Note{2}).code(), absl::StatusCode::kNotFound);
    sleeper.Kill();
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(said_, Lines{}) << "no hook of it runs, and it is not destroyed";
  EXPECT_EQ(node_->dead_letters().count(), 2u);
  ASSERT_EQ(node_.log().size(), 1u);
  EXPECT_TRUE(absl::StrContains(node_.log()[0], "can't be killed")) << node_.log()[0];
  EXPECT_TRUE(absl::StrContains(node_.log()[0], "Sleeper::Handle")) << node_.log()[0];
  ASSERT_EQ(downs_.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(downs_[0], "killed: unkillable: ")) << downs_[0];
}

TEST_F(KillTest, AskerOfAnUnkillableHandlerLearnsThatNoAnswerWillCome) {
  const LeaksExpected leaks;
  absl::Status answered = absl::UnknownError("never answered");
  node_.Run([&] {
    auto sleeper = Spawn();
    Task::Start(*node_, "asker", [&, sleeper] {
      answered = sleeper.Ask(NapUnderNoexcept{});
    }).Unref();
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
  });
  EXPECT_EQ(answered.code(), absl::StatusCode::kAborted) << answered;
  EXPECT_EQ(EffectOf(answered), Effect::kMaybe);
}

TEST_F(KillTest, NodeStopsInSpiteOfAnUnkillableActor) {
  const LeaksExpected leaks;
  absl::Status stopped;
  node_.Run([&] {
    auto sleeper = Spawn();
    sleeper.Tell(NapUnderNoexcept{});
    (void)Sleep(absl::Seconds(1));
    sleeper.Kill();
    (void)sleeper.Join(absl::Seconds(1));
    stopped = node_->StopActors();
  });
  EXPECT_TRUE(stopped.ok()) << stopped;
}

// --- Tells from destructors, while an exception is on its way.

struct Fail {
  bool full = false;
};
class Farewell : public Actor {
 public:
  Farewell(ActorRef<Sleeper> to, Lines* said) : to_(std::move(to)), said_(said) {}
  AfterPanic OnPanic(const std::string&) override { return AfterPanic::kContinue; }
  void Handle(const Fail&) {
    struct Telling {
      ~Telling() {
        const SendResult told = to.Tell(Note{42});
        said->push_back(std::string(absl::StatusCodeToString(told.code())));
      }
      ActorRef<Sleeper> to;
      Lines* said;
    } telling{to_, said_};
    throw std::runtime_error("a bug");
  }

 private:
  ActorRef<Sleeper> to_;
  Lines* said_;
};

TEST_F(KillTest, TellOfADestructorDuringUnwindingDoesNotWaitForRoom) {
  Lines told;
  node_.Run([&] {
    auto sleeper = SpawnFull(1);
    auto farewell = node_->Spawn<Farewell>(sleeper, &told);
    const Instant before = node_.world().now();
    EXPECT_EQ(farewell.Ask(Fail{}).code(), absl::StatusCode::kAborted);
    EXPECT_EQ(node_.world().now(), before);
    (void)Sleep(absl::Seconds(2));
    EXPECT_EQ(farewell.Ask(Fail{}).code(), absl::StatusCode::kAborted);
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(told, (Lines{"RESOURCE_EXHAUSTED", "OK"}));
  EXPECT_EQ(notes_, (std::vector<int>{0, 42}));
}

TEST_F(KillTest, TellOfADestructorDuringAKillDoesNotWaitForRoom) {
  struct NapAndTell {};
  class Parting : public Actor {
   public:
    Parting(ActorRef<Sleeper> to, Lines* said) : to_(std::move(to)), said_(said) {}
    void Handle(const NapAndTell&) {
      struct Telling {
        ~Telling() {
          const SendResult told = to.Tell(Note{42});
          said->push_back(std::string(absl::StatusCodeToString(told.code())));
        }
        ActorRef<Sleeper> to;
        Lines* said;
      } telling{to_, said_};
      (void)Sleep(absl::Hours(1));
    }

   private:
    ActorRef<Sleeper> to_;
    Lines* said_;
  };
  Lines told;
  node_.Run([&] {
    auto sleeper = SpawnFull(1);
    auto parting = node_->Spawn<Parting>(sleeper, &told);
    parting.Tell(NapAndTell{});
    (void)Sleep(absl::Milliseconds(1));
    parting.Kill();
    EXPECT_EQ(parting.Join()->ToString(), "killed");
    EXPECT_EQ(node_.world().now().nanos(), 2000000);
  });
  EXPECT_EQ(told, Lines{"RESOURCE_EXHAUSTED"});
}

}  // namespace
}  // namespace rehearse
