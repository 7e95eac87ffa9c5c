#include "examples/dht_node/command_line.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/multiaddr.h"

namespace examples::dht_node {
namespace {

using Command = CommandLine::Command;
namespace net = rehearse::net;

struct CommandForm {
  absl::string_view name;
  Command command;
  size_t words;
};

constexpr CommandForm kCommands[] = {
    {"serve", Command::kServe, 0},     {"put", Command::kPut, 2},   {"get", Command::kGet, 1},
    {"provide", Command::kProvide, 1}, {"find", Command::kFind, 1}, {"peers", Command::kPeers, 0},
    {"ping", Command::kPing, 1},
};

absl::StatusOr<net::KadPeer> ParsePeer(absl::string_view text) {
  REHEARSE_ASSIGN_OR_RETURN(const net::Multiaddr address, net::Multiaddr::Parse(text));
  const std::optional<net::PeerId> id = address.peer();
  if (id.has_value()) return net::KadPeer{*id, {address.WithoutPeer().ToBytes()}};
  return absl::InvalidArgumentError(
      absl::StrCat("--join=", text, ": say who is there, as in ", text, "/p2p/12D3Koo..."));
}

// Others are told the address, so it must be one that they can dial.
absl::Status CheckListen(absl::string_view text) {
  REHEARSE_ASSIGN_OR_RETURN(const net::Multiaddr address, net::Multiaddr::Parse(text));
  const std::string host = address.parts.empty() ? "" : address.parts.front().value;
  if (host != "0.0.0.0" && host != "::") return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--listen=", text, ": name the address that others reach this node at"));
}

absl::Status TakeFlag(absl::string_view flag, CommandLine& line) {
  if (flag == "--mdns") {
    line.mdns = true;
  } else if (absl::ConsumePrefix(&flag, "--network=")) {
    line.network = std::string(flag);
  } else if (absl::ConsumePrefix(&flag, "--key=")) {
    line.key_file = std::string(flag);
  } else if (absl::ConsumePrefix(&flag, "--listen=")) {
    REHEARSE_RETURN_IF_ERROR(CheckListen(flag));
    line.listen = std::string(flag);
  } else if (absl::ConsumePrefix(&flag, "--join=")) {
    REHEARSE_ASSIGN_OR_RETURN(net::KadPeer peer, ParsePeer(flag));
    line.join.push_back(std::move(peer));
  } else {
    return absl::InvalidArgumentError(absl::StrCat("there is no ", flag, " behind the --"));
  }
  return absl::OkStatus();
}

absl::Status TakeCommand(const std::vector<std::string>& words, CommandLine& line) {
  for (const CommandForm& form : kCommands) {
    if (form.name != words.front()) continue;
    line.command = form.command;
    line.words.assign(words.begin() + 1, words.end());
    if (line.words.size() == form.words) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(form.name, " takes ", form.words, " words, not ", line.words.size()));
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", words.front(), "\" is no command"));
}

}  // namespace

const char kCommandLineHelp[] =
    R"(arguments: [--network=NAME] [--key=FILE] [--listen=ADDRESS] [--join=ADDRESS]... [--mdns] COMMAND

  --network=NAME    the protocol is /NAME/kad/1.0.0; "rehearse" unless said, the public one is "ipfs"
  --key=FILE        this node's key, made if there is none; without it, a new one each time
  --listen=ADDRESS  serves others there, as /ip4/192.0.2.1/tcp/4001; without it, a client that asks
  --join=ADDRESS    a server to join by, as /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo...
  --mdns            joins by servers on the networks that this host is on, too, and lets itself be found

commands:
  serve             answers others until it is told to end; so it does without a command
  put NAME TEXT     stores TEXT, signed, under NAME and this node's id, for 50 minutes; says the key.
                    Others than dht_nodes may not take it
  get KEY           says what is stored there
  provide TEXT      says what TEXT is called, and that this node has it, until it is told to end
  find TEXT         says who has TEXT; or what is called so, as Qm...
  peers             says whom this node knows when it has joined
  ping ADDRESS      says how long the peer takes to answer; /p2p/12D3Koo... alone is looked up
)";

absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& args) {
  CommandLine line;
  auto word = args.begin();
  for (; word != args.end() && word->rfind("--", 0) == 0; ++word) {
    REHEARSE_RETURN_IF_ERROR(TakeFlag(*word, line));
  }
  if (word != args.end()) REHEARSE_RETURN_IF_ERROR(TakeCommand({word, args.end()}, line));
  const bool serves = line.command == Command::kServe || line.command == Command::kProvide;
  if (!serves || !line.listen.empty()) return line;
  return absl::InvalidArgumentError("say where others reach it: --listen=/ip4/192.0.2.1/tcp/4001");
}

}  // namespace examples::dht_node
