// The host's processes keep the promises of Processes, and leave no descriptors open.

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/processes_conformance.h"

namespace rehearse {
namespace {

class PosixProcessesWorld final : public ProcessesWorld {
 public:
  explicit PosixProcessesWorld(int workers) : nodes_(workers) {
    signal(SIGPIPE, SIG_IGN);  // as RunNode does
  }
  ~PosixProcessesWorld() override {
    nodes_.Run(
        [this] {
          for (int i = 0; i < 5000 && nodes_.processes().open_descriptors() > 0; ++i) {
            Pass(absl::Milliseconds(1));
          }
          EXPECT_EQ(nodes_.processes().open_descriptors(), 0u);
        },
        [] {});
  }

  TwoNodes& nodes() override { return nodes_; }
  Processes& processes() override { return nodes_.processes(); }
  ProcessOptions Program(const std::string& kind, std::vector<std::string> arguments) override {
    const std::string script = kind == "copy"    ? "exec cat"
                               : kind == "sleep" ? "exec sleep 1000"
                               : kind == "flood" ? "exec head -c 1048576 /dev/zero"
                               : kind == "say"   ? "printf %s \"$1\"; printf %s \"$2\" >&2; exit $3"
                                                 : "printf '%s in %s' \"$NAME\" \"$PWD\"";
    arguments.insert(arguments.begin(), {"-c", script, "sh"});
    return {.program = "/bin/sh",
            .arguments = std::move(arguments),
            .environment = {"PATH=/usr/bin:/bin"}};
  }
  // One that has ended, and was not cleared away, lives in this sense.
  bool Lives(int64_t id) override { return kill(static_cast<pid_t>(id), 0) == 0; }

 private:
  LoopbackNodes nodes_;
};

ProcessesArm Workers(int workers) {
  return {absl::StrCat("On", workers, "Workers"),
          [workers] { return std::make_unique<PosixProcessesWorld>(workers); }};
}

INSTANTIATE_TEST_SUITE_P(Posix, ProcessesConformance, testing::Values(Workers(1), Workers(2)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rehearse
