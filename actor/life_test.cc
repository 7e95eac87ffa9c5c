// How actors begin, panic, stop and end.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Get {};
struct Inc {};
struct IncThenThrow {};
struct Nap {
  absl::Duration length;
};

struct Plan {
  Lines* said = nullptr;
  std::string name = "actor";
  bool constructor_throws = false;
  absl::Status on_start = absl::OkStatus();
  bool on_start_throws = false;
  absl::Duration start_takes = absl::ZeroDuration();
  AfterPanic after_panic = AfterPanic::kStop;
  bool on_panic_throws = false;
  bool on_stop_throws = false;
  absl::Duration stop_takes = absl::ZeroDuration();
};

// Says what happens to it, and does what its plan tells.
class Planned : public Actor {
 public:
  explicit Planned(Plan plan) : plan_(std::move(plan)) {
    if (plan_.constructor_throws) throw std::runtime_error("no memory");
    Say("constructed");
  }
  ~Planned() override { Say("destroyed"); }

  absl::Status OnStart() override {
    if (plan_.on_start_throws) throw std::runtime_error("start threw");
    if (plan_.start_takes != absl::ZeroDuration()) {
      if (absl::Status slept = Sleep(plan_.start_takes); !slept.ok()) return slept;
    }
    return plan_.on_start;
  }
  AfterPanic OnPanic(const std::string& what) override {
    Say(absl::StrCat("panic: ", what));
    if (plan_.on_panic_throws) throw std::runtime_error("worse");
    return plan_.after_panic;
  }
  void OnStop(const ExitReason& reason) override {
    Say(absl::StrCat("stop: ", reason.ToString()));
    if (plan_.on_stop_throws) throw std::runtime_error("stop threw");
    if (plan_.stop_takes == absl::ZeroDuration()) return;
    const absl::Status slept = Sleep(plan_.stop_takes);
    Say(absl::StrCat("slept: ", absl::StatusCodeToString(slept.code())));
  }

  int64_t Handle(const Get&) { return count_; }
  void Handle(const Inc&) { ++count_; }
  void Handle(const IncThenThrow&) {
    ++count_;
    throw std::runtime_error("a bug");
  }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }

 private:
  void Say(const std::string& what) {
    plan_.said->push_back(plan_.name == "actor" ? what : absl::StrCat(plan_.name, " ", what));
  }

  Plan plan_;
  int64_t count_ = 0;
};

class LifeTest : public testing::Test {
 public:
  ActorRef<Planned> Spawn(Plan plan) {
    plan.said = &said_;
    return node_->Spawn<Planned>(std::move(plan));
  }
  Instant now() { return node_.world().now(); }

  Lines said_;
  TestNode node_;
};

// --- Beginnings.

TEST_F(LifeTest, ConstructorThatThrowsIsAPanicWithoutHooks) {
  absl::StatusOr<ExitReason> reason;
  absl::Status asked;
  node_.Run([&] {
    auto actor = Spawn({.constructor_throws = true});
    auto pending = actor.Request(Get{});
    reason = actor.Join();
    asked = pending.Await().status();
  });
  ASSERT_TRUE(reason.ok());
  EXPECT_EQ(reason->ToString(), "panicked: no memory");
  EXPECT_EQ(said_, Lines{});
  EXPECT_EQ(asked.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(asked), Effect::kNone);
}

TEST_F(LifeTest, OnStartThatFailsEndsTheActorWithoutOnPanicAndOnStop) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] { reason = Spawn({.on_start = absl::DataLossError("bad disk")}).Join(); });
  EXPECT_EQ(reason->kind, ExitReason::Kind::kPanicked);
  EXPECT_TRUE(absl::StrContains(reason->what, "bad disk")) << reason->what;
  EXPECT_EQ(said_, (Lines{"constructed", "destroyed"}));
}

TEST_F(LifeTest, OnStartThatThrowsEndsTheActorWithoutOnPanicAndOnStop) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] { reason = Spawn({.on_start_throws = true}).Join(); });
  EXPECT_EQ(reason->ToString(), "panicked: start threw");
  EXPECT_EQ(said_, (Lines{"constructed", "destroyed"}));
}

TEST_F(LifeTest, ActorsAndMessagesMayNeedSixteenByteAlignment) {
  struct alignas(16) Wide {
    int64_t low = 0;
    int64_t high = 0;
  };
  class WideActor : public Actor {
   public:
    int64_t Handle(const Wide& wide) {
      return static_cast<int64_t>(reinterpret_cast<uintptr_t>(&wide) % alignof(Wide)) +
             static_cast<int64_t>(reinterpret_cast<uintptr_t>(&kept_) % alignof(Wide));
    }

   private:
    Wide kept_;
  };
  node_.Run([&] {
    auto actor = node_->Spawn<WideActor>();
    EXPECT_EQ(*actor.Ask(Wide{}), 0);
    EXPECT_EQ(*actor.Request(Wide{}).Await(), 0);
    EXPECT_TRUE(actor.Tell(Wide{}).ok());
  });
}

TEST_F(LifeTest, MessagesSentDuringOnStartAreHandledAfterIt) {
  node_.Run([&] {
    auto actor = Spawn({.start_takes = absl::Seconds(1)});
    actor.Tell(Inc{});
    EXPECT_EQ(*actor.Ask(Get{}), 1);
    EXPECT_EQ(now().nanos(), 1000000000);
  });
}

TEST_F(LifeTest, ActorStoppedBeforeItBeganIsConstructedAndStops) {
  node_.Run([&] {
    auto actor = Spawn({});
    actor.Stop();
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kStopped);
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "destroyed"}));
}

TEST_F(LifeTest, ActorStoppedInOnStartHasStoppedNotPanicked) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto actor = Spawn({.start_takes = absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    actor.Stop();
    reason = actor.Join();
  });
  EXPECT_EQ(reason->ToString(), "stopped");
  EXPECT_EQ(node_.log(), Lines{});
}

// --- What an actor tells itself as it starts.

struct Note {
  std::string what;
};

class Starter : public Actor {
 public:
  // Tells itself so many notes, half of them before, half after a second.
  Starter(Lines* said, int notes) : said_(said), notes_(notes) {}

  absl::Status OnStart() override {
    for (int i = 1; i <= notes_; ++i) {
      if (i == notes_ / 2 + 1) (void)Sleep(absl::Seconds(1));
      const SendResult told = Self(this).Tell(Note{absl::StrCat("own ", i)});
      if (!told.ok()) said_->push_back(absl::StrCat("no room for own ", i));
    }
    return absl::OkStatus();
  }
  void Handle(const Note& note) { said_->push_back(note.what); }

 private:
  Lines* const said_;
  const int notes_;
};

TEST_F(LifeTest, MessagesToItselfDuringOnStartAreHandledBeforeOthers) {
  node_.Run([&] {
    const auto actor = node_->Spawn<Starter>(&said_, 4);
    actor.Tell(Note{"before the start"});
    (void)Sleep(absl::Milliseconds(500));
    actor.Tell(Note{"during the start"});
    (void)Sleep(absl::Seconds(1));
    actor.Tell(Note{"after the start"});
  });
  EXPECT_EQ(said_, (Lines{"own 1", "own 2", "own 3", "own 4", "before the start",
                          "during the start", "after the start"}));
}

TEST_F(LifeTest, MessagesToItselfDuringOnStartNeedNoRoomThatOthersTook) {
  node_.Run([&] {
    const auto actor = node_->SpawnWith<Starter>({.mailbox_capacity = 3}, &said_, 3);
    for (int i = 1; i <= 6; ++i) {
      node_->Spawn([actor, i](Inbox<void(Note)>&) { actor.Tell(Note{absl::StrCat("other ", i)}); });
    }
  });
  EXPECT_EQ(said_, (Lines{"own 1", "own 2", "own 3", "other 1", "other 2", "other 3", "other 4",
                          "other 5", "other 6"}));
}

TEST_F(LifeTest, MessagesToItselfDuringOnStartAreNoMoreThanAnEmptyMailboxHolds) {
  for (const bool others : {false, true}) {
    said_.clear();
    node_.Run([&] {
      const auto actor = node_->SpawnWith<Starter>({.mailbox_capacity = 3}, &said_, 5);
      for (int i = 1; others && i <= 2; ++i) actor.Tell(Note{absl::StrCat("other ", i)});
    });
    Lines expected = {"no room for own 4", "no room for own 5", "own 1", "own 2", "own 3"};
    if (others) expected.insert(expected.end(), {"other 1", "other 2"});
    EXPECT_EQ(said_, expected);
  }
}

TEST_F(LifeTest, MessagesToItselfDuringOnStartComeFirstWhereTheOldestIsDropped) {
  node_.Run([&] {
    const auto actor = node_->SpawnWith<Starter>(
        {.mailbox_capacity = 4, .overflow = Overflow::kDropOldest}, &said_, 2);
    for (int i = 1; i <= 3; ++i) actor.Tell(Note{absl::StrCat("other ", i)});
  });
  EXPECT_EQ(said_, (Lines{"own 1", "own 2", "other 2", "other 3"}));
}

// Stops itself in order, between two notes.
class Quitter : public Starter {
 public:
  using Starter::Starter;
  absl::Status OnStart() override {
    (void)Starter::OnStart();
    Self(this).StopGracefully();
    (void)Self(this).Tell(Note{"too late"});
    return absl::OkStatus();
  }
};

TEST_F(LifeTest, AStopInOrderDuringOnStartKeepsItsPlace) {
  node_.Run([&] {
    const auto actor = node_->Spawn<Quitter>(&said_, 1);
    actor.Tell(Note{"before the stop"});
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kStopped);
  });
  EXPECT_EQ(said_, (Lines{"own 1", "before the stop"}));
}

// --- Panics.

TEST_F(LifeTest, ActorThatContinuesAfterAPanicKeepsItsStateAndMailbox) {
  node_.Run([&] {
    auto actor = Spawn({.after_panic = AfterPanic::kContinue});
    actor.Tell(IncThenThrow{});
    actor.Tell(Inc{});
    EXPECT_EQ(*actor.Ask(Get{}), 2);
    EXPECT_EQ(actor.Ask(IncThenThrow{}).code(), absl::StatusCode::kAborted);
    EXPECT_EQ(*actor.Ask(Get{}), 3);
    EXPECT_TRUE(actor.alive());
  });
}

TEST_F(LifeTest, PanicStopsByDefaultAndTheRestOfTheMailboxIsRefused) {
  absl::Status waiting;
  node_.Run([&] {
    auto actor = Spawn({});
    actor.Tell(IncThenThrow{});
    actor.Tell(Inc{});
    waiting = actor.Ask(Get{}).status();
  });
  EXPECT_EQ(said_, (Lines{"constructed", "panic: a bug", "stop: panicked: a bug", "destroyed"}));
  EXPECT_EQ(waiting.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(waiting), Effect::kNone);
  EXPECT_EQ(node_->dead_letters().count(), 1u);
  ASSERT_EQ(node_.log().size(), 1u);
  EXPECT_TRUE(absl::StrContains(node_.log()[0], "panicked: a bug")) << node_.log()[0];
}

TEST_F(LifeTest, OnPanicThatThrowsEndsTheActorWithTheFirstPanic) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto actor = Spawn({.after_panic = AfterPanic::kContinue, .on_panic_throws = true});
    actor.Tell(IncThenThrow{});
    reason = actor.Join();
  });
  EXPECT_EQ(reason->ToString(), "panicked: a bug");
}

TEST_F(LifeTest, ToldHandlerThatReturnsTheCancellationOfItsStopHasStoppedNotPanicked) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto actor = Spawn({});
    actor.Tell(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    actor.Stop();
    reason = actor.Join();
  });
  EXPECT_EQ(reason->ToString(), "stopped");
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "destroyed"}));
  EXPECT_EQ(node_.log(), Lines{});
}

TEST_F(LifeTest, ToldHandlerThatReturnsACancellationUnstoppedPanics) {
  struct Cancel {};
  class Cancelling : public Actor {
   public:
    absl::Status Handle(const Cancel&) { return absl::CancelledError("not mine"); }
  };
  node_.Run([&] {
    auto actor = node_->Spawn<Cancelling>();
    actor.Tell(Cancel{});
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kPanicked);
  });
}

// --- Stops.

TEST_F(LifeTest, NodeStopsItsActorsNewestFirst) {
  node_.Run([&] {
    for (const char* name : {"a", "b", "c"}) Spawn({.name = name});
    (void)Sleep(absl::Seconds(1));
    said_.clear();
    EXPECT_TRUE(node_->StopActors().ok());
  });
  EXPECT_EQ(said_, (Lines{"c stop: stopped", "c destroyed", "b stop: stopped", "b destroyed",
                          "a stop: stopped", "a destroyed"}));
}

TEST_F(LifeTest, NodeWaitsForAnOnStopBeforeItStopsTheNext) {
  node_.Run([&] {
    Spawn({.name = "old"});
    Spawn({.name = "young", .stop_takes = absl::Seconds(4)});
    (void)Sleep(absl::Seconds(1));
    said_.clear();
    EXPECT_TRUE(node_->StopActors().ok());
    EXPECT_EQ(now().nanos(), 5000000000);
  });
  EXPECT_EQ(said_, (Lines{"young stop: stopped", "young slept: OK", "young destroyed",
                          "old stop: stopped", "old destroyed"}));
}

TEST_F(LifeTest, OnStopMayWaitUntilJustBeforeItsTimeout) {
  node_.Run([&] {
    auto actor = Spawn({.stop_takes = absl::Milliseconds(4999)});
    actor.Stop();
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kStopped);
    EXPECT_EQ(now().nanos(), 4999000000);
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "slept: OK", "destroyed"}));
}

TEST_F(LifeTest, OnStopThatOutlastsItsTimeoutIsUnwoundAndTheActorEnds) {
  node_.Run([&] {
    auto actor = Spawn({.stop_takes = absl::Milliseconds(5001)});
    actor.Stop();
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kStopped);
    EXPECT_EQ(now().nanos(), 5000000000);
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "destroyed"}));
}

TEST_F(LifeTest, SecondStopDoesNotDisturbAnOnStopThatWaits) {
  node_.Run([&] {
    auto actor = Spawn({.stop_takes = absl::Seconds(2)});
    actor.Stop();
    (void)Sleep(absl::Seconds(1));
    actor.Stop();
    EXPECT_TRUE(actor.Join().ok());
    EXPECT_EQ(now().nanos(), 2000000000);
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "slept: OK", "destroyed"}));
}

TEST_F(LifeTest, NodeThatStopsDoesNotDisturbAnOnStopThatWaits) {
  node_.Run([&] {
    auto actor = Spawn({.stop_takes = absl::Seconds(2)});
    actor.Stop();
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(node_->StopActors().ok());
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "slept: OK", "destroyed"}));
}

TEST_F(LifeTest, OnStopThatThrowsIsLoggedAndTheActorEndsAsItWould) {
  node_.Run([&] {
    auto actor = Spawn({.on_stop_throws = true});
    actor.Stop();
    EXPECT_EQ(actor.Join()->ToString(), "stopped");
  });
  EXPECT_EQ(said_, (Lines{"constructed", "stop: stopped", "destroyed"}));
  ASSERT_EQ(node_.log().size(), 1u);
  EXPECT_TRUE(absl::StrContains(node_.log()[0], "stop threw")) << node_.log()[0];
}

TEST_F(LifeTest, ActorThatStopsItselfFinishesItsHandlerFirst) {
  struct Leave {};
  class Leaving : public Actor {
   public:
    int64_t Handle(const Leave&) {
      Stop();
      EXPECT_TRUE(Sleep(absl::Seconds(1)).ok()) << "its own handler goes on";
      return 7;
    }
  };
  node_.Run([&] {
    auto actor = node_->Spawn<Leaving>();
    auto pending = actor.Request(Leave{});
    auto next = actor.Request(Leave{});
    EXPECT_EQ(*pending.Await(), 7);
    EXPECT_EQ(next.Await().status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(actor.Join()->kind, ExitReason::Kind::kStopped);
  });
}

// --- Joins.

TEST_F(LifeTest, JoinReturnsTheSameReasonBeforeAndAfterTheEnd) {
  node_.Run([&] {
    auto actor = Spawn({.stop_takes = absl::Seconds(1)});
    actor.Stop();
    EXPECT_EQ(actor.Join()->ToString(), "stopped");
    EXPECT_EQ(now().nanos(), 1000000000) << "OnStop and all";
    EXPECT_FALSE(actor.alive());
    EXPECT_EQ(actor.Join()->ToString(), "stopped");
    EXPECT_EQ(actor.Join(absl::ZeroDuration())->ToString(), "stopped");
  });
}

TEST_F(LifeTest, JoinTimesOutWhileTheActorLives) {
  node_.Run([&] {
    auto actor = Spawn({});
    EXPECT_EQ(actor.Join(absl::Seconds(2)).status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(now().nanos(), 2000000000);
    EXPECT_TRUE(actor.alive());
    actor.Stop();
    EXPECT_TRUE(actor.Join(absl::Seconds(2)).ok());
  });
}

TEST_F(LifeTest, JoinOfNoActorIsNotFound) {
  EXPECT_EQ(ActorRef<Planned>().Join().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LifeTest, JoinerThatIsStoppedLearnsThatItIs) {
  absl::Status joined;
  node_.Run([&] {
    auto actor = Spawn({});
    Task& joiner = Task::Start(*node_, "joiner", [&, actor] { joined = actor.Join().status(); });
    (void)Sleep(absl::Seconds(1));
    joiner.RequestStop();
    joiner.Unref();
  });
  EXPECT_EQ(joined.code(), absl::StatusCode::kCancelled) << joined;
}

// --- Dead letters.

TEST_F(LifeTest, DeadLettersAreCountedAndToldToTheHook) {
  Lines letters;
  node_->dead_letters().set_hook([&](const DeadLetter& letter) {
    letters.push_back(absl::StrCat(letter.message, " to ", letter.target.value));
  });
  uint64_t id = 0;
  node_.Run([&] {
    auto actor = node_->SpawnWith<Planned>({.mailbox_capacity = 1}, Plan{.said = &said_});
    id = actor.id().value;
    actor.Tell(Nap{absl::Hours(1)});
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(actor.TryTell(Inc{}).ok());   // left in the mailbox at the end
    EXPECT_FALSE(actor.TryTell(Get{}).ok());  // full
    actor.Stop();
    (void)actor.Join();
    EXPECT_EQ(actor.Tell(Inc{}).code(), absl::StatusCode::kNotFound);  // ended
  });
  EXPECT_EQ(node_->dead_letters().count(), 3u);
  const std::string inc(TypeName<Inc>());
  const std::string get(TypeName<Get>());
  EXPECT_EQ(letters, (Lines{absl::StrCat(get, " to ", id), absl::StrCat(inc, " to ", id),
                            absl::StrCat(inc, " to ", id)}));
}

TEST_F(LifeTest, AsksThatAreRefusedAreNoDeadLetters) {
  node_.Run([&] {
    auto actor = Spawn({});
    actor.Stop();
    (void)actor.Join();
    EXPECT_FALSE(actor.Ask(Get{}).ok());
  });
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

TEST_F(LifeTest, RvalueThatWasNotSentIsUntouched) {
  struct Parcel {
    std::unique_ptr<int> content;
  };
  class Receiver : public Actor {
   public:
    void Handle(Parcel&&) {}
  };
  node_.Run([&] {
    auto actor = node_->Spawn<Receiver>();
    actor.Stop();
    (void)actor.Join();
    Parcel parcel{std::make_unique<int>(7)};
    EXPECT_FALSE(actor.Tell(std::move(parcel)).ok());
    ASSERT_NE(parcel.content, nullptr);
    EXPECT_EQ(*parcel.content, 7);
  });
}

// --- Refs that outlive.

// A ref may be kept, copied, compared and dropped after its node and scheduler are gone. To send by
// it, or to print it, the node must live.
TEST(RefTest, MayBeDroppedAfterTheNodeIsGone) {
  ActorRef<Planned> kept;
  ActorRef<Planned> other;
  Lines said;
  {
    TestNode node;
    node.Run([&] {
      kept = node->Spawn<Planned>(Plan{.said = &said});
      other = node->Spawn<Planned>(Plan{.said = &said});
    });
  }
  const ActorRef<Planned> copy = kept;
  EXPECT_TRUE(copy == kept);
  EXPECT_FALSE(copy == other);
  EXPECT_FALSE(kept.alive());
  EXPECT_EQ(kept.id().value, 1u);
}

}  // namespace
}  // namespace rehearse
