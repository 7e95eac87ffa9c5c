// What all engines of names promise, each in a simulated world of three nodes.
//
//   REHEARSE_NAMES_CONFORMANCE(GossipNames, GossipArm())
//
// makes a REHEARSE_TEST of each claim.

#ifndef REHEARSE_TESTS_CONFORMANCE_NAMES_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_NAMES_CONFORMANCE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "tests/conformance/names.h"

namespace rehearse {

using WhoProtocol = Protocol<std::string(names::Who)>;
using OtherProtocol = Protocol<std::string(names::Other)>;

// An engine, and how fast it is said to be.
struct NamesArm {
  std::function<Program(Program)> around;
  absl::Duration known_within = absl::Seconds(20);  // to others, what was registered or given up
  absl::Duration gone_within = absl::Minutes(4);    // names of a node that died without a word
};

class Named : public Actor {
 public:
  std::string Handle(const names::Who&) { return node().name(); }
};

class NamesCrew {
 public:
  NamesCrew(sim::World& world, const NamesArm& arm) : world_(world), arm_(arm) {
    nodes_ = world.AddNodes("node", 3, arm.around([this](Node&) -> absl::Status {
      ++started_;
      return absl::OkStatus();
    }));
    world.RunUntil([this] { return started_ == 3; }, absl::Minutes(1));
    REHEARSE_EXPECT_EQ(started_, 3);
  }

  // Runs `act` on a fiber of node `i`, counted from 1, until it has returned.
  void On(int i, const std::function<void(Node&)>& act) {
    const auto done = std::make_shared<bool>(false);
    Node& node = handle(i).node();
    Task::Start(node, "act", [&node, act, done] {
      act(node);
      *done = true;
    }).Unref();
    world_.RunUntil([done] { return *done; }, absl::Minutes(5));
    REHEARSE_EXPECT(*done) << "what is done on " << handle(i).name() << " does not end";
  }

  // Registers an actor of node `i`; what came of it.
  absl::Status Register(int i, const std::string& name, uint64_t* token = nullptr) {
    absl::Status status;
    On(i, [&](Node& node) {
      actors_[i] = node.Spawn<Named>();
      status = node.Register<WhoProtocol>(name, actors_[i], token);
    });
    return status;
  }
  absl::Status RegisterShared(int i, const std::string& name) {
    absl::Status status;
    On(i, [&](Node& node) {
      actors_[i] = node.Spawn<Named>();
      status = node.RegisterShared<WhoProtocol>(name, actors_[i]);
    });
    return status;
  }

  // What node `i` knows of `name`: whose it is, by asking it; or the error's code.
  std::string Ask(int i, const std::string& name) {
    std::string answer;
    On(i, [&](Node& node) {
      const auto found = node.Lookup<WhoProtocol>(name);
      if (!found.ok()) {
        answer = absl::StatusCodeToString(found.status().code());
        return;
      }
      const auto who = found->ref.Ask(names::Who{}, {.reply_timeout = absl::Seconds(5)});
      answer = who.ok() ? *who : who.status().ToString();
      token_ = found->token;
    });
    return answer;
  }
  // Until node `i` says so.
  void Expect(int i, const std::string& name, const std::string& answer, absl::Duration within) {
    const Instant end = world_.now() + within;
    std::string last = Ask(i, name);
    while (last != answer && world_.now() < end && !world_.failed()) {
      world_.RunFor(absl::Milliseconds(500));
      last = Ask(i, name);
    }
    REHEARSE_EXPECT_EQ(last, answer) << name << " on " << handle(i).name();
  }
  // All that share it, as node `i` knows: "node-1 node-3".
  std::string All(int i, const std::string& name) {
    std::string all;
    On(i, [&](Node& node) {
      const auto found = node.LookupAll<WhoProtocol>(name);
      if (!found.ok()) all = found.status().ToString();
      if (!found.ok()) return;
      for (const Found<WhoProtocol>& one : *found) {
        absl::StrAppend(&all, all.empty() ? "" : " ", one.node.empty() ? node.name() : one.node);
      }
    });
    return all;
  }
  void ExpectAll(int i, const std::string& name, const std::string& all, absl::Duration within) {
    const Instant end = world_.now() + within;
    std::string last = All(i, name);
    while (last != all && world_.now() < end && !world_.failed()) {
      world_.RunFor(absl::Milliseconds(500));
      last = All(i, name);
    }
    REHEARSE_EXPECT_EQ(last, all) << name << " on " << handle(i).name();
  }

  // Begins to note on node `i` what happens to `name`: "+node-1 -node-1".
  void Watch(int i, const std::string& name) {
    On(i, [&](Node& node) {
      Task::Start(node, "watch",
                  [this, watch = std::shared_ptr<NameWatch>(node.names()->Watch(name))] {
                    while (true) {
                      const absl::StatusOr<NameChange> change = watch->Next(Instant::Infinite());
                      if (!change.ok()) return;
                      const char* const sign = change->kind == NameChange::Kind::kUp ? "+" : "-";
                      absl::StrAppend(&seen_, seen_.empty() ? "" : " ", sign,
                                      change->location.node);
                    }
                  })
          .Unref();
    });
  }
  void ExpectSeen(const std::string& seen, absl::Duration within) {
    world_.RunUntil([&] { return seen_ == seen; }, within);
    REHEARSE_EXPECT_EQ(seen_, seen);
  }

  const NamesArm& arm() const { return arm_; }
  sim::NodeHandle handle(int i) const { return nodes_[static_cast<size_t>(i - 1)]; }
  ActorRef<Named>& actor(int i) { return actors_[i]; }
  uint64_t token() const { return token_; }  // of what Ask found last
  int started() const { return started_; }

 private:
  sim::World& world_;
  const NamesArm arm_;
  sim::NodeGroup nodes_;
  std::map<int, ActorRef<Named>> actors_;
  uint64_t token_ = 0;
  std::string seen_;
  int started_ = 0;
};

namespace conformance {

inline void AUniqueNameIsItsFirstOwners(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  uint64_t token = 0;
  REHEARSE_EXPECT_EQ(crew.Register(1, "x", &token).ToString(), "OK");
  REHEARSE_EXPECT(token > 0);
  for (const int i : {1, 2, 3}) {
    crew.Expect(i, "x", "node-1", arm.known_within);
    REHEARSE_EXPECT_EQ(crew.token(), token);
  }
  const absl::Status second = crew.Register(2, "x");
  REHEARSE_EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  REHEARSE_EXPECT(absl::StrContains(second.message(), "x")) << second.ToString();
}

inline void WhoComesLaterHasAGreaterToken(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  uint64_t last = 0;
  for (const int i : {1, 2, 1, 3}) {
    uint64_t token = 0;
    absl::Status status = crew.Register(i, "x", &token);
    for (int tries = 0; absl::IsAlreadyExists(status) && tries < 60 && !world.failed(); ++tries) {
      world.RunFor(absl::Seconds(1));
      status = crew.Register(i, "x", &token);
    }
    REHEARSE_EXPECT_EQ(status.ToString(), "OK");
    REHEARSE_EXPECT(token > last) << token << " after " << last;
    last = token;
    crew.On(i, [](Node& node) { REHEARSE_EXPECT_EQ(node.Unregister("x").ToString(), "OK"); });
  }
  crew.Expect(2, "x", "NOT_FOUND", arm.known_within);
}

inline void AnActorsEndIsItsNamesEnd(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  crew.Expect(2, "x", "node-1", arm.known_within);
  crew.actor(1).Stop();
  crew.Expect(2, "x", "NOT_FOUND", arm.known_within);
  crew.Expect(1, "x", "NOT_FOUND", arm.known_within);
  REHEARSE_EXPECT_EQ(crew.Register(2, "x").ToString(), "OK");
  crew.Expect(1, "x", "node-2", arm.known_within);
}

inline void SharedNamesAreAllTheirs(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  for (const int i : {1, 2, 3}) {
    REHEARSE_EXPECT_EQ(crew.RegisterShared(i, "s").ToString(), "OK");
  }
  for (const int i : {1, 2, 3}) {
    crew.ExpectAll(i, "s", "node-1 node-2 node-3", arm.known_within);
  }
  crew.actor(2).Stop();
  crew.ExpectAll(3, "s", "node-1 node-3", arm.known_within);
  crew.On(1, [&](Node& node) {
    REHEARSE_EXPECT_EQ(node.UnregisterShared("s", crew.actor(1)).ToString(), "OK");
  });
  crew.ExpectAll(2, "s", "node-3", arm.known_within);
  crew.Expect(1, "s", "node-3", arm.known_within);
}

inline void ALookupByAnotherProtocolNamesBoth(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  for (const int i : {1, 2}) {
    crew.Expect(i, "x", "node-1", arm.known_within);
    crew.On(i, [](Node& node) {
      const absl::Status status = node.Lookup<OtherProtocol>("x").status();
      REHEARSE_EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      REHEARSE_EXPECT(absl::StrContains(status.message(), "{Who}") &&
                      absl::StrContains(status.message(), "{Other}"))
          << status.ToString();
    });
  }
}

inline void WhatCannotBeANameIsRefused(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  for (const std::string& name : {std::string(), std::string("a@b"), std::string("#7"),
                                  std::string(256, 'x'), std::string("a\nb")}) {
    REHEARSE_EXPECT_EQ(crew.Register(1, name).code(), absl::StatusCode::kInvalidArgument);
    REHEARSE_EXPECT_EQ(crew.RegisterShared(1, name).code(), absl::StatusCode::kInvalidArgument);
    REHEARSE_EXPECT_EQ(crew.Ask(2, name), "INVALID_ARGUMENT");
  }
  REHEARSE_EXPECT_EQ(crew.Register(1, std::string(255, 'x')).ToString(), "OK");
}

inline void AWatchTellsWhoComesAndGoes(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  crew.Watch(3, "x");
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  crew.ExpectSeen("+node-1", arm.known_within);
  crew.actor(1).Stop();
  crew.ExpectSeen("+node-1 -node-1", arm.known_within);
  REHEARSE_EXPECT_EQ(crew.Register(2, "x").ToString(), "OK");
  crew.ExpectSeen("+node-1 -node-1 +node-2", arm.known_within);
}

inline void ANodeThatDiedHasNoNames(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  REHEARSE_EXPECT_EQ(crew.Register(1, "x").ToString(), "OK");
  REHEARSE_EXPECT_EQ(crew.RegisterShared(1, "s").ToString(), "OK");
  crew.Expect(2, "x", "node-1", arm.known_within);
  crew.ExpectAll(2, "s", "node-1", arm.known_within);
  world.Crash(crew.handle(1), {.silent = true});
  crew.Expect(2, "x", "NOT_FOUND", arm.gone_within);
  crew.ExpectAll(3, "s", "", arm.gone_within);
  REHEARSE_EXPECT_EQ(crew.Register(3, "x").ToString(), "OK");
  crew.Expect(2, "x", "node-3", arm.known_within);
}

inline void ARefToAnOldLifeFailsAndTheNameFindsTheNew(sim::World& world, const NamesArm& arm) {
  NamesCrew crew(world, arm);
  uint64_t first = 0;
  REHEARSE_EXPECT_EQ(crew.Register(1, "x", &first).ToString(), "OK");
  crew.Expect(2, "x", "node-1", arm.known_within);
  const auto old = std::make_shared<ActorRef<WhoProtocol>>();
  crew.On(2, [old](Node& node) { *old = node.Lookup<WhoProtocol>("x")->ref; });
  world.Crash(crew.handle(1));
  world.Restart(crew.handle(1));
  world.RunUntil([&] { return crew.started() == 4; }, absl::Minutes(1));
  uint64_t second = 0;
  absl::Status status = crew.Register(1, "x", &second);
  for (int tries = 0; !status.ok() && tries < 240 && !world.failed(); ++tries) {
    world.RunFor(absl::Seconds(1));
    status = crew.Register(1, "x", &second);
  }
  REHEARSE_EXPECT_EQ(status.ToString(), "OK");
  REHEARSE_EXPECT(second > first);
  crew.Expect(2, "x", "node-1", arm.known_within);
  REHEARSE_EXPECT_EQ(crew.token(), second);
  crew.On(2, [old](Node&) {
    const auto answer = old->Ask(names::Who{}, {.reply_timeout = absl::Seconds(5)});
    REHEARSE_EXPECT_EQ(answer.status().code(), absl::StatusCode::kNotFound);
  });
}

}  // namespace conformance
}  // namespace rehearse

#define REHEARSE_NAMES_CLAIM(Suite, Claim, arm) \
  REHEARSE_TEST(Suite, Claim) { ::rehearse::conformance::Claim(world, arm); }

#define REHEARSE_NAMES_CONFORMANCE(Suite, arm)                        \
  REHEARSE_NAMES_CLAIM(Suite, AUniqueNameIsItsFirstOwners, arm)       \
  REHEARSE_NAMES_CLAIM(Suite, WhoComesLaterHasAGreaterToken, arm)     \
  REHEARSE_NAMES_CLAIM(Suite, AnActorsEndIsItsNamesEnd, arm)          \
  REHEARSE_NAMES_CLAIM(Suite, SharedNamesAreAllTheirs, arm)           \
  REHEARSE_NAMES_CLAIM(Suite, ALookupByAnotherProtocolNamesBoth, arm) \
  REHEARSE_NAMES_CLAIM(Suite, WhatCannotBeANameIsRefused, arm)        \
  REHEARSE_NAMES_CLAIM(Suite, AWatchTellsWhoComesAndGoes, arm)        \
  REHEARSE_NAMES_CLAIM(Suite, ANodeThatDiedHasNoNames, arm)           \
  REHEARSE_NAMES_CLAIM(Suite, ARefToAnOldLifeFailsAndTheNameFindsTheNew, arm)

#endif  // REHEARSE_TESTS_CONFORMANCE_NAMES_CONFORMANCE_H_
