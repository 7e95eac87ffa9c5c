#include "rehearse/sim/runner/in_process.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/runner/crash_page.h"
#include "rehearse/sim/runner/run_seed.h"

namespace rehearse::sim {
namespace {

constexpr unsigned kReportSeconds = 5;

// What the handler reports about; it has no other way to know.
struct Running {
  const SimTest* test;
  uint64_t seed;
  const InProcessOptions* options;
};
const Running* running = nullptr;

// In a handler, with a process in any state: it may fail, but not hang.
void ReportAndExit(CrashPage& page) {
  signal(SIGALRM, [](int) { _exit(static_cast<int>(Verdict::kCrash)); });
  alarm(kReportSeconds);
  OutsideRunMemory outside;
  RunResult result;
  const bool hung = page.signal() == SIGALRM;
  result.verdict = hung ? Verdict::kLiveness : Verdict::kCrash;
  result.reason =
      hung ? absl::StrCat("the run did not end in ",
                          absl::FormatDuration(running->options->hang_timeout), " of real time")
           : SignalName(page.signal());
  result.events = page.events().count;
  result.virtual_time = page.events().last_time();
  result.explanation = absl::StrCat(page.SignalText(), "\n", page.backtrace());
  result.last_events = page.events().Lines();
  const Running& now = *running;
  std::printf("%s\n%s", RunLine(*now.test, now.seed, result).c_str(),
              FailureBlock(now.options->invocation, *now.test, now.seed, result).c_str());
  std::fflush(stdout);
  _exit(static_cast<int>(result.verdict));
}

bool IsDebugged() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "TracerPid:") return (status >> word) && word != "0";
  }
  return false;
}

void SetAlarm(absl::Duration length) {
  itimerval timer = {};
  timer.it_value = absl::ToTimeval(length);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

RunResult RunInProcess(const SimTest& test, uint64_t seed, const InProcessOptions& options) {
  static CrashPage* const page = CrashPage::Map();
  REHEARSE_CHECK(page != nullptr, "no memory for a page of the run's last events");
  const Running now = {&test, seed, &options};
  running = &now;
  page->Reset();
  CatchCrashes(*page, &ReportAndExit);
  RunOptions run;
  run.seed = seed;
  run.args = options.args;
  run.ring = &page->events();
  run.observer = options.observer;
  if (options.on_event != nullptr) {
    run.on_event = [&options](absl::string_view line) {
      OutsideRunMemory outside;
      options.on_event(line);
    };
  }
  run.plan = options.plan;
  run.overrides = options.overrides;
  if (options.on_decision != nullptr) {
    run.on_decision = [&options](const Decision& decision) {
      OutsideRunMemory outside;
      options.on_decision(decision);
    };
  }
  if (!IsDebugged()) SetAlarm(options.hang_timeout);
  const RunResult result = RunSeed(test, run, 0);
  SetAlarm(absl::ZeroDuration());
  return result;
}

}  // namespace rehearse::sim
