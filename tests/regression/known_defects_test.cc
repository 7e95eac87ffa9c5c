// What went wrong in other actor frameworks, as users of Kameo and Heph reported it or as their
// sources show it: each must not go wrong here. Each is played on twenty schedules. The issues'
// numbers are Kameo's where nothing else is said.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/group.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/map.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/local_registry.h"
#include "rehearse/actor/patterns/pool.h"
#include "rehearse/actor/patterns/pubsub.h"
#include "rehearse/actor/supervision/supervised.h"
#include "rehearse/actor/supervision/supervisor.h"
#include "rehearse/actor/weak_ref.h"
#include "rehearse/sim/testkit/probe.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace rehearse {
namespace {

using sim::Probe;
using sim::TestKit;
using Lines = std::vector<std::string>;

struct Job {
  int number = 0;
};
struct Fail {};
struct Nap {
  absl::Duration length;
};
struct Hello {};

// What the actors of one test write down.
struct Board {
  std::vector<int> jobs;
  Lines said;
  int lives = 0;  // at this moment
  absl::Duration job_takes;
  absl::Duration start_takes;
  absl::Duration stop_takes;
};

class Worker : public Actor {
 public:
  explicit Worker(Board* board, std::string name = "worker")
      : board_(board), name_(std::move(name)) {
    ++board_->lives;
  }
  ~Worker() override { --board_->lives; }

  absl::Status OnStart() override {
    Say("starts");
    return TakeTime(board_->start_takes);
  }
  void OnStop(const ExitReason&) override {
    (void)TakeTime(board_->stop_takes);
    Say("stops");
  }
  absl::Status Handle(const Job& job) {
    board_->jobs.push_back(job.number);
    return TakeTime(board_->job_takes);
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
  int Handle(const Hello&) { return 1; }

 private:
  void Say(const char* what) { board_->said.push_back(absl::StrCat(name_, " ", what)); }
  static absl::Status TakeTime(absl::Duration length) {
    return length == absl::ZeroDuration() ? absl::OkStatus() : Sleep(length);
  }

  Board* const board_;
  const std::string name_;
};

constexpr RestartLimit kPlenty{.restarts = 1000};

class KnownDefects : public testing::TestWithParam<uint64_t> {
 public:
  Node& node() { return kit_.node(); }
  ActorRef<Supervisor> SpawnBoss(Strategy strategy = Strategy::kOneForOne) {
    return node().Spawn<Supervisor>(SupervisorOptions{.strategy = strategy, .limit = kPlenty});
  }
  ActorRef<Worker> Supervised(const ActorRef<Supervisor>& boss, const std::string& name,
                              const ChildOptions& options = {}) {
    return *SuperviseBy<Worker>(boss, options, &board_, name);
  }
  // A worker that naps for an hour, and has no more room.
  ActorRef<Worker> SpawnFull() {
    const auto full = node().SpawnWith<Worker>({.mailbox_capacity = 1}, &board_, "full");
    full.Tell(Nap{absl::Hours(1)});
    (void)Sleep(absl::Milliseconds(1));
    while (full.TryTell(Job{}).ok()) {
    }
    return full;
  }
  // What was said since it was asked last, once all is quiet.
  Lines Said() {
    (void)Sleep(absl::Seconds(1));
    return std::exchange(board_.said, {});
  }

  Board board_;
  TestKit kit_{{.seed = GetParam()}};
};

std::vector<int> UpTo(int last) {
  std::vector<int> numbers;
  for (int i = 1; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

// --- Messages.

// #335: what waited in the mailbox, or for room in it, was gone after a restart.
TEST_P(KnownDefects, MessagesLostAtARestart) {
  kit_.Run([&] {
    const auto worker = Supervised(SpawnBoss(), "worker", {.spawn = {.mailbox_capacity = 3}});
    for (int i = 1; i <= 40; ++i) {
      worker.Tell(Job{i});
      if (i % 7 == 0) worker.Tell(Fail{});
    }
    EXPECT_TRUE(worker.Ask(Hello{}).ok());
    EXPECT_EQ(worker.incarnation(), 6u);
  });
  EXPECT_EQ(board_.jobs, UpTo(40));
}

// #335: messages that a stop met were dropped, and nobody heard of it.
TEST_P(KnownDefects, MessagesDroppedAtAStopWithoutAWord) {
  board_.job_takes = absl::Milliseconds(1);
  kit_.Run([&] {
    const auto worker = node().SpawnWith<Worker>({.mailbox_capacity = 3}, &board_);
    const auto stopper = node().Spawn([worker](Inbox<void(Hello)>&) {
      (void)Sleep(absl::Milliseconds(9));
      worker.Stop();
    });
    int refused = 0;
    for (int i = 1; i <= 40; ++i) refused += worker.Tell(Job{i}).ok() ? 0 : 1;
    (void)worker.Join();
    EXPECT_GT(refused, 0);
  });
  EXPECT_GT(board_.jobs.size(), 0u);
  EXPECT_EQ(board_.jobs.size() + node().dead_letters().count(), 40u);
}

// Heph: a message that could not be sent was destroyed with the attempt.
TEST_P(KnownDefects, MessageOfAFailedSendIsLost) {
  struct Parcel {
    std::unique_ptr<int> content;
  };
  struct Receiver : Actor {
    absl::Status Handle(Parcel&&) { return Sleep(absl::Hours(1)); }
  };
  kit_.Run([&] {
    const auto full = node().SpawnWith<Receiver>({.mailbox_capacity = 1});
    Parcel parcel{std::make_unique<int>(7)};
    while (full.TryTell(std::move(parcel)).ok()) parcel = {std::make_unique<int>(7)};
    EXPECT_NE(parcel.content, nullptr);
    const Recipient<Parcel> recipient = full;
    EXPECT_EQ(recipient.TryTell(std::move(parcel)).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_NE(parcel.content, nullptr);

    const auto ended = node().Spawn<Receiver>();
    ended.Kill();
    (void)ended.Join();
    EXPECT_EQ(ended.Tell(std::move(parcel)).code(), absl::StatusCode::kNotFound);
    EXPECT_NE(parcel.content, nullptr);
    Group<Parcel> group;
    group.Add(ended);
    EXPECT_EQ(group.TellOne(std::move(parcel)).code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(*parcel.content, 7);
  });
}

// Heph: the receiver took from its slots in another order than they were filled.
TEST_P(KnownDefects, InboxThatIsNotFirstInFirstOut) {
  struct Numbered {
    size_t sender = 0;
    int number = 0;
  };
  std::vector<std::vector<int>> got(3);
  kit_.Run([&] {
    const auto receiver = node().Spawn(
        [&got](Inbox<void(Numbered)>& inbox) {
          while (auto message = inbox.Receive()) {
            message->Match([&](Numbered& one) { got[one.sender].push_back(one.number); });
            (void)Sleep(absl::Microseconds(1));
          }
        },
        {.mailbox_capacity = 2});
    std::vector<AnyRef> senders;
    for (size_t sender = 0; sender < got.size(); ++sender) {
      senders.push_back(node().Spawn([receiver, sender](Inbox<void(Hello)>&) {
        for (int i = 1; i <= 30; ++i) receiver.Tell(Numbered{sender, i});
      }));
    }
    for (const AnyRef& sender : senders) (void)sender.Join();
    (void)Sleep(absl::Seconds(1));
    receiver.Stop();
    (void)receiver.Join();
  });
  for (const std::vector<int>& of_one : got) EXPECT_EQ(of_one, UpTo(30));
}

// --- Beginnings and ends.

// #387: the next life's OnStart ran while the last one's OnStop had not returned.
TEST_P(KnownDefects, NextLifeBeginsBeforeTheLastIsOver) {
  board_.stop_takes = absl::Milliseconds(20);
  board_.start_takes = absl::Milliseconds(5);
  kit_.Run([&] {
    const auto worker = Supervised(SpawnBoss(), "worker");
    board_.said.clear();
    for (int i = 0; i < 3; ++i) worker.Tell(Fail{});
    worker.Kill();
    EXPECT_TRUE(worker.Ask(Hello{}).ok());
    EXPECT_EQ(board_.lives, 1);
    const Lines said = Said();
    ASSERT_GE(said.size(), 6u);
    for (size_t i = 0; i < said.size(); ++i) {
      EXPECT_EQ(said[i], i % 2 == 0 ? "worker stops" : "worker starts") << i;
    }
  });
}

// #84: the signal that the start is over stood behind the messages that waited for it.
TEST_P(KnownDefects, StartWaitsBehindAFullMailbox) {
  struct Starter : Actor {
    explicit Starter(Board* board) : board(board) {}
    absl::Status OnStart() override {
      EXPECT_TRUE(Self(this).Tell(Job{1}).ok());
      (void)Sleep(absl::Milliseconds(10));
      // No room will come while it waits here, and it is told so.
      return Self(this).Tell(Job{9}).ok() ? absl::InternalError("room for two in one")
                                          : absl::OkStatus();
    }
    void Handle(const Job& job) { board->jobs.push_back(job.number); }
    Board* const board;
  };
  kit_.Run([&] {
    const auto starter = node().SpawnWith<Starter>({.mailbox_capacity = 1}, &board_);
    (void)Sleep(absl::Milliseconds(5));  // what it told itself is first in the line
    for (int i = 2; i <= 5; ++i) starter.Tell(Job{i});
    EXPECT_TRUE(starter.AwaitStart(absl::Seconds(1)).ok());
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(board_.jobs, UpTo(5));
}

// 0.15: who waited for a start that failed waited for ever.
TEST_P(KnownDefects, FailedStartLeavesItsWaitersWaiting) {
  struct Failing : Actor {
    absl::Status OnStart() override {
      (void)Sleep(absl::Milliseconds(5));
      return absl::InternalError("no database");
    }
    int Handle(const Hello&) { return 1; }
  };
  kit_.Run([&] {
    const auto failing = node().Spawn<Failing>();
    auto hello = failing.Request(Hello{});
    EXPECT_EQ(failing.AwaitStart().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(failing.Join()->kind, ExitReason::Kind::kPanicked);
    EXPECT_EQ(EffectOf(hello.Await().status()), Effect::kNone);
    EXPECT_EQ(failing.AwaitStart().code(), absl::StatusCode::kAborted);
  });
}

// #196: to stop an actor that had ended was a panic.
TEST_P(KnownDefects, StopOfOneThatHasEndedPanics) {
  kit_.Run([&] {
    const auto worker = node().Spawn<Worker>(&board_);
    worker.Stop();
    worker.Stop();
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kStopped);
    worker.Stop();
    worker.StopForGood();
    worker.Kill();
    EXPECT_EQ(worker.Join()->kind, ExitReason::Kind::kStopped);
  });
  EXPECT_EQ(board_.said, (Lines{"worker starts", "worker stops"}));
}

// #340: a panic in the last hook took the actor's end with it, and whoever waited for that.
TEST_P(KnownDefects, PanicInOnStopIsNobodysEnd) {
  struct Clumsy : Actor {
    void OnStop(const ExitReason&) override {
      (void)Sleep(absl::Milliseconds(1));
      throw std::runtime_error("dropped it");
    }
    void Handle(const Hello&) {
      for (int i = 0; i < 3; ++i) SpawnChild<Clumsy>();
    }
  };
  Probe probe(kit_);
  const auto parent = kit_.Spawn<Clumsy>();
  probe.Watch(parent);
  parent.Tell(Hello{});
  kit_.RunFor(absl::Seconds(1));
  parent.Stop();
  EXPECT_EQ(kit_.ExpectExit(parent).kind, ExitReason::Kind::kStopped);
  EXPECT_EQ(probe.Expect<Down>().reason.kind, ExitReason::Kind::kStopped);
}

// Asks its parent, in the one hook or the other.
struct Curious : Actor {
  Curious(ActorRef<Protocol<int(Hello)>> parent, bool in_start, absl::Status* answer)
      : parent(std::move(parent)), in_start(in_start), answer(answer) {}
  absl::Status OnStart() override {
    if (in_start) *answer = Ask();
    return absl::OkStatus();
  }
  void OnStop(const ExitReason&) override {
    if (!in_start) *answer = Ask();
  }
  absl::Status Ask() const {
    return parent.Ask(Hello{}, {.reply_timeout = absl::Seconds(1)}).status();
  }
  const ActorRef<Protocol<int(Hello)>> parent;
  const bool in_start;
  absl::Status* const answer;
};

// #335, #340 and 0.20: a child that asked its parent, which waited for the child to end.
TEST_P(KnownDefects, LastWordsToAParentThatWaitsForThem) {
  struct Parent : Actor {
    explicit Parent(absl::Status* answer) : answer(answer) {}
    absl::Status OnStart() override {
      SpawnChild<Curious>(Self(this), false, answer);
      return absl::OkStatus();
    }
    int Handle(const Hello&) { return 1; }
    absl::Status* const answer;
  };
  absl::Status answer;
  kit_.Run([&] {
    const auto parent = node().Spawn<Parent>(&answer);
    (void)Sleep(absl::Milliseconds(1));
    parent.Stop();
    EXPECT_TRUE(parent.Join(absl::Milliseconds(10)).ok());
  });
  EXPECT_EQ(answer.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(answer), Effect::kNone);
}

// The same where the parent is to live again, and keeps its mailbox open for that: whom it waits
// for can't ask it.
TEST_P(KnownDefects, LastWordsToAParentThatIsRestarted) {
  struct Parent : Actor {
    explicit Parent(absl::Status* answer) : answer(answer) {}
    absl::Status OnStart() override {
      SpawnChild<Curious>(Self(this), false, answer);
      return absl::OkStatus();
    }
    void Handle(const Fail&) { throw std::runtime_error("a bug"); }
    int Handle(const Hello&) { return 1; }
    absl::Status* const answer;
  };
  absl::Status answer;
  kit_.Run([&] {
    const auto parent = *SuperviseBy<Parent>(SpawnBoss(), {}, &answer);
    (void)Sleep(absl::Milliseconds(1));
    parent.Tell(Fail{});
    EXPECT_TRUE(parent.Ask(Hello{}, {.reply_timeout = absl::Milliseconds(10)}).ok());
    EXPECT_EQ(parent.incarnation(), 2u);
    EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition) << answer;
    parent.StopForGood();
    EXPECT_TRUE(parent.Join(absl::Seconds(2)).ok());
  });
}

// #340: a child that asked its parent, which waited for the child to start.
TEST_P(KnownDefects, FirstWordsToAParentThatWaitsForTheStart) {
  struct Boss : Supervisor {
    explicit Boss(absl::Status* answer) : answer(answer) {}
    absl::Status OnStart() override {
      Supervise<Curious>({}, ActorRef<Protocol<int(Hello)>>(Self(this)), true, answer);
      return absl::OkStatus();
    }
    int Handle(const Hello&) { return 1; }
    absl::Status* const answer;
  };
  absl::Status answer;
  kit_.Run([&] {
    const auto boss = node().Spawn<Boss>(&answer);
    EXPECT_TRUE(boss.AwaitStart(absl::Milliseconds(10)).ok());
  });
  EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition) << answer;
}

// Waits for another's end, of which that one's starts know.
struct Mourner : Actor {
  struct Await {
    AnyRef other;
  };
  absl::Status Handle(const Await& await) { return await.other.Join().status(); }
  int Handle(const Hello&) { return 1; }
};

// The same where the wait was there first: each new life asks who waits for the last one's end. On
// some schedules the wait goes on only when the question has been asked.
TEST_P(KnownDefects, FirstWordsToWhoWaitsForTheEnd) {
  struct Restarted : Curious {
    using Curious::Curious;
    void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  };
  absl::Status answer;
  kit_.Run([&] {
    const auto mourner = node().Spawn<Mourner>();
    const auto restarted = *SuperviseBy<Restarted>(
        SpawnBoss(), {}, ActorRef<Protocol<int(Hello)>>(mourner), true, &answer);
    EXPECT_TRUE(answer.ok()) << answer;
    auto awaited = mourner.Request(Mourner::Await{restarted});
    for (int life = 2; life < 12; ++life) {
      (void)Sleep(absl::Milliseconds(1));
      restarted.Tell(Fail{});
      (void)Sleep(absl::Milliseconds(100));
      EXPECT_EQ(restarted.incarnation(), life);
      EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition) << answer;
    }
    restarted.StopForGood();
    EXPECT_TRUE(awaited.Await().ok());
    EXPECT_TRUE(mourner.Ask(Hello{}).ok());
  });
}

// Stop and link signals shared the mailbox, and its bound, with the messages.
TEST_P(KnownDefects, StopWaitsBehindAFullMailbox) {
  kit_.Run([&] {
    const auto full = SpawnFull();
    absl::Status in_line;
    const auto asker =
        node().Spawn([&, full](Inbox<void(Nap)>&) { in_line = full.Ask(Hello{}).status(); });
    (void)Sleep(absl::Milliseconds(1));
    full.Stop();
    EXPECT_TRUE(full.Join(absl::Milliseconds(10)).ok());
    EXPECT_TRUE(asker.Join(absl::Milliseconds(10)).ok());
    EXPECT_EQ(in_line.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(EffectOf(in_line), Effect::kNone);
  });
}

// --- Links.

// #221 and 0.18: who linked two actors from both sides at once could stand still for ever.
TEST_P(KnownDefects, LinksMadeFromBothSidesAtOnce) {
  struct Peer : Actor {
    struct Meet {
      std::vector<AnyRef> others;
    };
    void Handle(const Meet& meet) {
      for (const AnyRef& other : meet.others) {
        Link(Self(this), other);
        (void)Sleep(absl::Microseconds(1));
      }
    }
    void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  };
  kit_.Run([&] {
    std::vector<ActorRef<Peer>> peers;
    for (int i = 0; i < 8; ++i) peers.push_back(node().Spawn<Peer>());
    for (const auto& peer : peers) peer.Tell(Peer::Meet{{peers.begin(), peers.end()}});
    peers[3].Tell(Fail{});
    for (const auto& peer : peers) EXPECT_TRUE(peer.Join(absl::Seconds(1)).ok());
  });
}

// Kameo 0.12: of those linked to an actor, one with a full mailbox kept the others from hearing,
// and the actor from its last hook.
TEST_P(KnownDefects, FullMailboxOfOnePeerDelaysTheOthers) {
  kit_.Run([&] {
    const auto failing = node().Spawn<Worker>(&board_, "failing");
    const auto full = SpawnFull();
    const auto peer = node().Spawn<Worker>(&board_, "peer");
    Link(failing, full);
    Link(failing, peer);
    failing.Kill();
    EXPECT_TRUE(failing.Join(absl::Milliseconds(10)).ok());
    EXPECT_EQ(peer.Join(absl::Milliseconds(10))->kind, ExitReason::Kind::kLinkDied);
  });
}

// --- Supervision.

// Kameo 0.22: a group's restart waited for the stop of a child that had died for good long ago.
TEST_P(KnownDefects, GroupWaitsForAChildLongDead) {
  for (const Strategy strategy : {Strategy::kOneForAll, Strategy::kRestForOne}) {
    kit_.Run([&] {
      const auto boss = SpawnBoss(strategy);
      const auto a = Supervised(boss, "a");
      const auto b = Supervised(boss, "b", {.restart = Restart::kTemporary});
      const auto c = Supervised(boss, "c", {.restart = Restart::kTransient});
      const auto d = Supervised(boss, "d");
      b.Tell(Fail{});
      c.Stop();
      (void)Said();
      a.Tell(Fail{});
      EXPECT_EQ(Said(), (Lines{"a stops", "d stops", "a starts", "d starts"}));
      EXPECT_TRUE(d.Ask(Hello{}).ok());
    });
  }
}

// Kameo 0.22: in rest-for-one, an older child that failed while a younger group came down took that
// group's place, and what was in their mailboxes was gone.
TEST_P(KnownDefects, OlderFailureDuringAGroupsRestartForgetsTheGroup) {
  board_.stop_takes = absl::Milliseconds(10);
  board_.start_takes = absl::Milliseconds(10);
  kit_.Run([&] {
    const auto boss = SpawnBoss(Strategy::kRestForOne);
    std::vector<ActorRef<Worker>> children;
    for (const char* name : {"a", "b", "c", "d"}) children.push_back(Supervised(boss, name));
    children[2].Tell(Fail{});
    (void)Sleep(absl::Milliseconds(static_cast<int64_t>(GetParam()) * 3));
    for (int i = 1; i <= 10; ++i) children[3].Tell(Job{i});
    children[1].Tell(Fail{});
    (void)Sleep(absl::Milliseconds(static_cast<int64_t>(GetParam())));
    children[0].Tell(Fail{});
    for (const auto& child : children) EXPECT_TRUE(child.Ask(Hello{}).ok());
  });
  EXPECT_EQ(board_.jobs, UpTo(10));
  EXPECT_EQ(board_.lives, 4);
}

// Kameo 0.22: a group's restart built those anew that were never to be restarted.
TEST_P(KnownDefects, GroupBringsBackATemporaryChild) {
  kit_.Run([&] {
    const auto boss = SpawnBoss(Strategy::kOneForAll);
    const auto a = Supervised(boss, "a");
    const auto b = Supervised(boss, "b", {.restart = Restart::kTemporary});
    (void)Said();
    a.Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"a stops", "b stops", "a starts"}));
    EXPECT_FALSE(b.alive());
  });
}

// Kameo 0.22: a group was built anew in the order of a hash table.
TEST_P(KnownDefects, GroupComesBackInNoOrder) {
  kit_.Run([&] {
    const auto boss = SpawnBoss(Strategy::kOneForAll);
    std::vector<ActorRef<Worker>> children;
    for (const char* name : {"a", "b", "c", "d"}) children.push_back(Supervised(boss, name));
    (void)Said();
    children[GetParam() % 4].Kill();
    const Lines said = Said();
    ASSERT_EQ(said.size(), 8u);
    EXPECT_EQ(Lines(said.begin() + 4, said.end()),
              (Lines{"a starts", "b starts", "c starts", "d starts"}));
  });
}

// Heph's restart_supervisor! and Kameo: the count of restarts was forgotten only after a whole
// window of peace, so that rare failures added up.
TEST_P(KnownDefects, RestartsLongAgoStillCount) {
  const RestartLimit limit{.restarts = 2, .window = absl::Seconds(10)};
  kit_.Run([&] {
    const auto lone = SpawnSupervised<Worker>(node(), RestartWithin(limit), &board_);
    const auto boss = node().Spawn<Supervisor>(SupervisorOptions{.limit = limit});
    const auto child = Supervised(boss, "child");
    for (int i = 0; i < 20; ++i) {
      lone.Tell(Fail{});
      child.Tell(Fail{});
      (void)Sleep(absl::Seconds(6));
      ASSERT_TRUE(lone.Ask(Hello{}).ok()) << i;
      ASSERT_TRUE(child.Ask(Hello{}).ok()) << i;
    }
    for (int i = 0; i < 3; ++i) lone.Tell(Fail{});
    for (int i = 0; i < 3; ++i) child.Tell(Fail{});
    EXPECT_TRUE(lone.Join(absl::Seconds(1)).ok());
    EXPECT_TRUE(boss.Join(absl::Seconds(1)).ok());
  });
}

// --- Refs and names.

// #254: who had ended could still be looked up.
TEST_P(KnownDefects, EndedActorStaysRegistered) {
  kit_.Run([&] {
    const auto registry = node().Spawn<LocalRegistry>();
    const auto worker = node().Spawn<Worker>(&board_);
    EXPECT_TRUE(RegisterLocal(registry, "worker", worker).ok());
    worker.Kill();
    (void)worker.Join();
    EXPECT_EQ(LookUpLocal<Worker>(registry, "worker").status().code(), absl::StatusCode::kNotFound);
    const auto next = node().Spawn<Worker>(&board_);
    EXPECT_TRUE(RegisterLocal(registry, "worker", next).ok());
    EXPECT_EQ(LookUpLocal<Worker>(registry, "worker").value(), next);
  });
}

// Both: a registry kept its actors alive for ever.
TEST_P(KnownDefects, RegistryKeepsItsActorsAlive) {
  kit_.Run([&] {
    const auto registry = node().Spawn<LocalRegistry>();
    auto worker = node().SpawnWith<Worker>({.stop_when_unreferenced = true}, &board_);
    EXPECT_TRUE(RegisterLocal(registry, "worker", worker).ok());
    EXPECT_TRUE(LookUpLocal<Worker>(registry, "worker").ok());
    worker = {};
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(board_.lives, 0);
    EXPECT_TRUE(registry.Ask(ListLocalNames{})->empty());
  });
}

// #171 and #177: a ref that the framework had kept for itself kept the actor from ending.
TEST_P(KnownDefects, RefIsLeakedInsideTheFramework) {
  struct Listener : Worker {
    using Worker::Handle;
    using Worker::Worker;
    absl::Status OnStart() override { return absl::OkStatus(); }
  };
  kit_.Run([&] {
    auto worker = node().SpawnWith<Listener>({.stop_when_unreferenced = true}, &board_);
    const auto jobs = node().Spawn<PubSub<Job>>();
    jobs.Tell(Subscribe<Job>{worker});
    EXPECT_EQ(jobs.Ask(Job{1})->told, 1u);
    jobs.Tell(Unsubscribe<Job>{worker});
    MessageTimer timer = SendEvery(worker, absl::Milliseconds(1), Hello{});
    const auto other = node().Spawn<Worker>(&board_);
    Link(worker, other);
    Unlink(worker, other);
    EXPECT_TRUE(absl::IsDeadlineExceeded(
        worker.Ask(Nap{absl::Milliseconds(20)}, {.reply_timeout = absl::Milliseconds(5)})));
    auto dropped = worker.Request(Hello{});
    dropped.Cancel();
    timer.Cancel();
    EXPECT_TRUE(worker.Ask(Hello{}).ok());
    worker = {};
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(board_.lives, 1) << "the other alone";
  });
}

// --- Pools.

// #366: what went wrong in a worker, or on the way to it, the pool kept to itself.
TEST_P(KnownDefects, PoolHidesWhatItsWorkersDid) {
  using Workers = Pool<Worker, Job, Fail, Nap, Hello>;
  kit_.Run([&] {
    const auto pool = node().Spawn<Workers>(Workers::Options{.workers = 1}, &board_);
    auto failing = pool.Request(Fail{});
    auto behind = pool.Request(Hello{});
    EXPECT_EQ(failing.Await().code(), absl::StatusCode::kAborted);
    const absl::Status waited = behind.Await().status();
    // It went with the worker that failed, or found the next.
    EXPECT_TRUE(waited.ok() || EffectOf(waited) == Effect::kNone) << waited;
    EXPECT_TRUE(pool.Ask(Hello{}).ok());
  });
}

// Kameo's pool: a worker that had died answered fastest, with errors, and so it was chosen again.
TEST_P(KnownDefects, PoolChoosesADeadWorkerAgainAndAgain) {
  using Workers = Pool<Worker, Fail, Hello>;
  kit_.Run([&] {
    const auto pool = node().Spawn<Workers>(Workers::Options{.workers = 3}, &board_);
    EXPECT_EQ(pool.Ask(Fail{}).code(), absl::StatusCode::kAborted);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool.Ask(Hello{}).ok()) << i;
    EXPECT_EQ(board_.lives, 3);
  });
}

INSTANTIATE_TEST_SUITE_P(Schedules, KnownDefects, testing::Range<uint64_t>(1, 21));

}  // namespace
}  // namespace rehearse
