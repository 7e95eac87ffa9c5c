// A node over secure TCP or over QUIC that listens, or dials a peer and tries it:
//
//   libp2p_peer -- listen tls|noise|quic
//   libp2p_peer -- dial tls|noise|quic ADDRESS
//
// Prints "listening ADDRESS", until it is ended by a signal; or "ok CHECK" and "failed CHECK: WHY",
// a line a check.

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/node/run_node.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/tests/integration/interop/interop_checks.h"
#include "rehearse/tests/integration/interop/interop_protocols.h"

namespace rehearse::net {
namespace {

void Print(absl::string_view line) {
  std::printf("%s\n", std::string(line).c_str());
  std::fflush(stdout);
}

// Who the node is.
struct Keys {
  HostEntropy entropy;
  Identity identity = Identity::Generate(entropy);
  std::unique_ptr<TlsKeys> tls;
};

absl::StatusOr<std::unique_ptr<Keys>> MakeKeys(const Node& node) {
  auto keys = std::make_unique<Keys>();
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node.clock().WallTime());
  REHEARSE_ASSIGN_OR_RETURN(keys->tls, TlsKeys::Make(keys->identity, keys->entropy, now));
  return keys;
}

absl::StatusOr<std::unique_ptr<Libp2pNetwork>> MakeNetwork(Node& node, Keys& keys,
                                                           const std::string& transport) {
  if (transport == "quic") {
    QuicNetworkOptions options;
    options.protocols = InteropProtocols();
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<Libp2pNetwork> quic,
                              QuicNetwork::Make(SocketsOf(node), node,
                                                {keys.identity, keys.entropy, *keys.tls}, options));
    return quic;
  }
  SecureTcpOptions options;
  options.securities = {transport == "tls" ? "/tls/1.0.0" : "/noise"};
  options.protocols = InteropProtocols();
  return std::make_unique<SecureTcpNetwork>(
      SocketsOf(node), node, SecureIdentity{keys.identity, keys.entropy, keys.tls.get()}, options);
}

// Notes that the process is told to end, which the program then does in good order.
class EndWatch : public Actor {
 public:
  explicit EndWatch(std::shared_ptr<std::atomic<bool>> told) : told_(std::move(told)) {}
  void Handle(const Signal&) { told_->store(true); }

 private:
  const std::shared_ptr<std::atomic<bool>> told_;
};

absl::Status AwaitSignal(Node& node) {
  const auto told = std::make_shared<std::atomic<bool>>(false);
  const auto watch = node.Spawn<EndWatch>(told);
  SignalsOf(node).Subscribe(Signal::kTerminate, watch);
  SignalsOf(node).Subscribe(Signal::kInterrupt, watch);
  while (!told->load()) REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(20)));
  return absl::OkStatus();
}

absl::Status Listen(Node& node, Libp2pNetwork& network, const std::string& transport) {
  REHEARSE_ASSIGN_OR_RETURN(const auto listener,
                            network.Listen(transport == "quic" ? "/ip4/127.0.0.1/udp/0/quic-v1"
                                                               : "/ip4/127.0.0.1/tcp/0"));
  Print(absl::StrCat("listening ", listener->address()));
  return AwaitSignal(node);
}

absl::Status Dial(Libp2pNetwork& network, Entropy& entropy, const std::string& address) {
  int failures = 0;
  RunInteropChecks({network, entropy, address},
                   [&](absl::string_view name, const absl::Status& status) {
                     if (status.ok()) return Print(absl::StrCat("ok ", name));
                     ++failures;
                     Print(absl::StrCat("failed ", name, ": ", status.ToString()));
                   });
  if (failures == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(failures, " checks failed"));
}

absl::Status RunPeer(Node& node) {
  const std::vector<std::string>& args = node.args();
  REHEARSE_ASSIGN_OR_RETURN(const std::unique_ptr<Keys> keys, MakeKeys(node));
  REHEARSE_ASSIGN_OR_RETURN(const auto network, MakeNetwork(node, *keys, args[1]));
  const absl::Status status = args[0] == "listen" ? Listen(node, *network, args[1])
                                                  : Dial(*network, keys->entropy, args[2]);
  const absl::Status ended = network->AwaitFibers(node.DeadlineIn(absl::Seconds(10)));
  node.Shutdown();
  return status.ok() ? ended : status;
}

absl::Status CheckArgs(const std::vector<std::string>& args) {
  const bool listens = args.size() == 2 && args[0] == "listen";
  const bool dials = args.size() == 3 && args[0] == "dial";
  const bool known =
      args.size() > 1 && (args[1] == "tls" || args[1] == "noise" || args[1] == "quic");
  return (listens || dials) && known ? absl::OkStatus()
                                     : absl::InvalidArgumentError("say what to do");
}

}  // namespace
}  // namespace rehearse::net

int main(int argc, char** argv) {
  return rehearse::net::RunNode(
      argc, argv, rehearse::net::RunPeer,
      {.description = "A node over secure TCP or QUIC, for tests with other libp2p's.\n",
       .args_help = "arguments: listen tls|noise|quic, or dial tls|noise|quic ADDRESS\n",
       .check_args = rehearse::net::CheckArgs});
}
