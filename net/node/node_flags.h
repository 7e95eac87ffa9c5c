// The command line of a node's process.

#ifndef REHEARSE_NET_NODE_NODE_FLAGS_H_
#define REHEARSE_NET_NODE_NODE_FLAGS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

struct NodeFlags {
  enum class Security : uint8_t { kNone, kLibp2p, kTls, kNoise };  // of TCP

  std::string name = "node";
  std::string listen;  // a multiaddr; empty: nobody can dial this node
  std::vector<std::pair<std::string, std::string>> peers;  // name, multiaddr
  std::vector<std::pair<std::string, std::string>> where;  // name, node
  // Who knows which actor has which name.
  enum class Names : uint8_t { kFixed, kKademlia, kGossip };
  Names names = Names::kFixed;
  std::vector<std::string> bootstrap;  // multiaddrs; for kKademlia with /p2p/ID
  // Where others are looked for without being told of.
  enum class Mdns : uint8_t { kNone, kLan, kLoopback };
  Mdns mdns = Mdns::kNone;
  std::string advertise;  // where others dial this node; empty: at what it listens to
  Security security = Security::kNone;
  // Those that may connect, and be dialled; nothing: anybody may.
  std::optional<std::set<PeerId>> allow;
  std::string identity;  // a file; empty: in state_dir, if there is one
  std::string state_dir;
  int workers = 1;
  std::string pin = "none";  // "auto", or a list of CPUs, which is one
  std::string metrics;       // "127.0.0.1:9464"; empty: nobody counts
  std::string trace;         // a file; empty: nobody draws
  std::string inspect;       // a Unix socket's path; empty: nobody looks
  bool help = false;
  std::vector<std::string> args;  // what follows --

  // An address is QUIC's.
  bool uses_quic() const;
  // The node proves to others who it is.
  bool proves_itself() const { return security != Security::kNone || uses_quic(); }
};

//   kInvalidArgument  an unknown flag, or a value that can't be; the message names it.
absl::StatusOr<NodeFlags> ParseNodeFlags(int argc, const char* const* argv);

// The flags, for --help.
extern const char kNodeFlagsHelp[];

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_FLAGS_H_
