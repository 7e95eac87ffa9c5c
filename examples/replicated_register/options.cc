#include "examples/replicated_register/options.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

template <typename T>
using Names = std::vector<std::pair<absl::string_view, T>>;

const Names<Recovery> kRecoveries = {
    {"none", Recovery::kNone},
    {"disk", Recovery::kDisk},
    {"crash-vectors", Recovery::kCrashVectors},
};

const Names<Bug> kBugs = {
    {"none", Bug::kNone},
    {"no-write-back", Bug::kNoWriteBack},
    {"forget-on-restart", Bug::kForgetOnRestart},
    {"ack-before-fsync", Bug::kAckBeforeFsync},
    {"fsync-error-ignored", Bug::kFsyncErrorIgnored},
    {"no-directory-sync", Bug::kNoDirectorySync},
    {"no-checksum", Bug::kNoChecksum},
    {"no-position", Bug::kNoPosition},
    {"naive-recovery", Bug::kNaiveRecovery},
};

template <typename T>
absl::StatusOr<T> ParseNamed(absl::string_view flag, absl::string_view name,
                             const Names<T>& names) {
  std::vector<absl::string_view> all;
  for (const auto& [known, value] : names) {
    if (known == name) return value;
    all.push_back(known);
  }
  return BadValue(flag, name, absl::StrCat("one of ", absl::StrJoin(all, ", ")));
}

template <typename T>
absl::Status SetNamed(const absl::StatusOr<T>& parsed, T& out) {
  if (parsed.ok()) out = *parsed;
  return parsed.status();
}

absl::Status SetOption(absl::string_view name, absl::string_view value, Options& options) {
  if (name == "--servers") return SetCount(name, value, 1, options.servers);
  if (name == "--workers") return SetCount(name, value, 1, options.workers);
  if (name == "--keys") return SetCount(name, value, 1, options.keys);
  if (name == "--value_bytes") return SetCount(name, value, 0, options.value_bytes);
  if (name == "--operations") return SetCount(name, value, 0, options.operations);
  if (name == "--time") return SetDuration(name, value, options.time);
  if (name == "--think") return SetDuration(name, value, options.think);
  if (name == "--data") options.data = std::string(value);
  if (name == "--data") return absl::OkStatus();
  if (name == "--recovery") return SetNamed(ParseRecovery(value), options.recovery);
  if (name == "--bug") return SetNamed(ParseBug(value), options.bug);
  return absl::InvalidArgumentError(absl::StrCat("unknown argument ", name));
}

}  // namespace

const char kOptionsHelp[] = R"(What the node is, after "--":
  server                a replica
    --recovery=HOW      what it knows of its earlier lives: none; disk; or crash-vectors: what the
                        other servers know, which are its --peer too, while --state_dir tells it
                        that it had any (none)
    --data=DIR          the directory of its log, with disk; it must be there (.)
    --servers=N         they are called server-1 to server-N (3)
  client                puts load on the replicas, then prints what it saw and ends
    --servers=N         the same
    --workers=N         operations under way at once (4)
    --keys=N            registers that they use (2)
    --value_bytes=N     the least length of what they write (0)
    --operations=N      for each worker; 0: until the time is over (0)
    --time=LENGTH       (10s)
    --think=LENGTH      the longest pause between two operations of a worker (0)
  --bug=NAME            either: no-write-back; forget-on-restart, with recovery none;
                        ack-before-fsync, fsync-error-ignored, no-directory-sync, no-checksum,
                        no-position, with recovery disk; naive-recovery, with recovery
                        crash-vectors (none)
)";

absl::StatusOr<Recovery> ParseRecovery(absl::string_view name) {
  return ParseNamed("--recovery", name, kRecoveries);
}

absl::StatusOr<Bug> ParseBug(absl::string_view name) { return ParseNamed("--bug", name, kBugs); }

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
