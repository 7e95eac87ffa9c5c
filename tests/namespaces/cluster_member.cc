// A member of the judged cluster as a process. After "--": the file that its history goes to, a
// line an event, each written before it goes on; what is in it outlives kill -9. SIGUSR1: it rests.
// SIGUSR2: its mortal dies.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/node/run_node.h"
#include "rehearse/tests/cluster/members.h"

namespace rehearse::cluster {
namespace {

class Recorder final : public Witness {
 public:
  void Begin(const std::string& path) {
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    REHEARSE_CHECK(fd_ >= 0, path + " can't be made");
  }
  void Note(const Node& /*node*/, const Event& event) override {
    const std::string line = absl::StrCat(event.ToString(), "\n");
    REHEARSE_CHECK(write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size()),
                   "an event can't be written");
  }

 private:
  int fd_ = -1;
};

// Told by signals which phase it is.
class Ear : public Actor {
 public:
  explicit Ear(std::atomic<Phase>& phase) : phase_(phase) {}
  void Handle(const Signal& signal) {
    phase_ = signal == Signal::kUser1 ? Phase::kRests : Phase::kDies;
  }

 private:
  std::atomic<Phase>& phase_;
};

absl::Status CheckArgs(const std::vector<std::string>& args) {
  if (args.size() == 1) return absl::OkStatus();
  return absl::InvalidArgumentError("say where the history goes");
}

}  // namespace
}  // namespace rehearse::cluster

int main(int argc, char** argv) {
  using namespace rehearse::cluster;
  std::atomic<Phase> phase{Phase::kBusy};
  Recorder recorder;
  const auto program = [&](rehearse::Node& node) -> absl::Status {
    const auto ear = node.Spawn<Ear>(std::ref(phase));
    rehearse::SignalsOf(node).Subscribe(rehearse::Signal::kUser1, ear);
    rehearse::SignalsOf(node).Subscribe(rehearse::Signal::kUser2, ear);
    recorder.Begin(node.args().front());
    return RunMember(node, {}, recorder, phase);
  };
  return rehearse::net::RunNode(argc, argv, program, {.check_args = CheckArgs});
}
