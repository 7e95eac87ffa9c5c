// The work of bench/remote/remote_bench.cc on Debian's CAF io (0.17.6).
//
//   remote_caf serve              prints "listening PORT"
//   remote_caf PORT tell|ask|refs SIZE

#include <algorithm>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "rehearse/bench/peers/bench_run.h"

namespace {

using rehearse::bench::ResidentBytes;

using Load = caf::atom_constant<caf::atom("load")>;
using Question = caf::atom_constant<caf::atom("question")>;
using Count = caf::atom_constant<caf::atom("count")>;
using Crowd = caf::atom_constant<caf::atom("crowd")>;
using Clock = std::chrono::steady_clock;

constexpr size_t kPayloadBytes = 64;
constexpr int64_t kRefsAtOnce = 1000;
constexpr int64_t kWarmUp = 1000;

int64_t NanosSince(Clock::time_point begin) {
  return std::chrono::nanoseconds(Clock::now() - begin).count();
}

caf::behavior Extra(caf::event_based_actor*) {
  return {[](Load, const std::string&) {}};
}

struct SinkState {
  int64_t count = 0;
};
caf::behavior Sink(caf::stateful_actor<SinkState>* self) {
  return {
      [=](Load, const std::string& bytes) {
        self->state.count += bytes.size() == kPayloadBytes ? 1 : 0;
      },
      [=](Question, std::string& bytes) { return std::move(bytes); },
      [=](Count) { return self->state.count; },
      [=](Crowd, int64_t size) {
        std::vector<caf::actor> all;
        for (int64_t i = 0; i < size; ++i) all.push_back(self->spawn(Extra));
        return all;
      },
  };
}

void Tell(caf::event_based_actor* self, const caf::actor& sink, int64_t size) {
  self->request(sink, caf::infinite, Count::value).then([=](int64_t before) {
    const std::string bytes(kPayloadBytes, 'x');
    const auto begin = Clock::now();
    for (int64_t i = 0; i < size; ++i) self->send(sink, Load::value, bytes);
    self->request(sink, caf::infinite, Count::value).then([=](int64_t after) {
      if (after - before != size) std::abort();
      std::printf("ns_a_tell %.3f\n",
                  static_cast<double>(NanosSince(begin)) / static_cast<double>(size));
      self->quit();
    });
  });
}

struct AskState {
  std::vector<int64_t> nanos;
};

void Ask(caf::stateful_actor<AskState>* self, const caf::actor& sink, int64_t left, int64_t size) {
  std::vector<int64_t>& nanos = self->state.nanos;
  if (left == 0) {
    nanos.erase(nanos.begin(), nanos.begin() + kWarmUp);
    std::sort(nanos.begin(), nanos.end());
    std::printf("p50_us %.3f\np99_us %.3f\n", static_cast<double>(nanos[nanos.size() / 2]) / 1e3,
                static_cast<double>(nanos[nanos.size() * 99 / 100]) / 1e3);
    return self->quit();
  }
  const auto begin = Clock::now();
  self->request(sink, caf::infinite, Question::value, std::string(kPayloadBytes, 'q'))
      .then([=](const std::string&) {
        self->state.nanos.push_back(NanosSince(begin));
        Ask(self, sink, left - 1, size);
      });
}

struct RefsState {
  std::vector<caf::actor> refs;
  int64_t before = 0;
};

void Refs(caf::stateful_actor<RefsState>* self, const caf::actor& sink, int64_t size, bool first) {
  self->request(sink, caf::infinite, Crowd::value, kRefsAtOnce)
      .then([=](const std::vector<caf::actor>& some) {
        RefsState& state = self->state;
        if (first) {
          state.refs.reserve(static_cast<size_t>(size));
          state.before = ResidentBytes();
        } else {
          state.refs.insert(state.refs.end(), some.begin(), some.end());
        }
        if (static_cast<int64_t>(state.refs.size()) < size) return Refs(self, sink, size, false);
        std::printf("bytes_a_ref %.3f\n", static_cast<double>(ResidentBytes() - state.before) /
                                              static_cast<double>(size));
        self->quit();
      });
}

struct Config : caf::actor_system_config {
  Config() {
    add_message_type<std::vector<caf::actor>>("actors");
    load<caf::io::middleman>();
    set("scheduler.max-threads", 1);
  }
};

int Serve(caf::actor_system& system) {
  const auto port = system.middleman().publish(system.spawn(Sink), 0, "127.0.0.1");
  if (!port) return 1;
  std::printf("listening %d\n", static_cast<int>(*port));
  std::fflush(stdout);
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

int Visit(caf::actor_system& system, char** argv) {
  const auto sink =
      system.middleman().remote_actor("127.0.0.1", static_cast<uint16_t>(std::atoi(argv[1])));
  if (!sink) return 1;
  const std::string work = argv[2];
  const int64_t size = std::atoll(argv[3]);
  if (work == "tell") system.spawn(Tell, *sink, size);
  if (work == "ask") system.spawn(Ask, *sink, size + kWarmUp, size);
  if (work == "refs") system.spawn(Refs, *sink, size, true);
  system.await_all_actors_done();
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  Config config;
  caf::actor_system system(config);
  return argc == 4 ? Visit(system, argv) : Serve(system);
}
