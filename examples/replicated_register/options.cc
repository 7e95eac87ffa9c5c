#include "examples/replicated_register/options.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace examples::replicated_register {
namespace {

absl::Status BadValue(absl::string_view name, absl::string_view value, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(name, "=", value, ": want ", wanted));
}

absl::Status SetCount(absl::string_view name, absl::string_view value, int low, int& out) {
  int parsed = 0;
  if (!absl::SimpleAtoi(value, &parsed) || parsed < low || parsed > 1000000) {
    return BadValue(name, value, absl::StrCat("a number from ", low, " to 1000000"));
  }
  out = parsed;
  return absl::OkStatus();
}

absl::Status SetDuration(absl::string_view name, absl::string_view value, absl::Duration& out) {
  absl::Duration parsed;
  if (!absl::ParseDuration(value, &parsed) || parsed < absl::ZeroDuration()) {
    return BadValue(name, value, "a length of time, as 10s or 250ms");
  }
  out = parsed;
  return absl::OkStatus();
}

absl::Status SetOption(absl::string_view name, absl::string_view value, Options& options) {
  if (name == "--servers") return SetCount(name, value, 1, options.servers);
  if (name == "--workers") return SetCount(name, value, 1, options.workers);
  if (name == "--keys") return SetCount(name, value, 1, options.keys);
  if (name == "--operations") return SetCount(name, value, 0, options.operations);
  if (name == "--time") return SetDuration(name, value, options.time);
  if (name == "--think") return SetDuration(name, value, options.think);
  if (name == "--bug") {
    absl::StatusOr<Bug> bug = ParseBug(std::string(value));
    if (bug.ok()) options.bug = *bug;
    return bug.status();
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown argument ", name));
}

}  // namespace

const char kOptionsHelp[] = R"(What the node is, after "--":
  server                a replica
  client                puts load on the replicas, then prints what it saw and ends
    --servers=N         they are called server-1 to server-N (3)
    --workers=N         operations under way at once (4)
    --keys=N            registers that they use (2)
    --operations=N      for each worker; 0: until the time is over (0)
    --time=LENGTH       (10s)
    --think=LENGTH      the longest pause between two operations of a worker (0)
  --bug=NAME            either: no-write-back, forget-on-restart (none)
)";

absl::StatusOr<Bug> ParseBug(const std::string& name) {
  if (name == "none") return Bug::kNone;
  if (name == "no-write-back") return Bug::kNoWriteBack;
  if (name == "forget-on-restart") return Bug::kForgetOnRestart;
  return BadValue("--bug", name, "none, no-write-back or forget-on-restart");
}

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& args) {
  Options options;
  bool has_role = false;
  for (const std::string& arg : args) {
    if (arg == "server" || arg == "client") {
      if (has_role) return absl::InvalidArgumentError(absl::StrCat("a second role, ", arg));
      options.role = arg == "server" ? Options::Role::kServer : Options::Role::kClient;
      has_role = true;
      continue;
    }
    const size_t equals = arg.find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("unknown argument ", arg));
    }
    const absl::string_view whole = arg;
    const absl::Status status =
        SetOption(whole.substr(0, equals), whole.substr(equals + 1), options);
    if (!status.ok()) return status;
  }
  if (!has_role) return absl::InvalidArgumentError("say \"-- server\" or \"-- client\"");
  return options;
}

}  // namespace examples::replicated_register
