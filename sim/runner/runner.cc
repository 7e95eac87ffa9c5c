#include "rehearse/sim/runner/runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "rehearse/sim/runner/in_process.h"
#include "rehearse/sim/runner/progress.h"

namespace rehearse::sim {
namespace {

constexpr uint64_t kBlocksMax = 10;  // of one test; then a line for each failing seed
constexpr int kVerifierServers = 2;
constexpr uint64_t kSeedsForMarks = 1000;  // fewer need not show all that there is to show

void Print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

bool IsSimTest(const std::string& suite, const std::string& name) {
  return std::any_of(SimTests().begin(), SimTests().end(),
                     [&](const SimTest& test) { return test.suite == suite && test.name == name; });
}

// Of the tests that GoogleTest runs in this process, how many play seeds.
uint64_t CountSelectedTests() {
  uint64_t selected = 0;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (test.should_run() && IsSimTest(suite.name(), test.name())) ++selected;
    }
  }
  return selected;
}

absl::StatusOr<std::vector<SeedServer>> StartServers(int count, const SeedProcessOptions& options) {
  std::vector<SeedServer> servers;
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<SeedServer> server = SeedServer::Start(options);
    if (!server.ok()) return server.status();
    servers.push_back(*std::move(server));
  }
  return servers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Runner>> Runner::Start(RunnerOptions options) {
  const SeedProcessOptions process = {
      .args = options.flags.args, .plan = options.plan, .hang_timeout = options.flags.hang_timeout};
  // With a trace there is one, so that its runs are one after another.
  const int jobs = options.trace != nullptr ? 1 : options.flags.jobs;
  absl::StatusOr<std::vector<SeedServer>> servers = StartServers(jobs, process);
  if (!servers.ok()) return servers.status();
  absl::StatusOr<std::vector<SeedServer>> spare = StartServers(kVerifierServers, process);
  if (!spare.ok()) return spare.status();
  Verifier verifier(std::move((*spare)[0]), std::move((*spare)[1]), options.hermetic.ok());
  return std::unique_ptr<Runner>(
      new Runner(std::move(options), *std::move(servers), std::move(verifier)));
}

Runner::Runner(RunnerOptions options, std::vector<SeedServer> servers, Verifier verifier)
    : options_(std::move(options)),
      start_(absl::Now()),
      servers_(std::move(servers)),
      verifier_(std::move(verifier)) {}

void Runner::RunTest(size_t index) {
  const SimTest& test = SimTests()[index];
  const Flags& flags = options_.flags;
  ++tests_begun_;
  blocks_ = 0;
  if (flags.check_determinism && !options_.hermetic.ok()) {
    first_failure_ = first_failure_.value_or(Verdict::kNondeterminism);
    ADD_FAILURE_AT(test.file, test.line)
        << "--check_determinism has no answer here: " << options_.hermetic.message();
  } else if (flags.seed.has_value() && !flags.check_determinism && CountSelectedTests() == 1) {
    PlayHere(test, *flags.seed);
  } else if (options_.drawing != nullptr || options_.decisions != nullptr) {
    ADD_FAILURE_AT(test.file, test.line)
        << (options_.drawing != nullptr ? "--perfetto draws" : "--decisions writes down")
        << " one run: select one test with --gtest_filter";
  } else {
    PlaySeeds(index);
  }
}

int Runner::Finish(int result) {
  if (totals_.seeds > 0) Print("TOTAL: " + totals_.ToString(absl::Now() - start_));
  if (options_.trace != nullptr) result = Worse(result, options_.trace->Close());
  if (options_.drawing != nullptr) result = Worse(result, options_.drawing->Close());
  if (options_.decisions != nullptr) result = Worse(result, options_.decisions->Close());
  result = Worse(result, replay_status_);
  if (totals_.seeds > 0 && marks_.any()) result = JudgeMarks(result);
  return first_failure_.has_value() ? static_cast<int>(*first_failure_) : result;
}

bool Runner::MarksAreRequired() const {
  const bool all = options_.shard.total == 1 && CountSelectedTests() == SimTests().size() &&
                   first_failure_ == std::nullopt;
  return options_.flags.require_marks || (all && totals_.seeds >= kSeedsForMarks);
}

int Runner::JudgeMarks(int result) const {
  Print(marks_.ToString());
  const std::vector<std::string> missing = marks_.Missing();
  if (missing.empty()) return result;
  for (const std::string& mark : missing) Print("in no run: " + mark);
  return MarksAreRequired() ? std::max(result, 1) : result;
}

int Runner::Worse(int result, const absl::Status& done) {
  if (done.ok()) return result;
  std::fprintf(stderr, "%s\n", std::string(done.message()).c_str());
  return std::max(result, 1);
}

void Runner::PlayHere(const SimTest& test, uint64_t seed) {
  InProcessOptions here;
  here.args = options_.flags.args;
  here.plan = options_.plan;
  here.hang_timeout = options_.flags.hang_timeout;
  here.invocation = options_.invocation;
  here.observer = options_.drawing.get();
  if (options_.trace != nullptr) {
    options_.trace->BeginRun(test.full_name(), seed);
    here.on_event = [this](absl::string_view line) { options_.trace->Write(line); };
  }
  if (options_.decisions != nullptr) {
    options_.decisions->BeginRun(test.full_name(), seed);
    here.on_decision = [this](const Decision& decision) {
      options_.decisions->Write(decision.ToString());
    };
  }
  if (options_.replay.has_value()) here.overrides = options_.replay->decisions;
  const RunResult result = RunInProcess(test, seed, here);
  for (const std::string& line : result.unapplied) Print("decision " + line);
  Judge(test, seed, result, totals_);
}

void Runner::PlaySeeds(size_t index) {
  const SimTest& test = SimTests()[index];
  const absl::Time begin = absl::Now();
  const absl::Time deadline = DeadlineOfTest(begin);
  const uint64_t goal = options_.flags.seed_count();
  Progress progress(test.full_name(),
                    {.terminal = isatty(STDERR_FILENO) == 1,
                     .start = begin,
                     .seeds_goal = goal > UINT64_MAX / 2 ? UINT64_MAX : goal / options_.shard.total,
                     .deadline = deadline});
  Totals totals;
  uint64_t next = 0;
  std::optional<uint64_t> traced;
  Sweep sweep(servers_, {static_cast<uint32_t>(index), options_.trace != nullptr});
  sweep.Play([&] { return NextPlan(index, next, deadline); },
             [&](const SeedOutcome& outcome) {
               const RunResult result = verifier_.Verify(static_cast<uint32_t>(index), outcome);
               const bool good = result.verdict == Verdict::kGood;
               if (!good) progress.Finish();
               Judge(test, outcome.plan.seed, result, totals);
               progress.Update(totals.seeds, totals.failures, absl::Now());
               return good || options_.flags.keep_going;
             },
             [&](const SeedPlan& plan, absl::string_view line) {
               if (traced != plan.index) options_.trace->BeginRun(test.full_name(), plan.seed);
               traced = plan.index;
               options_.trace->Write(line);
             });
  progress.Finish();
  totals_.Add(totals);
  if (totals.seeds > 0)
    Print(absl::StrCat(test.full_name(), ": ", totals.ToString(absl::Now() - begin)));
}

// Number `next` of those that are this shard's.
std::optional<SeedPlan> Runner::NextPlan(size_t index, uint64_t& next, absl::Time deadline) const {
  const Flags& flags = options_.flags;
  const uint64_t count = flags.seed_count();
  while (next < count && !options_.shard.Plays(index * count + next)) ++next;
  if (next >= count || absl::Now() >= deadline) return std::nullopt;
  const SimTest& test = SimTests()[index];
  const uint64_t number = flags.first_seed + next++;
  SeedPlan plan;
  plan.index = number;
  plan.seed = flags.seed.has_value() ? *flags.seed : SeedOf(test.suite, test.name, number);
  plan.check =
      flags.check_determinism ||
      (flags.check_every != 0 && number % flags.check_every == 0 && options_.hermetic.ok());
  return plan;
}

// The time that is left, by the tests that are.
absl::Time Runner::DeadlineOfTest(absl::Time now) const {
  if (options_.flags.time_limit == absl::InfiniteDuration()) return absl::InfiniteFuture();
  const uint64_t tests_left = std::max(CountSelectedTests(), tests_begun_) - tests_begun_ + 1;
  return now + (start_ + options_.flags.time_limit - now) / static_cast<int64_t>(tests_left);
}

void Runner::Judge(const SimTest& test, uint64_t seed, const RunResult& result, Totals& totals) {
  totals.Add(result);
  marks_.Add(result.marks);
  if (options_.flags.print_runs || options_.flags.seed.has_value()) {
    Print(RunLine(test, seed, result));
  }
  const bool good = result.verdict == Verdict::kGood;
  if (!good || options_.flags.seed.has_value()) WriteReplayOnce(test, seed);
  if (!good) Report(test, seed, result);
}

void Runner::WriteReplayOnce(const SimTest& test, uint64_t seed) {
  if (options_.flags.write_replay.empty() || std::exchange(replay_written_, true)) return;
  Replay replay = {.test = test.full_name(),
                   .seed = seed,
                   .written_by = options_.build,
                   .args = options_.flags.args};
  if (options_.replay.has_value()) replay.decisions = options_.replay->decisions;
  replay_status_ = WriteReplay(options_.flags.write_replay, replay);
}

void Runner::Report(const SimTest& test, uint64_t seed, const RunResult& result) {
  first_failure_ = first_failure_.value_or(result.verdict);
  if (++blocks_ <= kBlocksMax) {
    ADD_FAILURE_AT(test.file, test.line) << FailureBlock(options_.invocation, test, seed, result);
  } else {
    ADD_FAILURE_AT(test.file, test.line) << RunLine(test, seed, result);
  }
}

}  // namespace rehearse::sim
