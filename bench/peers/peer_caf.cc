// The work of ours.cc on Debian's CAF (0.17.6).
//
//   peer_caf BENCH SIZE WORKERS
//
// prints "OPERATIONS WALL_NS". Timed from the first message to the last one handled.

#include <caf/all.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "rehearse/bench/peers/bench_run.h"

namespace {

using rehearse::bench::Figures;
using rehearse::bench::Gate;
using rehearse::bench::kCrowd;
using rehearse::bench::kRing;
using rehearse::bench::kSenders;
using rehearse::bench::ResidentBytes;
using rehearse::bench::Timed;

using Item = caf::atom_constant<caf::atom("item")>;
using Ball = caf::atom_constant<caf::atom("ball")>;
using Meet = caf::atom_constant<caf::atom("meet")>;
using Go = caf::atom_constant<caf::atom("go")>;
using Question = caf::atom_constant<caf::atom("question")>;
using Ping = caf::atom_constant<caf::atom("ping")>;
using Pong = caf::atom_constant<caf::atom("pong")>;

// Players do not hold each other up: they are killed at the end.
struct PlayerState {
  caf::actor other;
};
caf::behavior Player(caf::stateful_actor<PlayerState>* self, Gate* over) {
  return {
      [=](Meet, const caf::actor& other) { self->state.other = other; },
      [=](Ball, int64_t left) {
        if (left == 0) return over->Arrive();
        self->send(self->state.other, Ball::value, left - 1);
      },
  };
}

Figures Ring(caf::actor_system& system, int64_t size, int64_t messages) {
  Gate over(1);
  std::vector<caf::actor> players;
  for (int64_t i = 0; i < size; ++i) players.push_back(system.spawn(Player, &over));
  for (size_t i = 0; i < players.size(); ++i) {
    caf::anon_send(players[i], Meet::value, players[(i + 1) % players.size()]);
  }
  const Figures figures = Timed(messages, [&] {
    caf::anon_send(players[0], Ball::value, messages);
    over.Await();
  });
  for (const caf::actor& player : players) {
    caf::anon_send_exit(player, caf::exit_reason::kill);
  }
  return figures;
}

struct ConsumerState {
  int64_t left = 0;
};
caf::behavior Consumer(caf::stateful_actor<ConsumerState>* self, int64_t messages, Gate* over) {
  self->state.left = messages;
  return {[=](Item, int64_t) {
    if (--self->state.left > 0) return;
    over->Arrive();
    self->quit();
  }};
}

void Produce(caf::event_based_actor* self, const caf::actor& consumer, int64_t messages) {
  for (int64_t left = messages; left > 0; --left) self->send(consumer, Item::value, left);
}

Figures Contend(caf::actor_system& system, int64_t from, int64_t messages) {
  Gate over(1);
  const int64_t each = messages / from;
  const caf::actor consumer = system.spawn(Consumer, each * from, &over);
  return Timed(each * from, [&] {
    for (int64_t i = 0; i < from; ++i) system.spawn(Produce, consumer, each);
    over.Await();
  });
}

caf::behavior Short(caf::event_based_actor* self, Gate* left) {
  return {[=](Go) {
    left->Arrive();
    self->quit();
  }};
}

Figures Fork(caf::actor_system& system, int64_t actors) {
  Gate left(actors);
  return Timed(actors, [&] {
    system.spawn([actors, &left](caf::event_based_actor* self) {
      for (int64_t i = 0; i < actors; ++i) self->send(self->spawn(Short, &left), Go::value);
    });
    left.Await();
  });
}

struct OracleState {
  int64_t answers = 0;
};
caf::behavior Oracle(caf::stateful_actor<OracleState>* self) {
  return {[=](Question) { return ++self->state.answers; }};
}

void AskOnce(caf::event_based_actor* self, const caf::actor& oracle, int64_t left, Gate* over) {
  if (left == 0) {
    over->Arrive();
    return self->quit();
  }
  self->request(oracle, caf::infinite, Question::value).then([=](int64_t) {
    AskOnce(self, oracle, left - 1, over);
  });
}

Figures Ask(caf::actor_system& system, int64_t asks) {
  Gate over(1);
  const caf::actor oracle = system.spawn(Oracle);
  return Timed(asks, [&] {
    system.spawn([&](caf::event_based_actor* self) { AskOnce(self, oracle, asks, &over); });
    over.Await();
  });
}

Figures AskFromThread(caf::actor_system& system, int64_t asks) {
  const caf::actor oracle = system.spawn(Oracle);
  caf::scoped_actor self(system);
  return Timed(asks, [&] {
    for (int64_t i = 0; i < asks; ++i) {
      self->request(oracle, caf::infinite, Question::value)
          .receive([](int64_t) {}, [](const caf::error&) { std::abort(); });
    }
  });
}

struct CallerState {
  std::vector<caf::actor> all;
  int64_t left = 0;
  int64_t seed = 1;
};
caf::behavior Caller(caf::stateful_actor<CallerState>* self, int64_t pings, Gate* done) {
  self->state.left = pings;
  const auto next = [=] {
    CallerState& state = self->state;
    if (state.left == 0) return done->Arrive();
    --state.left;
    state.seed = (state.seed * 1103515245 + 12345) & 0x7fffffff;
    self->send(state.all[static_cast<size_t>((state.seed >> 8) % kCrowd)], Ping::value,
               caf::actor(self));
  };
  return {
      [=](Meet, const caf::actor& other) { self->state.all.push_back(other); },
      [=](Go) { next(); },
      [=](Ping, const caf::actor& from) { self->send(from, Pong::value); },
      [=](Pong) { next(); },
  };
}

Figures Big(caf::actor_system& system, int64_t messages) {
  const int64_t each = messages / kCrowd / 2;
  Gate done(kCrowd);
  std::vector<caf::actor> all;
  for (int64_t i = 0; i < kCrowd; ++i) all.push_back(system.spawn(Caller, each, &done));
  for (const caf::actor& one : all) {
    for (const caf::actor& other : all) caf::anon_send(one, Meet::value, other);
  }
  const Figures figures = Timed(each * kCrowd * 2, [&] {
    for (const caf::actor& one : all) caf::anon_send(one, Go::value);
    done.Await();
  });
  for (const caf::actor& one : all) caf::anon_send_exit(one, caf::exit_reason::kill);
  return figures;
}

Figures Idle(caf::actor_system& system, int64_t actors) {
  Gate over(actors + 1);
  std::vector<caf::actor> all;
  all.reserve(static_cast<size_t>(actors));
  const int64_t before = ResidentBytes();
  for (int64_t i = 0; i < actors; ++i) all.push_back(system.spawn(Short, &over));
  const Figures figures{actors, ResidentBytes() - before};
  for (const caf::actor& one : all) caf::anon_send_exit(one, caf::exit_reason::kill);
  return figures;
}

Figures IdleCpu(caf::actor_system& system, int64_t millis) {
  const caf::actor oracle = system.spawn(Oracle);
  std::this_thread::sleep_for(std::chrono::milliseconds(millis));
  return {1, 0};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int64_t size = std::atoll(argv[2]);
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<uint64_t>(std::atoi(argv[3])));
  caf::actor_system system(config);
  const std::map<std::string, std::function<Figures()>> benches = {
      {"pingpong", [&] { return Ring(system, 2, size); }},
      {"ring", [&] { return Ring(system, kRing, size); }},
      {"count", [&] { return Contend(system, 1, size); }},
      {"contend", [&] { return Contend(system, kSenders, size); }},
      {"fork", [&] { return Fork(system, size); }},
      {"ask", [&] { return Ask(system, size); }},
      {"askblock", [&] { return AskFromThread(system, size); }},
      {"big", [&] { return Big(system, size); }},
      {"idle", [&] { return Idle(system, size); }},
      {"idlecpu", [&] { return IdleCpu(system, size); }},
  };
  rehearse::bench::PrintAndExit(benches.at(argv[1])());
}
