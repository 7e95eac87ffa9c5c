// A replay file: all that makes a run what it is, as text.
//
//   rehearse replay 1
//   test "ReplicatedRegister.IsLinearizable"
//   seed 0x1af76e79e6ad2fc6
//   commit 1f0c…
//   build 5ad1…
//   arg "bug=no-write-back"
//   decision "schedule" 17 choice 5 = 2
//
// The seed decides what no line does. The lines are those of --decisions, so that one can be copied
// and its choice edited. A later build plays it too: what it does not decide any more is reported,
// and changes nothing. Empty lines, and those that begin with #, say nothing.

#ifndef REHEARSE_SIM_RUNNER_REPLAY_H_
#define REHEARSE_SIM_RUNNER_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/runner/build_identity.h"
#include "rehearse/sim/schedule/decision.h"

namespace rehearse::sim {

struct Replay {
  static constexpr int kVersion = 1;

  std::string test;
  uint64_t seed = 0;
  BuildIdentity written_by;
  std::vector<std::string> args = {};  // RunOptions.args
  std::vector<Decision> decisions = {};

  std::string ToString() const;
};

// `name` is the file's, for errors:
//   kInvalidArgument  "NAME:LINE:COLUMN: expected …, found …"
absl::StatusOr<Replay> ParseReplay(absl::string_view name, absl::string_view text);

// The same of a file, of at most 64 MiB.
//   kNotFound, kUnavailable  it can't be read; the message says why.
absl::StatusOr<Replay> ReadReplay(const std::string& path);

// Overwrites. The message of any error names the file and what the host said.
absl::Status WriteReplay(const std::string& path, const Replay& replay);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_REPLAY_H_
