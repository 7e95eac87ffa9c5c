// For real: what follows "--" is the command; --help tells them all.

#include <cstdio>
#include <string>

#include "examples/dht_node/command_line.h"
#include "examples/dht_node/dht_node.h"
#include "rehearse/actor/blocking.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/node/identity_file.h"
#include "rehearse/net/node/run_node.h"

namespace {

namespace dht_node = examples::dht_node;
namespace net = rehearse::net;

void Print(absl::string_view line) {
  std::printf("%s\n", std::string(line).c_str());
  std::fflush(stdout);
}

absl::StatusOr<net::Identity> FindIdentity(const std::string& file, net::Entropy& entropy) {
  if (file.empty()) return net::Identity::Generate(entropy);
  return rehearse::RunBlocking([&] { return net::ReadOrMakeIdentityFile(file, entropy); });
}

absl::Status Program(rehearse::Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(const dht_node::CommandLine line,
                            dht_node::ParseCommandLine(node.args()));
  net::HostEntropy entropy;
  const absl::StatusOr<net::Identity> identity = FindIdentity(line.key_file, entropy);
  absl::Status status = identity.status();
  if (status.ok()) status = dht_node::RunDhtNode(node, {*identity, entropy}, line, Print);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  return net::RunNode(argc, argv, Program,
                      {.description = "A node of a distributed hash table, over libp2p on TCP.\n",
                       .args_help = dht_node::kCommandLineHelp,
                       .check_args = [](const std::vector<std::string>& args) {
                         return dht_node::ParseCommandLine(args).status();
                       }});
}
