// The main() of test binaries with REHEARSE_TESTs in them; plain TESTs run as ever.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/debugging/symbolize.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/fault/plan_text.h"
#include "rehearse/sim/hermetic/hooks.h"
#include "rehearse/sim/hermetic/reexec.h"
#include "rehearse/sim/runner/build_identity.h"
#include "rehearse/sim/runner/flags.h"
#include "rehearse/sim/runner/replay.h"
#include "rehearse/sim/runner/run_drawing.h"
#include "rehearse/sim/runner/run_seed.h"
#include "rehearse/sim/runner/runner.h"
#include "rehearse/sim/runner/sharding.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/runner/trace_file.h"

namespace rehearse::sim {
namespace {

constexpr int kUsage = 2;

int Refuse(const std::string& program, const absl::Status& why) {
  std::fprintf(stderr, "%s: %s\n\n%s", program.c_str(), std::string(why.message()).c_str(),
               Usage(program).c_str());
  return kUsage;
}

// The flags are good, but not what is in a file that one names.
int RefuseFile(const std::string& program, const absl::Status& why) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), std::string(why.message()).c_str());
  return kUsage;
}

// GoogleTest takes its flags out of `arguments`; what is left besides the program's name is
// unknown.
absl::Status InitGoogleTest(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  testing::InitGoogleTest(&count, pointers.data());
  // Asked for by a flag that it doesn't know, or --gtest_help, GoogleTest prints its own help
  // later.
  if (count <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(pointers[1], ": no such flag"));
}

// Why runs don't repeat in this process, said on stderr once.
absl::Status FirmGround(char* const* argv) {
  absl::Status ground = MakeProcessHermetic(argv);
  if (ground.ok()) ground = CheckHooksInForce();
  if (!ground.ok() && !absl::IsUnimplemented(ground)) {
    std::fprintf(stderr, "rehearse: seeds do not repeat from process to process here: %s\n",
                 std::string(ground.message()).c_str());
  }
  return ground;
}

const char* FromEnvironment(const char* name) { return getenv(name); }

// Reads the file that --replay names, and makes its run the only one.
absl::Status LoadReplay(const BuildIdentity& build, Flags& flags, std::optional<Replay>& replay) {
  if (flags.replay.empty()) return absl::OkStatus();
  absl::StatusOr<Replay> read = ReadReplay(flags.replay);
  if (!read.ok()) return read.status();
  const auto has_name = [&](const SimTest& test) { return test.full_name() == read->test; };
  if (std::none_of(SimTests().begin(), SimTests().end(), has_name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(flags.replay, ": there is no test ", read->test, " in this program"));
  }
  if (read->written_by.build != build.build) {
    std::printf("replay: written at commit %s by build %s; this is build %s at commit %s\n",
                read->written_by.commit.c_str(), read->written_by.build.c_str(),
                build.build.c_str(), build.commit.c_str());
  }
  testing::GTEST_FLAG(filter) = read->test;
  flags.seed = read->seed;
  flags.args.insert(flags.args.begin(), read->args.begin(), read->args.end());
  replay = *std::move(read);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const absl::Status ground = FirmGround(argv);
  std::vector<std::string> arguments(argv, argv + argc);
  const std::string program = ProgramPath(arguments.at(0), getenv("TEST_BINARY"));
  absl::StatusOr<Flags> flags = ParseFlags(arguments, &FromEnvironment);
  if (!flags.ok()) return Refuse(program, flags.status());
  if (flags->help) {
    std::fputs(Usage(program).c_str(), stdout);
    return 0;
  }
  const absl::StatusOr<Shard> shard = TakeShard();
  if (!shard.ok()) return Refuse(program, shard.status());
  if (absl::Status known = InitGoogleTest(arguments); !known.ok()) return Refuse(program, known);
  RunnerOptions options;
  options.build = IdentifyBuild(&FromEnvironment);
  if (absl::Status loaded = LoadReplay(options.build, *flags, options.replay); !loaded.ok()) {
    return RefuseFile(program, loaded);
  }
  LeaveOutPlainTestsOfOthers(*shard);
  if (SimTests().empty() || testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();

  options.shard = *shard;
  options.invocation = {program, flags->run_flags_as_given, flags->replay};
  options.hermetic = ground;
  if (!flags->plan.empty()) {
    absl::StatusOr<FaultPlan> plan = ReadFaultPlan(flags->plan);
    if (!plan.ok()) return RefuseFile(program, plan.status());
    options.plan = *std::move(plan);
  }
  if (!flags->trace.empty()) {
    absl::StatusOr<std::unique_ptr<TraceFile>> trace = TraceFile::Create("trace", flags->trace);
    if (!trace.ok()) return Refuse(program, trace.status());
    options.trace = *std::move(trace);
  }
  if (!flags->perfetto.empty()) {
    absl::StatusOr<std::unique_ptr<RunDrawing>> drawing = RunDrawing::Create(flags->perfetto);
    if (!drawing.ok()) return Refuse(program, drawing.status());
    options.drawing = *std::move(drawing);
  }
  if (!flags->decisions.empty()) {
    absl::StatusOr<std::unique_ptr<TraceFile>> decisions =
        TraceFile::Create("decisions", flags->decisions);
    if (!decisions.ok()) return Refuse(program, decisions.status());
    options.decisions = *std::move(decisions);
  }
  options.flags = *std::move(flags);
  absl::InitializeSymbolizer(argv[0]);
  absl::StatusOr<std::unique_ptr<Runner>> runner = Runner::Start(std::move(options));
  if (!runner.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(),
                 std::string(runner.status().message()).c_str());
    return 1;
  }
  WarmUp();
  SetSimTestRunner(runner->get());
  return (*runner)->Finish(RUN_ALL_TESTS());
}

}  // namespace
}  // namespace rehearse::sim

int main(int argc, char** argv) { return rehearse::sim::Main(argc, argv); }
