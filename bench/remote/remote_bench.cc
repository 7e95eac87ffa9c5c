// What do messages between two processes on loopback cost? One process serves; the other, its peer,
// does one work and prints figures, one a line, by name:
//
//   remote_bench --name=server --listen=ADDRESS -- serve
//   remote_bench --peer=server=ADDRESS -- tell|ask|refs SIZE
//
// tell: SIZE messages of 64 bytes from one actor to one, timed until the last is handled. ask: SIZE
// questions of 64 bytes one after the other, each answered by as much. refs: refs to SIZE actors.
// bench/remote_peers runs it, pinned, beside others' programs.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/remote/remote.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/bench/peers/bench_run.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse::bench {
namespace {

constexpr size_t kPayloadBytes = 64;
constexpr int64_t kRefsAtOnce = 1000;
constexpr int64_t kWarmUp = 1000;

using SinkProtocol = Protocol<void(Load), std::string(Question), int64_t(Count), Addresses(Crowd)>;

class Extra : public Actor {
 public:
  void Handle(const Load&) {}
};

class Sink : public Actor {
 public:
  void Handle(const Load& load) { count_ += load.bytes.size() == kPayloadBytes ? 1 : 0; }
  std::string Handle(const Question& question) { return question.bytes; }
  int64_t Handle(const Count&) { return count_; }
  Addresses Handle(const Crowd& crowd) {
    Addresses addresses;
    for (int64_t i = 0; i < crowd.size; ++i) {
      addresses.all.push_back(AddressOf<Protocol<void(Load)>>(node().Spawn<Extra>()));
    }
    return addresses;
  }

 private:
  int64_t count_ = 0;
};

class Stopwatch {
 public:
  int64_t nanos() const {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void Print(const char* what, double value) { std::printf("%s %.3f\n", what, value); }

absl::Status Tell(const ActorRef<SinkProtocol>& sink, int64_t size) {
  const Load load{.bytes = std::string(kPayloadBytes, 'x')};
  REHEARSE_ASSIGN_OR_RETURN(const int64_t before, sink.Ask(Count{}));  // there is a connection
  const Stopwatch watch;
  for (int64_t i = 0; i < size; ++i) REHEARSE_RETURN_IF_ERROR(sink.Tell(load).status());
  REHEARSE_ASSIGN_OR_RETURN(const int64_t after, sink.Ask(Count{}));
  const int64_t nanos = watch.nanos();
  if (after - before != size) {
    return absl::DataLossError(absl::StrCat(after - before, " of ", size, " were handled"));
  }
  Print("ns_a_tell", static_cast<double>(nanos) / static_cast<double>(size));
  return absl::OkStatus();
}

absl::Status Ask(const ActorRef<SinkProtocol>& sink, int64_t size) {
  const Question question{.bytes = std::string(kPayloadBytes, 'q')};
  for (int64_t i = 0; i < kWarmUp; ++i) REHEARSE_RETURN_IF_ERROR(sink.Ask(question).status());
  std::vector<int64_t> nanos;
  for (int64_t i = 0; i < size; ++i) {
    const Stopwatch watch;
    REHEARSE_RETURN_IF_ERROR(sink.Ask(question).status());
    nanos.push_back(watch.nanos());
  }
  std::sort(nanos.begin(), nanos.end());
  Print("p50_us", static_cast<double>(nanos[nanos.size() / 2]) / 1e3);
  Print("p99_us", static_cast<double>(nanos[nanos.size() * 99 / 100]) / 1e3);
  return absl::OkStatus();
}

absl::Status Refs(Node& node, const ActorRef<SinkProtocol>& sink, int64_t size) {
  std::vector<ActorRef<Protocol<void(Load)>>> refs;
  refs.reserve(static_cast<size_t>(size));
  REHEARSE_RETURN_IF_ERROR(sink.Ask(Crowd{.size = kRefsAtOnce}).status());
  const int64_t before = ResidentBytes();
  while (static_cast<int64_t>(refs.size()) < size) {
    REHEARSE_ASSIGN_OR_RETURN(const Addresses some, sink.Ask(Crowd{.size = kRefsAtOnce}));
    for (const std::string& address : some.all) {
      REHEARSE_ASSIGN_OR_RETURN(auto ref, RefAt<Protocol<void(Load)>>(node, address));
      refs.push_back(std::move(ref));
    }
  }
  Print("bytes_a_ref", static_cast<double>(ResidentBytes() - before) / static_cast<double>(size));
  return absl::OkStatus();
}

absl::Status Visit(Node& node) {
  int64_t size = 0;
  (void)absl::SimpleAtoi(node.args()[1], &size);
  REHEARSE_ASSIGN_OR_RETURN(const auto sink, node.Named<SinkProtocol>("sink@server"));
  const std::string& work = node.args()[0];
  if (work == "tell") return Tell(sink, size);
  return work == "ask" ? Ask(sink, size) : Refs(node, sink, size);
}

// The visitor is an actor, as its peers' are.
class Visitor : public Actor {
 public:
  absl::Status OnStart() override {
    const absl::Status status = Visit(node());
    std::fflush(stdout);
    node().Shutdown();
    return status;
  }
};

absl::Status RunBench(Node& node) {
  if (node.args()[0] == "serve") return node.Register<SinkProtocol>("sink", node.Spawn<Sink>());
  node.Spawn<Visitor>();
  return absl::OkStatus();
}

absl::Status CheckArgs(const std::vector<std::string>& args) {
  int64_t size = 0;
  const bool serves = args.size() == 1 && args[0] == "serve";
  const bool visits = args.size() == 2 && absl::SimpleAtoi(args[1], &size) && size > 0 &&
                      (args[0] == "tell" || args[0] == "ask" || args[0] == "refs");
  if (serves || visits) return absl::OkStatus();
  return absl::InvalidArgumentError("say what to do");
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, rehearse::bench::RunBench,
                                {.description = "What do messages between processes cost?\n",
                                 .args_help = "arguments: serve, or tell, ask or refs, and SIZE\n",
                                 .check_args = rehearse::bench::CheckArgs});
}
