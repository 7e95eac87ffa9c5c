// How fast does the simulator play the transports' own code? Both ends, handshake, certificates and
// sealing included, on one core.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/bench/transport/transport_host.h"
#include "rehearse/bench/transport/transport_works.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::bench {
namespace {

constexpr char kTransports[][8] = {"quic", "tls", "noise"};

sim::LinkOptions Good() {
  return {.latency = {.min = absl::Milliseconds(1), .max = absl::Milliseconds(1)}};
}
sim::LinkOptions Lossy() {
  return {.latency = {.min = absl::Milliseconds(20), .max = absl::Milliseconds(30)},
          .loss = {1, 20},
          .duplicate = {1, 100}};
}

struct Told {
  std::string address;
  bool done = false;
};

absl::Status Serve(Node& node, const std::string& ip, const std::string& transport, Told& told) {
  net::SeededEntropy entropy(1);
  REHEARSE_ASSIGN_OR_RETURN(const auto host, TransportHost::Make(node, entropy, transport));
  REHEARSE_ASSIGN_OR_RETURN(const auto network, host->MakeNetwork());
  REHEARSE_ASSIGN_OR_RETURN(const auto listener, network->Listen(host->Address(ip, 4001)));
  told.address = listener->address();
  return listener->Accept().status();
}

using Work = std::function<absl::Status(TransportHost&, const std::string& address)>;

absl::Status Dial(Node& node, const std::string& transport, Told& told, const Work& work) {
  net::SeededEntropy entropy(2);
  REHEARSE_ASSIGN_OR_RETURN(const auto host, TransportHost::Make(node, entropy, transport));
  REHEARSE_RETURN_IF_ERROR(work(*host, told.address));
  told.done = true;
  return absl::OkStatus();
}

// Packets that arrived.
uint64_t Play(const std::string& transport, const sim::LinkOptions& links, const Work& work) {
  sim::World world{{.seed = 1}};
  Told& told = world.Shared<Told>();
  world.SetLinks(links);
  const std::string ip = "10.0.0.1";
  const auto server =
      world.AddNode("server", [&](Node& node) { return Serve(node, ip, transport, told); });
  REHEARSE_CHECK(server.ip() == ip, server.ip());
  world.RunFor(absl::Milliseconds(100));
  world.AddNode("client", [&](Node& node) { return Dial(node, transport, told, work); });
  world.RunUntil([&] { return told.done; }, absl::Hours(1));
  REHEARSE_CHECK(told.done, "the work was not done");
  return world.network_counters().delivered;
}

void Report(benchmark::State& state, const char* what, double count, uint64_t packets) {
  const auto rate = [](double total) {
    return benchmark::Counter(total, benchmark::Counter::kIsRate);
  };
  state.SetLabel(kTransports[state.range(0)]);
  state.counters[what] = rate(count);
  state.counters["packets/s"] = rate(static_cast<double>(packets));
}

// One stream, so many MiB one way.
void Bulk(benchmark::State& state, const sim::LinkOptions& links, int64_t mib) {
  uint64_t packets = 0;
  for (auto _ : state) {
    packets +=
        Play(kTransports[state.range(0)], links, [mib](TransportHost& host, const auto& address) {
          REHEARSE_ASSIGN_OR_RETURN(const auto network, host.MakeNetwork());
          return SendBytes(*network, address, mib << 20);
        });
  }
  Report(state, "MiB/s", static_cast<double>(state.iterations() * mib), packets);
}

void BM_Bulk(benchmark::State& state) { Bulk(state, Good(), 64); }
void BM_BulkWithLoss(benchmark::State& state) { Bulk(state, Lossy(), 8); }

// 100 bytes there and back, 2,000 times.
void BM_RoundTrips(benchmark::State& state) {
  constexpr int kTimes = 2000;
  uint64_t packets = 0;
  for (auto _ : state) {
    packets +=
        Play(kTransports[state.range(0)], Good(), [](TransportHost& host, const auto& address) {
          REHEARSE_ASSIGN_OR_RETURN(const auto network, host.MakeNetwork());
          return AskTimes(*network, address, kTimes);
        });
  }
  Report(state, "asks/s", static_cast<double>(state.iterations() * kTimes), packets);
}

// Connections with a stream each, one after the other, by kept certificates.
void BM_Handshakes(benchmark::State& state) {
  constexpr int kTimes = 100;
  uint64_t packets = 0;
  for (auto _ : state) {
    packets +=
        Play(kTransports[state.range(0)], Good(), [](TransportHost& host, const auto& address) {
          std::vector<std::unique_ptr<net::Libp2pNetwork>> networks;
          for (int i = 0; i < kTimes; ++i) {
            REHEARSE_ASSIGN_OR_RETURN(auto network, host.MakeNetwork());
            networks.push_back(std::move(network));
            REHEARSE_RETURN_IF_ERROR(AskTimes(*networks.back(), address, 1));
          }
          return absl::OkStatus();
        });
  }
  Report(state, "handshakes/s", static_cast<double>(state.iterations() * kTimes), packets);
}

BENCHMARK(BM_Bulk)->ArgName("transport")->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_BulkWithLoss)->ArgName("transport")->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_RoundTrips)->ArgName("transport")->DenseRange(0, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Handshakes)->ArgName("transport")->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rehearse::bench
