// A node for real: one process, one node, on the host's clock, threads and sockets.

#ifndef REHEARSE_NET_NODE_RUN_NODE_H_
#define REHEARSE_NET_NODE_RUN_NODE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "rehearse/actor/node.h"

namespace rehearse::net {

struct RunNodeOptions {
  std::string description = {};  // the first lines of --help
  std::string args_help = {};    // what may follow "--"
  // Looks at what follows "--" before anything is started. May be null.
  std::function<absl::Status(const std::vector<std::string>& args)> check_args = {};
};

//   int main(int argc, char** argv) { return rehearse::net::RunNode(argc, argv, Program); }
//
// Reads the command line (--help tells it), runs `program` on a node, and serves on until SIGINT,
// SIGTERM (unless an actor takes it, actor/signals.h) or node.Shutdown(); then stops program and
// actors, newest first, and closes what is open. Whoever takes longer than stop_timeout is killed
// and, if even that fails, named; a second signal ends the process at once, with 1. Returns the
// process's exit code: 0 when all ended well, 1 when the program failed or the node could not be
// built, 2 when the command line is wrong. Says why on stderr. A service manager that has set
// NOTIFY_SOCKET is told when the node listens and the program begins, that it lives
// (WATCHDOG_USEC), and when it stops. Call it once, from main, before there are threads.
int RunNode(int argc, char** argv, Program program, const RunNodeOptions& options = {});

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_RUN_NODE_H_
