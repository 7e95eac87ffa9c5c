// One node of the replicated register, for real.

#include <cstdio>

#include "examples/replicated_register/options.h"
#include "examples/replicated_register/workload.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  using namespace examples::replicated_register;  // NOLINT: a main
  return rehearse::net::RunNode(
      argc, argv,
      [](rehearse::Node& node) -> absl::Status {
        return RunRegister(node, [&node](const LoadReport& report) {
          std::printf("%s\n", report.ToString().c_str());
          std::fflush(stdout);
          node.Shutdown();
        });
      },
      {.description = "A node of a replicated register: a server, or a client that puts load on "
                      "the servers.",
       .args_help = kOptionsHelp,
       .check_args = [](const std::vector<std::string>& args) {
         return ParseOptions(args).status();
       }});
}
