#include "rehearse/net/node/node_flags.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/posix/worker_cpus.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/quic/quic_address.h"
#include "rehearse/net/socket/ip_address.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {
namespace {

// Told now, not when somebody dials it.
absl::Status CheckAddress(absl::string_view flag, absl::string_view address) {
  const absl::StatusOr<Multiaddr> parsed = Multiaddr::Parse(address);
  absl::Status status = parsed.status();
  if (parsed.ok()) {
    status = IsForQuic(*parsed) ? ParseQuicAddress(*parsed).status()
                                : ParseTcpAddress(parsed->WithoutPeer().ToString()).status();
  }
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", status.message()));
}

bool IsForQuic(const std::string& address) {
  const absl::StatusOr<Multiaddr> parsed = Multiaddr::Parse(address);
  return parsed.ok() && IsForQuic(*parsed);
}

absl::Status SetSecurity(absl::string_view value, NodeFlags& flags) {
  using Security = NodeFlags::Security;
  if (value == "none") {
    flags.security = Security::kNone;
  } else if (value == "libp2p") {
    flags.security = Security::kLibp2p;
  } else if (value == "tls") {
    flags.security = Security::kTls;
  } else if (value == "noise") {
    flags.security = Security::kNoise;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--security=", value, ": want none, libp2p, tls or noise"));
  }
  return absl::OkStatus();
}

// Whoever names a peer's id means that nobody else is talked to.
absl::Status CheckPeers(const NodeFlags& flags) {
  if (flags.security != NodeFlags::Security::kNone) return absl::OkStatus();
  if (!flags.identity.empty() && !flags.uses_quic()) {
    return absl::InvalidArgumentError(
        "--identity: nobody is shown it without --security=libp2p or an address of QUIC");
  }
  for (const auto& [name, address] : flags.peers) {
    if (IsForQuic(address) || !Multiaddr::Parse(address)->peer().has_value()) continue;
    return absl::InvalidArgumentError(absl::StrCat("--peer=", name, "=", address,
                                                   ": over TCP, a peer's id is proved with "
                                                   "--security=libp2p alone"));
  }
  return absl::OkStatus();
}

absl::Status AddAllowed(absl::string_view value, NodeFlags& flags) {
  if (!flags.allow.has_value()) flags.allow.emplace();
  for (const absl::string_view text : absl::StrSplit(value, ',')) {
    const absl::StatusOr<PeerId> peer = PeerId::Parse(text);
    if (!peer.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--allow=", value, ": ", peer.status().message()));
    }
    flags.allow->insert(*peer);
  }
  return absl::OkStatus();
}

// A list keeps nobody out where nobody proves who he is.
absl::Status CheckAllowed(const NodeFlags& flags) {
  const bool plain = flags.security == NodeFlags::Security::kNone;
  if (!flags.allow.has_value() || !plain) return absl::OkStatus();
  if (!flags.listen.empty() && IsForQuic(flags.listen)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--allow: peers prove who they are with --security=libp2p or where --listen is an address of "
      "QUIC");
}

absl::Status AddPeer(absl::string_view value, NodeFlags& flags) {
  const size_t equals = value.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--peer=", value, ": want NAME=ADDRESS, as b=/ip4/127.0.0.1/tcp/8020"));
  }
  const absl::string_view name = value.substr(0, equals);
  for (const auto& [other, address] : flags.peers) {
    if (other == name) {
      return absl::InvalidArgumentError(absl::StrCat("--peer=", value, ": the node ", name,
                                                     " has an address already, ", address));
    }
  }
  flags.peers.emplace_back(name, value.substr(equals + 1));
  return CheckAddress(absl::StrCat("--peer=", value), flags.peers.back().second);
}

absl::Status AddWhere(absl::string_view value, NodeFlags& flags) {
  const size_t equals = value.find('=');
  if (equals == absl::string_view::npos || equals == 0 || equals + 1 == value.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--where=", value, ": want NAME=NODE, as counter=server-1"));
  }
  const absl::string_view name = value.substr(0, equals);
  for (const auto& [other, node] : flags.where) {
    if (other == name) {
      return absl::InvalidArgumentError(
          absl::StrCat("--where=", value, ": ", name, " is on ", node, " already"));
    }
  }
  flags.where.emplace_back(name, value.substr(equals + 1));
  return absl::OkStatus();
}

// "9464", "127.0.0.1:9464" or "[::1]:9464".
absl::Status SetMetrics(absl::string_view value, NodeFlags& flags) {
  const size_t colon = value.rfind(':');
  absl::string_view host = colon == absl::string_view::npos ? "127.0.0.1" : value.substr(0, colon);
  const absl::string_view port = colon == absl::string_view::npos ? value : value.substr(colon + 1);
  std::optional<std::string> ip = CanonicalIp4(host);
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    ip = CanonicalIp6(host);
    if (ip) ip = absl::StrCat("[", *ip, "]");
  }
  uint32_t number = 0;
  if (!ip || !absl::SimpleAtoi(port, &number) || number > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--metrics=", value, ": want PORT or IP:PORT, as 9464 or 127.0.0.1:9464"));
  }
  flags.metrics = absl::StrCat(*ip, ":", number);
  return absl::OkStatus();
}

absl::Status SetPin(absl::string_view value, NodeFlags& flags) {
  flags.pin = std::string(value);
  if (value == "none" || value == "auto") return absl::OkStatus();
  const absl::Status status = ParseCpuList(value).status();
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("--pin=", value, ": want none, auto or a list of CPUs: ", status.message()));
}

absl::Status SetNames(absl::string_view value, NodeFlags& flags) {
  if (value == "fixed") {
    flags.names = NodeFlags::Names::kFixed;
  } else if (value == "kademlia") {
    flags.names = NodeFlags::Names::kKademlia;
  } else if (value == "gossip") {
    flags.names = NodeFlags::Names::kGossip;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--names=", value, ": want fixed, gossip or kademlia"));
  }
  return absl::OkStatus();
}

absl::Status SetMdns(absl::string_view value, NodeFlags& flags) {
  if (value == "none") {
    flags.mdns = NodeFlags::Mdns::kNone;
  } else if (value == "lan") {
    flags.mdns = NodeFlags::Mdns::kLan;
  } else if (value == "loopback") {
    flags.mdns = NodeFlags::Mdns::kLoopback;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--mdns=", value, ": want none, lan or loopback"));
  }
  return absl::OkStatus();
}

absl::Status AddBootstrap(absl::string_view value, NodeFlags& flags) {
  for (const absl::string_view address : absl::StrSplit(value, ',')) {
    REHEARSE_RETURN_IF_ERROR(CheckAddress(absl::StrCat("--bootstrap=", value), address));
    flags.bootstrap.emplace_back(address);
  }
  return absl::OkStatus();
}

// Members dial each other.
absl::Status CheckGossip(const NodeFlags& flags) {
  if (flags.listen.empty()) {
    return absl::InvalidArgumentError("--names=gossip: others have to reach this node: --listen");
  }
  const bool anywhere = absl::StrContains(flags.listen, "/ip4/0.0.0.0/") ||
                        absl::StrContains(flags.listen, "/ip6/::/");
  if (!anywhere || !flags.advertise.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen=", flags.listen, ": say where others reach this node: --advertise=ADDRESS"));
}

// Whoever is found has to prove that it is the peer that was told of; and somebody has to be told.
absl::Status CheckMdns(const NodeFlags& flags) {
  if (flags.mdns == NodeFlags::Mdns::kNone) return absl::OkStatus();
  if (flags.names == NodeFlags::Names::kFixed) {
    return absl::InvalidArgumentError(
        "--mdns: nobody is joined without --names=gossip or --names=kademlia");
  }
  const bool proves = flags.security != NodeFlags::Security::kNone ||
                      (!flags.listen.empty() && IsForQuic(flags.listen));
  if (!proves) {
    return absl::InvalidArgumentError(
        "--mdns: peers that are found prove who they are with --security=libp2p or where --listen "
        "is an address of QUIC");
  }
  const std::string& address = flags.advertise.empty() ? flags.listen : flags.advertise;
  const bool is_loopback = absl::StartsWith(address, "/ip4/127.");
  if (flags.mdns == NodeFlags::Mdns::kLoopback || !is_loopback) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--mdns=lan: nobody else on a network reaches ",
                                                 address, "; want --mdns=loopback"));
}

// Names of a distributed hash table are believed because of the keys of those who have them.
absl::Status CheckKademlia(const NodeFlags& flags, bool named) {
  for (const std::string& address : flags.bootstrap) {
    if (Multiaddr::Parse(address)->peer().has_value()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--bootstrap=", address, ": want addresses that end with /p2p/ID"));
  }
  if (named) {
    return absl::InvalidArgumentError(
        "--name: with --names=kademlia a node is called by its peer id");
  }
  if (!flags.where.empty()) {
    return absl::InvalidArgumentError("--where: --names=kademlia finds names by itself");
  }
  const bool proves = flags.security != NodeFlags::Security::kNone ||
                      (!flags.listen.empty() && IsForQuic(flags.listen));
  if (proves) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--names=kademlia: nodes prove who they are with --security=libp2p or where --listen is an "
      "address of QUIC");
}

absl::Status CheckNames(const NodeFlags& flags, bool named) {
  using Names = NodeFlags::Names;
  if (!flags.advertise.empty() && flags.names != Names::kGossip) {
    return absl::InvalidArgumentError("--advertise: nobody is told without --names=gossip");
  }
  if (flags.names == Names::kGossip) return CheckGossip(flags);
  if (flags.names == Names::kKademlia) return CheckKademlia(flags, named);
  if (flags.bootstrap.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--bootstrap: nobody is joined without --names=gossip or --names=kademlia");
}

absl::Status SetFlag(absl::string_view flag, absl::string_view value, NodeFlags& flags) {
  if (flag == "--name") {
    if (value.empty() || value.find('@') != absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--name=", value, ": a name is not empty and has no @"));
    }
    flags.name = std::string(value);
  } else if (flag == "--listen") {
    flags.listen = std::string(value);
    return CheckAddress(absl::StrCat("--listen=", value), value);
  } else if (flag == "--peer") {
    return AddPeer(value, flags);
  } else if (flag == "--where") {
    return AddWhere(value, flags);
  } else if (flag == "--names") {
    return SetNames(value, flags);
  } else if (flag == "--bootstrap") {
    return AddBootstrap(value, flags);
  } else if (flag == "--mdns") {
    return SetMdns(value, flags);
  } else if (flag == "--advertise") {
    flags.advertise = std::string(value);
    return CheckAddress(absl::StrCat("--advertise=", value), value);
  } else if (flag == "--allow") {
    return AddAllowed(value, flags);
  } else if (flag == "--security") {
    return SetSecurity(value, flags);
  } else if (flag == "--identity") {
    if (value.empty()) return absl::InvalidArgumentError("--identity=: want a file's name");
    flags.identity = std::string(value);
  } else if (flag == "--state_dir") {
    flags.state_dir = std::string(value);
  } else if (flag == "--workers") {
    if (!absl::SimpleAtoi(value, &flags.workers) || flags.workers < 1 || flags.workers > 64) {
      return absl::InvalidArgumentError(
          absl::StrCat("--workers=", value, ": want a number from 1 to 64"));
    }
  } else if (flag == "--pin") {
    return SetPin(value, flags);
  } else if (flag == "--metrics") {
    return SetMetrics(value, flags);
  } else if (flag == "--trace") {
    if (value.empty()) return absl::InvalidArgumentError("--trace=: want a file's name");
    flags.trace = std::string(value);
  } else if (flag == "--inspect") {
    if (value.empty()) return absl::InvalidArgumentError("--inspect=: want a socket's path");
    flags.inspect = std::string(value);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("unknown flag ", flag));
  }
  return absl::OkStatus();
}

}  // namespace

const char kNodeFlagsHelp[] = R"(The node:
  --name=NAME           unique in its cluster (node)
  --listen=ADDRESS      where others dial it: over TCP, as /ip4/127.0.0.1/tcp/8020, or over QUIC, as
                        /ip4/127.0.0.1/udp/8020/quic-v1; port 0 finds a free one
  --peer=NAME=ADDRESS   where the node NAME is; once for each. Over QUIC, or with security, it may
                        end with /p2p/ID: then nobody but the peer with that key is talked to
  --security=KIND       of TCP; none: plain, for loopback alone; libp2p: encrypted connections
                        between authenticated peers, by TLS 1.3 or Noise; tls or noise: by that
                        alone. The same for all nodes. QUIC is always encrypted, its peers always
                        authenticated (none)
  --allow=ID[,ID...]    the only peers that may connect or are dialled, by their ids; may be given
                        several times. Without it, anybody may
  --identity=FILE       the node's private key; made if it is not there. Without this flag it is
                        identity.key in the state_dir, or one that ends with the process
  --where=NAME=NODE     which node has the actor NAME, so that it is found without @NODE; once for
                        each
  --names=KIND          who knows which actor has which name. fixed: what --where says. gossip: the
                        nodes of a cluster tell each other who they are, where, and what their names
                        are; tens of nodes. kademlia: a distributed hash table among the nodes; then
                        each is called by its peer id, and needs --security=libp2p or QUIC (fixed)
  --bootstrap=ADDRESS[,ADDRESS...]
                        nodes to join by; for kademlia with /p2p/ID at the end. May be given several
                        times; the first node needs none
  --mdns=KIND           finds other nodes by multicast DNS, and lets them find this one, beside
                        --bootstrap. lan: on the networks that the host is on, over IPv4; loopback:
                        on the host itself. For gossip or kademlia, and with --security=libp2p or
                        QUIC; who is found has to prove its peer id (none)
  --advertise=ADDRESS   where others dial this node, if that is not what it listens to; for gossip
  --state_dir=DIR       where the node counts its starts. Without one it takes each for its first
  --workers=N           threads that run actors, 1 to 64 (1)
  --pin=none|auto|LIST  keeps each worker on a CPU of its own: auto, on the first that the process
                        may use; or of a list, as 0,2,4-7 (none)
  --metrics=ADDRESS     serves figures to Prometheus at http://ADDRESS/metrics: a port, then on
                        loopback, or IP:PORT; port 0 finds a free one
  --trace=FILE          writes what actors handle to FILE, for ui.perfetto.dev
  --inspect=PATH        shows the actors, as they are, at the Unix socket PATH; see tools/top
  --help
)";

bool NodeFlags::uses_quic() const {
  return IsForQuic(listen) || std::any_of(peers.begin(), peers.end(),
                                          [](const auto& peer) { return IsForQuic(peer.second); });
}

absl::StatusOr<NodeFlags> ParseNodeFlags(int argc, const char* const* argv) {
  NodeFlags flags;
  std::set<absl::string_view> seen;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    if (arg == "--") {
      flags.args.assign(argv + i + 1, argv + argc);
      break;
    }
    if (arg == "--help" || arg == "-h") {
      flags.help = true;
      continue;
    }
    const size_t equals = arg.find('=');
    if (!absl::StartsWith(arg, "--") || equals == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown flag ", arg, " (the program's own arguments come after --)"));
    }
    const absl::string_view name = arg.substr(0, equals);
    const bool repeats =
        name == "--peer" || name == "--where" || name == "--allow" || name == "--bootstrap";
    if (!repeats && !seen.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat(arg, ": ", name, " was given before"));
    }
    const absl::Status status = SetFlag(name, arg.substr(equals + 1), flags);
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckPeers(flags); !status.ok()) return status;
  if (absl::Status status = CheckAllowed(flags); !status.ok()) return status;
  if (absl::Status status = CheckNames(flags, seen.contains("--name")); !status.ok()) return status;
  if (absl::Status status = CheckMdns(flags); !status.ok()) return status;
  return flags;
}

}  // namespace rehearse::net
