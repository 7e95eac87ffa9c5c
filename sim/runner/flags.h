// What the command line and the environment ask of a test binary.

#ifndef REHEARSE_SIM_RUNNER_FLAGS_H_
#define REHEARSE_SIM_RUNNER_FLAGS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rehearse::sim {

inline constexpr uint64_t kDefaultSeeds = 10;

struct Flags {
  std::optional<uint64_t>
      seeds;                // for each test; unset: kDefaultSeeds, or unbounded with a time limit
  uint64_t first_seed = 0;  // number in the test's series
  std::optional<uint64_t> seed;  // this one alone, in this process
  int jobs = 1;
  absl::Duration time_limit = absl::InfiniteDuration();
  absl::Duration hang_timeout = absl::Seconds(60);  // of real time, for one run
  bool check_determinism = false;
  uint64_t check_every = 100;  // 0: never
  bool keep_going = false;
  bool print_runs = false;
  bool require_marks = false;
  std::string trace;         // a file; empty: none
  std::string perfetto;      // the same
  std::string decisions;     // the same
  std::string plan;          // the same
  std::string replay;        // the same; what it says was not looked at yet
  std::string write_replay;  // the same
  bool help = false;
  // What RunOptions.args will be: X for --arg=X, "bug=X" for a declared --bug=X.
  std::vector<std::string> args;
  // What makes a run what it is, besides its seed, as it was given: to be given again for a replay.
  std::vector<std::string> run_flags_as_given;

  // How many seeds each test plays, shards together.
  uint64_t seed_count() const;
};

// Declares --name=VALUE for the programs under test, which find "name=VALUE" in RunOptions.args:
//
//   const bool declared = rehearse::sim::AddFlag("bug", "plants a defect: lost_write, stale_read");
//
// A value that `accepts` turns down is refused as those of other flags are; null accepts all.
// Before main(). The result means nothing.
bool AddFlag(const std::string& name, const std::string& help,
             bool (*accepts)(absl::string_view value) = nullptr);

// Reads REHEARSE_… variables through `environment` (null for an unset one), then the arguments,
// which win. What begins with --gtest_ is left in `arguments`, with the program's name, and all
// else is removed.
//   kInvalidArgument  an unknown flag or a value that isn't one; the message names it
absl::StatusOr<Flags> ParseFlags(std::vector<std::string>& arguments,
                                 const std::function<const char*(const char*)>& environment);

// All flags with their defaults, for --help.
std::string Usage(absl::string_view program);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_FLAGS_H_
