// A node that says which signals it hears. What follows "--" are those that it listens for; the
// second that it hears ends it.

#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/node/run_node.h"

namespace rehearse {
namespace {

class Ear : public Actor {
 public:
  void Handle(const Signal& signal) {
    node().log().Write(Severity::kInfo, absl::StrCat("heard ", SignalName(signal)));
    if (++heard_ == 2) node().Shutdown();
  }

 private:
  int heard_ = 0;
};

absl::Status Listen(Node& node) {
  const auto ear = node.Spawn<Ear>();
  for (size_t i = 0; i < kSignals; ++i) {
    const auto signal = static_cast<Signal>(i);
    for (const std::string& arg : node.args()) {
      if (arg == SignalName(signal)) SignalsOf(node).Subscribe(signal, ear);
    }
  }
  node.log().Write(Severity::kInfo, "all ears");
  return absl::OkStatus();
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) { return rehearse::net::RunNode(argc, argv, rehearse::Listen); }
