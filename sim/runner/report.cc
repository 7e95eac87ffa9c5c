#include "rehearse/sim/runner/report.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "rehearse/sim/runner/seed_series.h"

namespace rehearse::sim {
namespace {

bool IsPlain(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-_=./:,+@%", absl::string_view(&c, 1));
}

std::string Quoted(absl::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), IsPlain)) return std::string(word);
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

void AddIndented(absl::string_view title, absl::string_view text, std::string& block) {
  if (text.empty()) return;
  absl::StrAppend(&block, title, ":\n");
  for (absl::string_view line : absl::StrSplit(absl::StripTrailingAsciiWhitespace(text), '\n')) {
    absl::StrAppend(&block, "  ", line, "\n");
  }
}

std::string LinesOf(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  return text;
}

}  // namespace

std::string ProgramPath(absl::string_view argv0, const char* test_binary) {
  if (test_binary == nullptr || *test_binary == '\0') return std::string(argv0);
  return absl::StrCat("bazel-bin/", test_binary);
}

std::string ReplayCommand(const Invocation& invocation, const SimTest& test, uint64_t seed,
                          bool checked) {
  std::string command = Quoted(invocation.program);
  if (!invocation.replay.empty()) {
    absl::StrAppend(&command, " --replay=", Quoted(invocation.replay));
  } else {
    absl::StrAppend(&command, " --gtest_filter=", Quoted(test.full_name()), " --seed=", Hex(seed));
  }
  if (checked) absl::StrAppend(&command, " --check_determinism");
  for (const std::string& flag : invocation.flags) absl::StrAppend(&command, " ", Quoted(flag));
  return command;
}

std::string FailureBlock(const Invocation& invocation, const SimTest& test, uint64_t seed,
                         const RunResult& result) {
  std::string block =
      absl::StrCat("A SEED FAILED\ntest:         ", test.full_name(), "\nseed:         ", Hex(seed),
                   "\nverdict:      ", VerdictName(result.verdict), "\n");
  absl::StrAppend(&block, "virtual time: ", result.virtual_time.ToString(), ", ", result.events,
                  " events, hash ", Hex(result.hash), "\nreason:       ",
                  absl::StrReplaceAll(result.reason, {{"\n", "\n              "}}), "\n");
  AddIndented("explanation", result.explanation, block);
  AddIndented("last events", LinesOf(result.last_events), block);
  const bool checked = result.verdict == Verdict::kNondeterminism;
  absl::StrAppend(&block, "REPLAY: ", ReplayCommand(invocation, test, seed, checked), "\n");
  return block;
}

std::string RunLine(const SimTest& test, uint64_t seed, const RunResult& result) {
  return absl::StrCat("seed=", Hex(seed), " hash=", Hex(result.hash), " events=", result.events,
                      " virtual=", result.virtual_time.ToString(),
                      " verdict=", VerdictName(result.verdict), " ", test.full_name());
}

void Totals::Add(const RunResult& result) {
  ++seeds;
  if (result.verdict != Verdict::kGood) ++failures;
  events += result.events;
  virtual_time += result.virtual_time - Instant();
}

void Totals::Add(const Totals& other) {
  seeds += other.seeds;
  failures += other.failures;
  events += other.events;
  virtual_time += other.virtual_time;
}

std::string Totals::ToString(absl::Duration real_time) const {
  const double seconds = std::max(absl::ToDoubleSeconds(real_time), 1e-9);
  return absl::StrFormat(
      "%d seeds, %d failures, %.3f virtual s, %d events in %.3f s: %.1f seeds/s, %.0f events/s",
      seeds, failures, absl::ToDoubleSeconds(virtual_time), events, seconds,
      static_cast<double>(seeds) / seconds, static_cast<double>(events) / seconds);
}

}  // namespace rehearse::sim
