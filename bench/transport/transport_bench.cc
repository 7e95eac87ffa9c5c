// How fast is a transport between two processes on loopback? One process serves, the other dials it
// and prints figures, one a line, by name:
//
//   transport_bench -- serve tls|noise|quic
//   transport_bench -- dial tls|noise|quic ADDRESS stream|ask SECONDS
//   transport_bench -- dial tls|noise|quic ADDRESS connect COUNT
//
// bench/transports runs it, pinned, beside others' programs.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/bench/transport/transport_host.h"
#include "rehearse/bench/transport/transport_works.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse::bench {
namespace {

// Until the process is ended.
absl::Status Serve(net::Libp2pNetwork& network, const TransportHost& host) {
  REHEARSE_ASSIGN_OR_RETURN(const auto listener, network.Listen(host.Address("127.0.0.1", 0)));
  std::printf("listening %s\n", listener->address().c_str());
  std::fflush(stdout);
  return listener->Accept().status();
}

absl::StatusOr<Measures> Dial(Node& node, TransportHost& host, net::Libp2pNetwork& network) {
  const std::vector<std::string>& args = node.args();
  int64_t size = 0;
  if (!absl::SimpleAtoi(args[4], &size) || size < 1) {
    return absl::InvalidArgumentError(absl::StrCat(args[4], ": want a number"));
  }
  if (args[3] == "stream") return Stream(network, args[2], absl::Seconds(size));
  if (args[3] == "ask") return Ask(network, args[2], absl::Seconds(size));
  return Connect(
      node, [&] { return host.MakeNetwork(); }, args[2], size);
}

absl::Status RunBench(Node& node) {
  const std::vector<std::string>& args = node.args();
  net::HostEntropy entropy;
  REHEARSE_ASSIGN_OR_RETURN(const auto host, TransportHost::Make(node, entropy, args[1]));
  REHEARSE_ASSIGN_OR_RETURN(const auto network, host->MakeNetwork());
  if (args[0] == "serve") return Serve(*network, *host);
  const absl::StatusOr<Measures> measures = Dial(node, *host, *network);
  const absl::Status ended = network->AwaitFibers(node.DeadlineIn(absl::Seconds(10)));
  node.Shutdown();
  REHEARSE_RETURN_IF_ERROR(measures.status());
  for (const Measure& measure : *measures) {
    std::printf("%s %.3f\n", measure.name.c_str(), measure.value);
  }
  return ended;
}

absl::Status CheckArgs(const std::vector<std::string>& args) {
  const bool serves = args.size() == 2 && args[0] == "serve";
  const bool dials = args.size() == 5 && args[0] == "dial" &&
                     (args[3] == "stream" || args[3] == "ask" || args[3] == "connect");
  if (serves || dials) return absl::OkStatus();
  return absl::InvalidArgumentError("say what to do");
}

}  // namespace
}  // namespace rehearse::bench

int main(int argc, char** argv) {
  return rehearse::net::RunNode(
      argc, argv, rehearse::bench::RunBench,
      {.description = "How fast is a transport?\n",
       .args_help = "arguments: serve tls|noise|quic, or dial tls|noise|quic ADDRESS WORK SIZE: "
                    "stream SECONDS, ask SECONDS, connect COUNT\n",
       .check_args = rehearse::bench::CheckArgs});
}
