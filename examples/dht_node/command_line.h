// What a dht_node is told to do: what follows "--" on its command line.

#ifndef EXAMPLES_DHT_NODE_COMMAND_LINE_H_
#define EXAMPLES_DHT_NODE_COMMAND_LINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/net/kademlia/kad_peer.h"

namespace examples::dht_node {

struct CommandLine {
  enum class Command : uint8_t { kServe, kPut, kGet, kProvide, kFind, kPeers, kPing };

  std::string network = "rehearse";  // "/<network>/kad/1.0.0"
  std::string key_file;              // empty: a key that ends with the process
  std::string listen;                // empty: a client
  std::vector<rehearse::net::KadPeer> join;
  bool mdns = false;  // and by those that are found on the host's networks
  Command command = Command::kServe;
  std::vector<std::string> words;  // the command's: as many as it takes
};

//   kInvalidArgument  the message says which word is wrong, and what would do.
absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& args);

// For --help.
extern const char kCommandLineHelp[];

}  // namespace examples::dht_node

#endif  // EXAMPLES_DHT_NODE_COMMAND_LINE_H_
