// A node with the counter, or one with a visitor, for real.

#include <cstdio>
#include <functional>

#include "absl/strings/str_cat.h"
#include "examples/cluster_counter/counter.h"
#include "examples/cluster_counter/visitor.h"
#include "rehearse/net/node/run_node.h"

namespace {

using examples::cluster_counter::Serve;
using examples::cluster_counter::Visitor;
using examples::cluster_counter::Witness;

constexpr char kDescription[] =
    "A counter on one node, and a visitor on another that counts on it once a second, is told of\n"
    "its death, and finds its next life.\n";

constexpr char kArgsHelp[] = R"(What the node is, after "--":
  serve          has the counter. With --state_dir each start of the node is another life of it;
                 without one each is the first, and a visitor may take it for the one it has met
  visit [NAME]   counts on the actor NAME (counter@server)

A counter and its visitor, in two terminals:
  cluster_counter --name=server --listen=/ip4/127.0.0.1/tcp/8020 --state_dir=DIR -- serve
  cluster_counter --name=visitor --peer=server=/ip4/127.0.0.1/tcp/8020 -- visit
Over QUIC both addresses are /ip4/127.0.0.1/udp/8020/quic-v1, and nothing else is different.

The same by the counter's name alone; ADDRESS is where the first says that it listens:
  cluster_counter --names=kademlia --security=libp2p --listen=/ip4/127.0.0.1/tcp/8020 \
      --state_dir=DIR -- serve
  cluster_counter --names=kademlia --security=libp2p --bootstrap=ADDRESS -- visit counter
With --mdns=loopback for both, there is no need of ADDRESS.
)";

class Printer final : public Witness {
 public:
  void Met(const std::string& counter) override { Print(absl::StrCat("met ", counter)); }
  void Asks(const std::string&) override {}
  void Counted(const std::string&, int64_t count) override {
    Print(absl::StrCat("the count is ", count));
  }
  void Unanswered(const absl::Status& status) override {
    Print(absl::StrCat("no answer: ", status.message()));
  }
  void Died(const std::string& counter, const rehearse::ExitReason& reason) override {
    Print(absl::StrCat(counter, " is dead: ", reason.ToString()));
  }

 private:
  static void Print(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
};

absl::Status CheckArgs(const std::vector<std::string>& args) {
  if (args.size() == 1 && args[0] == "serve") return absl::OkStatus();
  if ((args.size() == 1 || args.size() == 2) && args[0] == "visit") return absl::OkStatus();
  return absl::InvalidArgumentError("say \"-- serve\" or \"-- visit [NAME]\"");
}

}  // namespace

int main(int argc, char** argv) {
  Printer printer;
  const auto program = [&printer](rehearse::Node& node) -> absl::Status {
    if (node.args().front() == "serve") return Serve(node);
    const std::string name = node.args().size() == 2 ? node.args()[1] : "counter@server";
    node.Spawn<Visitor>(name, absl::Seconds(1), std::ref<Witness>(printer));
    return absl::OkStatus();
  };
  return rehearse::net::RunNode(
      argc, argv, program,
      {.description = kDescription, .args_help = kArgsHelp, .check_args = CheckArgs});
}
