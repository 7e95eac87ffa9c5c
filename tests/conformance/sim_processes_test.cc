// The simulated processes keep the promises of Processes.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/actor.h"
#include "rehearse/sim/process/sim_processes.h"
#include "rehearse/tests/conformance/processes_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::sim {
namespace {

int Copy(SimChild& child) {
  std::string bytes;
  while (true) {
    const auto count = child.ReadIn(1000, bytes);
    if (!count.ok()) return 1;
    if (*count == 0) return 0;
    if (!child.Write(ProcessOutput::kOut, bytes).ok()) return 1;
    bytes.clear();
  }
}

int Say(SimChild& child) {
  const std::vector<std::string>& words = child.options().arguments;
  (void)child.Write(ProcessOutput::kOut, words[0]);
  (void)child.Write(ProcessOutput::kErr, words[1]);
  int code = 0;
  (void)absl::SimpleAtoi(words[2], &code);
  return code;
}

int SleepOn(SimChild&) {
  while (true) (void)Sleep(absl::Hours(1));
}

int Flood(SimChild& child) {
  return child.Write(ProcessOutput::kOut, std::string(1 << 20, '\0')).ok() ? 0 : 1;
}

int Surroundings(SimChild& child) {
  const ProcessOptions& options = child.options();
  absl::string_view name = options.environment[0];
  (void)absl::ConsumePrefix(&name, "NAME=");
  (void)child.Write(ProcessOutput::kOut, absl::StrCat(name, " in ", options.directory));
  return 0;
}

class SimProcessesWorld final : public ProcessesWorld {
 public:
  // Who was killed last has yet to notice.
  ~SimProcessesWorld() override {
    nodes_.Run([] { Pass(absl::Seconds(1)); }, [] {});
    EXPECT_EQ(nodes_.node(0).tasks(), 0u);
  }

  TwoNodes& nodes() override { return nodes_; }
  Processes& processes() override { return processes_; }
  ProcessOptions Program(const std::string& kind, std::vector<std::string> arguments) override {
    return {.program = "/bin/" + kind, .arguments = std::move(arguments)};
  }
  // The asking fiber is a task too.
  bool Lives(int64_t) override { return nodes_.node(0).tasks() > 1; }

 private:
  const Executables executables_ = {{"/bin/copy", Copy},
                                    {"/bin/say", Say},
                                    {"/bin/sleep", SleepOn},
                                    {"/bin/flood", Flood},
                                    {"/bin/surroundings", Surroundings}};
  SimNodes nodes_{LinkOptions()};
  SimProcesses processes_{nodes_.node(0), executables_};
};

INSTANTIATE_TEST_SUITE_P(Sim, ProcessesConformance,
                         testing::Values(ProcessesArm{
                             "", [] { return std::make_unique<SimProcessesWorld>(); }}),
                         [](const auto&) { return "InVirtualTime"; });

}  // namespace
}  // namespace rehearse::sim
