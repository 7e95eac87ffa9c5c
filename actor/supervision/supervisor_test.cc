#include "rehearse/actor/supervision/supervisor.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Fail {};
struct Finish {};
struct Hang {};
struct Add {
  int amount = 0;
};
struct Total {};

// What the workers of one test have in common.
struct Board {
  Lines said;
  int starts_to_fail = 0;
  absl::Duration start_takes;
  absl::Duration stop_takes;
};

class Worker : public Actor {
 public:
  Worker(std::string name, Board* board) : name_(std::move(name)), board_(board) {}

  absl::Status OnStart() override {
    if (board_->start_takes > absl::ZeroDuration()) (void)Sleep(board_->start_takes);
    if (board_->starts_to_fail > 0) {
      --board_->starts_to_fail;
      Say("fails");
      return absl::InternalError("no database");
    }
    Say("starts");
    return absl::OkStatus();
  }
  void OnStop(const ExitReason& reason) override {
    if (board_->stop_takes > absl::ZeroDuration()) (void)Sleep(board_->stop_takes);
    Say(absl::StrCat("stops: ", ExitKindName(reason.kind)));
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }
  void Handle(const Hang&) {
    // Obeys no stop, but a kill.
    for (int i = 0; i < 5; ++i) (void)Sleep(absl::Hours(1));
  }
  void Handle(const Add& add) { total_ += add.amount; }
  int Handle(const Total&) { return total_; }

 private:
  void Say(const std::string& what) { board_->said.push_back(absl::StrCat(name_, " ", what)); }

  const std::string name_;
  Board* const board_;
  int total_ = 0;
};

struct Child {
  std::string name;
  ChildOptions options = {};
};

// Starts the children that it is told of, and keeps their refs where the test sees them.
class Boss : public Supervisor {
 public:
  Boss(const SupervisorOptions& options, std::vector<Child> children, Board* board,
       std::vector<ActorRef<Worker>>* refs)
      : Supervisor(options), children_(std::move(children)), board_(board), refs_(refs) {}

  absl::Status OnStart() override {
    refs_->clear();
    for (const Child& child : children_) {
      refs_->push_back(Supervise<Worker>(child.options, child.name, board_));
    }
    return absl::OkStatus();
  }
  void OnStop(const ExitReason& reason) override {
    board_->said.push_back(absl::StrCat("boss stops: ", reason.ToString()));
  }
  void OnChildEnded(ActorId, const ExitReason& reason) override {
    board_->said.push_back(absl::StrCat("gone: ", ExitKindName(reason.kind)));
  }

 private:
  const std::vector<Child> children_;
  Board* const board_;
  std::vector<ActorRef<Worker>>* const refs_;
};

class SupervisorTest : public testing::Test {
 public:
  void Start(const SupervisorOptions& options, const std::vector<Child>& children) {
    boss_ = node_->Spawn<Boss>(options, children, &board_, &refs_);
    ASSERT_TRUE(boss_.AwaitStart().ok());
    board_.said.clear();
  }
  // Waits until all is quiet, and says what was said.
  Lines Said() {
    (void)Sleep(absl::Seconds(1));
    return std::exchange(board_.said, {});
  }

  Board board_;
  std::vector<ActorRef<Worker>> refs_;
  TestNode node_;
  ActorRef<Boss> boss_;
};

const Child kPermanent{"worker"};
const Child kTransient{"worker", {.restart = Restart::kTransient}};
const Child kTemporary{"worker", {.restart = Restart::kTemporary}};

TEST_F(SupervisorTest, BringsBackAChildThatPanicked) {
  node_.Run([&] {
    Start({}, {kPermanent});
    const ActorRef<Worker> worker = refs_[0];
    worker.Tell(Add{7});
    worker.Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"worker stops: panicked", "worker starts"}));
    EXPECT_EQ(worker.incarnation(), 2u);
    EXPECT_EQ(*worker.Ask(Total{}), 0);
  });
}

TEST_F(SupervisorTest, KeepsTheMailboxOverARestart) {
  node_.Run([&] {
    Start({}, {kPermanent});
    const ActorRef<Worker> worker = refs_[0];
    worker.Tell(Fail{});
    worker.Tell(Add{1});
    worker.Tell(Add{2});
    auto total = worker.Request(Total{});
    worker.Tell(Add{4});
    EXPECT_EQ(*total.Await(), 3);
    EXPECT_EQ(*worker.Ask(Total{}), 7);
  });
}

TEST_F(SupervisorTest, OldOnStopEndsBeforeTheNewStartBegins) {
  board_.stop_takes = absl::Milliseconds(100);
  node_.Run([&] {
    Start({}, {kPermanent});
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"worker stops: panicked", "worker starts"}));
  });
}

TEST_F(SupervisorTest, APermanentChildIsBackAfterAnyEnd) {
  node_.Run([&] {
    Start({}, {kPermanent});
    refs_[0].Tell(Finish{});
    EXPECT_EQ(Said(), (Lines{"worker stops: stopped", "worker starts"}));
    refs_[0].Stop();
    EXPECT_EQ(Said(), (Lines{"worker stops: stopped", "worker starts"}));
    refs_[0].Kill();
    EXPECT_EQ(Said(), (Lines{"worker stops: killed", "worker starts"}));
  });
}

TEST_F(SupervisorTest, ATransientChildIsBackAfterABadEndAlone) {
  node_.Run([&] {
    Start({}, {kTransient, kTransient});
    refs_[0].Kill();
    EXPECT_EQ(Said(), (Lines{"worker stops: killed", "worker starts"}));
    refs_[0].Stop();
    EXPECT_EQ(Said(), (Lines{"worker stops: stopped", "gone: stopped"}));
    EXPECT_EQ(refs_[0].Join()->kind, ExitReason::Kind::kStopped);
    refs_[1].Tell(Finish{});
    EXPECT_EQ(Said(), (Lines{"worker stops: stopped", "gone: stopped"}));
  });
}

TEST_F(SupervisorTest, ATemporaryChildStaysDead) {
  node_.Run([&] {
    Start({}, {kTemporary});
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"worker stops: panicked", "gone: panicked"}));
    EXPECT_EQ(refs_[0].Tell(Add{}).status().code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(SupervisorTest, StopForGoodEndsAPermanentChild) {
  node_.Run([&] {
    Start({}, {kPermanent});
    refs_[0].StopForGood();
    EXPECT_EQ(Said(), (Lines{"worker stops: stopped", "gone: stopped"}));
    EXPECT_FALSE(refs_[0].alive());
  });
}

TEST_F(SupervisorTest, TimersThatAChildSetForItselfGoWithItsLife) {
  struct Ticker : Actor {
    explicit Ticker(int* ticks) : ticks(ticks) {}
    absl::Status OnStart() override {
      SendEvery(Self(this), absl::Seconds(1), Add{1});
      return absl::OkStatus();
    }
    void Handle(const Add& add) { *ticks += add.amount; }
    void Handle(const Fail&) { throw std::runtime_error("a bug"); }
    int* const ticks;
  };
  int ticks = 0;
  node_.Run([&] {
    const auto supervisor = node_->Spawn<Supervisor>();
    const auto ticker = *SuperviseBy<Ticker>(supervisor, {}, &ticks);
    ticker.Tell(Fail{});
    (void)Sleep(absl::Milliseconds(500));
    ticker.Tell(Fail{});
    MessageTimer of_another = SendAfter(ticker, absl::Milliseconds(1), Add{100});
    ticker.Tell(Fail{});
    (void)Sleep(absl::Milliseconds(3400));
    EXPECT_EQ(ticks, 103);
    ticker.StopForGood();
  });
}

TEST_F(SupervisorTest, WatchersAreToldOfTheLastEndAlone) {
  struct Watcher : Actor {
    explicit Watcher(int* downs) : downs(downs) {}
    void Handle(const Down&) { ++*downs; }
    int* const downs;
  };
  int downs = 0;
  node_.Run([&] {
    Start({}, {kPermanent});
    Monitor(node_->Spawn<Watcher>(&downs), refs_[0]);
    refs_[0].Tell(Fail{});
    Said();
    EXPECT_EQ(downs, 0);
    refs_[0].StopForGood();
    Said();
    EXPECT_EQ(downs, 1);
  });
}

TEST_F(SupervisorTest, AChildThatFailsToStartIsTriedAgain) {
  board_.starts_to_fail = 0;
  node_.Run([&] {
    Start({}, {kPermanent});
    board_.starts_to_fail = 2;
    refs_[0].Tell(Fail{});
    refs_[0].Tell(Add{5});
    EXPECT_EQ(Said(),
              (Lines{"worker stops: panicked", "worker fails", "worker fails", "worker starts"}));
    EXPECT_EQ(*refs_[0].Ask(Total{}), 5);
  });
}

TEST_F(SupervisorTest, GivesUpWhenTheBudgetIsSpent) {
  node_.Run([&] {
    Start({.limit = {.restarts = 2, .window = absl::Minutes(1)}}, {kPermanent});
    for (int i = 0; i < 3; ++i) refs_[0].Tell(Fail{});
    const auto reason = boss_.Join();
    ASSERT_TRUE(reason.ok());
    EXPECT_EQ(reason->kind, ExitReason::Kind::kPanicked);
    EXPECT_EQ(reason->what, absl::StrCat("gave up after 2 restarts within 1m: ",
                                         refs_[0].ToString(), " panicked: a bug"));
    EXPECT_FALSE(refs_[0].alive());
  });
}

TEST_F(SupervisorTest, TheWindowSlides) {
  node_.Run([&] {
    Start({.limit = {.restarts = 2, .window = absl::Seconds(10)}}, {kPermanent});
    // Never three within ten seconds, though no pause is as long as that.
    for (int i = 0; i < 12; ++i) {
      refs_[0].Tell(Fail{});
      (void)Sleep(absl::Seconds(5));
      ASSERT_TRUE(boss_.alive()) << i;
    }
    refs_[0].Tell(Fail{});
    refs_[0].Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_FALSE(boss_.alive());
  });
}

TEST_F(SupervisorTest, BacksOffLongerEachTimeInARow) {
  board_.starts_to_fail = 0;
  std::vector<absl::Duration> waits;
  node_.Run([&] {
    Start({.limit = {.restarts = 100, .window = absl::Minutes(1)},
           .back_off = {.first = absl::Milliseconds(100), .max = absl::Seconds(1), .jitter = 0}},
          {kPermanent});
    for (int i = 0; i < 6; ++i) {
      const Instant from = node_->clock().Now();
      refs_[0].Tell(Fail{});
      EXPECT_TRUE(refs_[0].Ask(Total{}).ok());
      waits.push_back(node_->clock().Now() - from);
    }
  });
  EXPECT_EQ(waits, (std::vector<absl::Duration>{absl::Milliseconds(100), absl::Milliseconds(200),
                                                absl::Milliseconds(400), absl::Milliseconds(800),
                                                absl::Seconds(1), absl::Seconds(1)}));
}

TEST_F(SupervisorTest, WhoIsStoppedWhileItBacksOffStaysDown) {
  node_.Run([&] {
    Start({.back_off = {.first = absl::Hours(1), .max = absl::Hours(1)}}, {kPermanent});
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"worker stops: panicked"}));
    refs_[0].Stop();
    EXPECT_EQ(Said(), (Lines{"gone: panicked"}));
    EXPECT_FALSE(refs_[0].alive());
  });
}

TEST_F(SupervisorTest, EndsWhileAChildBacksOff) {
  node_.Run([&] {
    Start({.back_off = {.first = absl::Hours(1), .max = absl::Hours(1)}}, {kPermanent});
    refs_[0].Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    boss_.Stop();
    EXPECT_TRUE(boss_.Join(absl::Seconds(1)).ok());
    EXPECT_FALSE(refs_[0].alive());
  });
}

TEST_F(SupervisorTest, EndsItsChildrenNewestFirst) {
  node_.Run([&] {
    Start({}, {{"a"}, {"b"}, {"c"}});
    boss_.Stop();
    boss_.Join().IgnoreError();
    EXPECT_EQ(Said(), (Lines{"c stops: stopped", "b stops: stopped", "a stops: stopped",
                             "boss stops: stopped"}));
  });
}

TEST_F(SupervisorTest, StartsEachWhenTheOneBeforeHasStarted) {
  board_.start_takes = absl::Seconds(1);
  node_.Run([&] {
    const Instant from = node_->clock().Now();
    Start({}, {{"a"}, {"b"}, {"c"}});
    EXPECT_EQ(node_->clock().Now() - from, absl::Seconds(3));
  });
}

// --- Groups.

const std::vector<Child> kThree = {{"a"}, {"b"}, {"c"}};

TEST_F(SupervisorTest, OneForAllTakesAllDownInReverseOrderAndUpInOrder) {
  node_.Run([&] {
    Start({.strategy = Strategy::kOneForAll}, kThree);
    for (const auto& ref : refs_) ref.Tell(Add{1});
    refs_[1].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"b stops: panicked", "c stops: restarting", "a stops: restarting",
                             "a starts", "b starts", "c starts"}));
    for (const auto& ref : refs_) EXPECT_EQ(ref.incarnation(), 2u);
  });
}

TEST_F(SupervisorTest, RestForOneRestartsThoseThatStartedLater) {
  node_.Run([&] {
    Start({.strategy = Strategy::kRestForOne}, kThree);
    refs_[1].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"b stops: panicked", "c stops: restarting", "b starts", "c starts"}));
    EXPECT_EQ(refs_[0].incarnation(), 1u);
  });
}

TEST_F(SupervisorTest, ATemporaryChildIsNotBroughtBackWithItsGroup) {
  node_.Run([&] {
    Start(
        {.strategy = Strategy::kOneForAll},
        {{"a"}, {"b", {.restart = Restart::kTemporary}}, {"c", {.restart = Restart::kTransient}}});
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"a stops: panicked", "c stops: restarting", "b stops: restarting",
                             "a starts", "c starts", "gone: restarting"}));
  });
}

TEST_F(SupervisorTest, AChildThatDiedForGoodIsNotWaitedForByItsGroup) {
  node_.Run([&] {
    Start({.strategy = Strategy::kOneForAll}, {{"a"}, {"b", {.restart = Restart::kTransient}}});
    refs_[1].Stop();
    EXPECT_EQ(Said(), (Lines{"b stops: stopped", "gone: stopped"}));
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"a stops: panicked", "a starts"}));
  });
}

TEST_F(SupervisorTest, OlderFailureDuringARestForOneRestartTakesItsOwnGroup) {
  node_.Run([&] {
    Start({.strategy = Strategy::kRestForOne}, kThree);
    board_.start_takes = absl::Milliseconds(10);
    refs_[1].Tell(Fail{});
    (void)Sleep(absl::Milliseconds(5));  // b is starting
    refs_[0].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"b stops: panicked", "c stops: restarting", "a stops: panicked",
                             "b starts", "c starts", "c stops: restarting", "b stops: restarting",
                             "a starts", "b starts", "c starts"}));
  });
}

TEST_F(SupervisorTest, AllThatFailAtOnceAreOneRestartOfTheGroup) {
  node_.Run([&] {
    Start({.strategy = Strategy::kOneForAll, .limit = {.restarts = 1}}, kThree);
    for (const auto& ref : refs_) ref.Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    for (const auto& ref : refs_) EXPECT_EQ(ref.incarnation(), 2u);
    EXPECT_TRUE(boss_.alive());
  });
}

TEST_F(SupervisorTest, KillsWhoIsTooSlowToMakeWayForItsGroup) {
  node_.Run([&] {
    Start({.strategy = Strategy::kOneForAll},
          {{"a"}, {"b", {.stop_timeout = absl::Milliseconds(100)}}});
    board_.stop_takes = absl::Hours(1);
    refs_[0].Kill();
    // The node's stop_timeout ends the one's OnStop, its own the other's.
    (void)Sleep(absl::Seconds(5) + absl::Milliseconds(99));
    EXPECT_EQ(refs_[1].incarnation(), 1u);
    (void)Sleep(absl::Milliseconds(2));
    EXPECT_EQ(refs_[0].incarnation(), 2u);
    EXPECT_EQ(refs_[1].incarnation(), 2u);
    board_.stop_takes = absl::ZeroDuration();
  });
}

TEST_F(SupervisorTest, AGroupWhoseMemberFailsToStartIsRestartedFromThere) {
  node_.Run([&] {
    Start({.strategy = Strategy::kRestForOne}, kThree);
    board_.starts_to_fail = 1;
    refs_[1].Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"b stops: panicked", "c stops: restarting", "b fails", "b starts",
                             "c starts"}));
  });
}

// --- Trees.

class Chief : public Supervisor {
 public:
  Chief(Board* board, std::vector<ActorRef<Worker>>* refs) : board_(board), refs_(refs) {}
  absl::Status OnStart() override {
    Supervise<Boss>({}, SupervisorOptions{.limit = {.restarts = 1, .window = absl::Minutes(1)}},
                    std::vector<Child>{{"worker"}}, board_, refs_);
    return absl::OkStatus();
  }

 private:
  Board* const board_;
  std::vector<ActorRef<Worker>>* const refs_;
};

TEST_F(SupervisorTest, ASupervisorThatGaveUpIsRestartedByItsOwn) {
  node_.Run([&] {
    const auto chief = node_->Spawn<Chief>(&board_, &refs_);
    ASSERT_TRUE(chief.AwaitStart().ok());
    const ActorRef<Worker> first = refs_[0];
    first.Tell(Fail{});
    first.Tell(Fail{});
    (void)Sleep(absl::Seconds(1));
    EXPECT_FALSE(first.alive());
    ASSERT_EQ(refs_.size(), 1u);
    EXPECT_NE(refs_[0].id(), first.id());
    EXPECT_TRUE(refs_[0].Ask(Total{}).ok());
    EXPECT_TRUE(chief.alive());
  });
}

TEST_F(SupervisorTest, CanBeGivenChildrenFromOutside) {
  node_.Run([&] {
    const auto supervisor = node_->Spawn<Supervisor>();
    const auto worker = SuperviseBy<Worker>(supervisor, {}, "worker", &board_);
    ASSERT_TRUE(worker.ok());
    worker->Tell(Fail{});
    EXPECT_EQ(Said(), (Lines{"worker starts", "worker stops: panicked", "worker starts"}));
    supervisor.Stop();
    supervisor.Join().IgnoreError();
    EXPECT_FALSE(worker->alive());
    EXPECT_EQ(SuperviseBy<Worker>(supervisor, {}, "late", &board_).status().code(),
              absl::StatusCode::kNotFound);
  });
}

TEST_F(SupervisorTest, AFunctionIsCalledAnew) {
  struct Desk : Supervisor {
    explicit Desk(Lines* said) : said(said) {}
    absl::Status OnStart() override {
      teller = Supervise({}, [said = said, n = 0](Inbox<void(Add)>& inbox) mutable {
        said->push_back(absl::StrCat("called with ", n++));
        while (auto message = inbox.Receive()) {
          message->Match([&](const Add& add) {
            if (add.amount < 0) throw std::runtime_error("negative");
            said->push_back(absl::StrCat("add ", add.amount));
          });
        }
      });
      return absl::OkStatus();
    }
    ActorRef<Protocol<void(Add)>> Handle(const Total&) { return teller; }
    Lines* const said;
    ActorRef<Protocol<void(Add)>> teller;
  };
  Lines said;
  node_.Run([&] {
    const auto desk = node_->Spawn<Desk>(&said);
    const auto teller = *desk.Ask(Total{});
    teller.Tell(Add{1});
    teller.Tell(Add{-1});
    teller.Tell(Add{2});
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(said, (Lines{"called with 0", "add 1", "called with 0", "add 2"}));
}

TEST_F(SupervisorTest, AFunctionThatNobodyRefersToIsNotCalledAnew) {
  struct Desk : Supervisor {
    explicit Desk(int* lives) : lives(lives) {}
    absl::Status OnStart() override {
      Supervise({.spawn = {.stop_when_unreferenced = true}},
                [lives = lives](Inbox<void(Add)>& inbox) {
                  ++*lives;
                  while (inbox.Receive()) {
                  }
                });
      return absl::OkStatus();
    }
    int* const lives;
  };
  int lives = 0;
  node_.Run([&] {
    const auto desk = node_->Spawn<Desk>(&lives);
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(desk.alive());
  });
  EXPECT_EQ(lives, 1);
}

TEST_F(SupervisorTest, AwaitStartSaysWhyAnActorDidNotStart) {
  node_.Run([&] {
    board_.starts_to_fail = 1;
    const auto lone = node_->Spawn<Worker>("lone", &board_);
    const absl::Status status = lone.AwaitStart();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_EQ(status.message(),
              absl::StrCat(lone.ToString(), " did not start: panicked: INTERNAL: no database"));
    EXPECT_TRUE(node_->Spawn<Worker>("other", &board_).AwaitStart().ok());
    board_.start_takes = absl::Seconds(2);
    EXPECT_EQ(node_->Spawn<Worker>("slow", &board_).AwaitStart(absl::Seconds(1)).code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(ActorRef<Worker>().AwaitStart().code(), absl::StatusCode::kNotFound);
  });
}

}  // namespace
}  // namespace rehearse
