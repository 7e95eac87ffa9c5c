#include "rehearse/sim/runner/flags.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace rehearse::sim {
namespace {

constexpr int kJobsMax = 1024;

struct DeclaredFlag {
  std::string help;
  bool (*accepts)(absl::string_view value);
};

// By name, so that --help is in order.
std::map<std::string, DeclaredFlag>& Declared() {
  static auto* const flags = new std::map<std::string, DeclaredFlag>();
  return *flags;
}

template <typename T>
bool ParseNumber(absl::string_view text, T& out) {
  if (absl::StartsWith(text, "0x") || absl::StartsWith(text, "0X")) {
    return absl::SimpleHexAtoi(text, &out);
  }
  return absl::SimpleAtoi(text, &out);
}

bool ParseSwitch(absl::string_view text, bool& out) {
  return text.empty() ? (out = true) : absl::SimpleAtob(text, &out);
}

bool ParseLength(absl::string_view text, absl::Duration& out) {
  return absl::ParseDuration(text, &out) && out > absl::ZeroDuration();
}

// One flag: its name, what --help says, and what it does with a value. Some have no value, some may
// leave it out.
struct FlagSpec {
  const char* name;
  const char* placeholder;  // "=N" in the help; "" for a switch
  const char* help;
  const char* variable;  // of the environment; null for none
  bool (*apply)(absl::string_view value, Flags& flags);
};

constexpr FlagSpec kSpecs[] = {
    {"seeds", "=N", "play the first N seeds of each test (default 10; with --time_limit, no bound)",
     "REHEARSE_SEEDS",
     [](absl::string_view value, Flags& flags) {
       return ParseNumber(value, flags.seeds.emplace()) && *flags.seeds > 0;
     }},
    {"first_seed", "=K", "begin at number K of each test's series (default 0)", nullptr,
     [](absl::string_view value, Flags& flags) { return ParseNumber(value, flags.first_seed); }},
    {"seed", "=S",
     "play seed S alone, whatever --seeds says, decimal or 0x…; in this very process, for a "
     "debugger, "
     "if one test is selected",
     "REHEARSE_SEED",
     [](absl::string_view value, Flags& flags) {
       return ParseNumber(value, flags.seed.emplace());
     }},
    {"jobs", "=J", "play in J processes at once (default 1)", "REHEARSE_JOBS",
     [](absl::string_view value, Flags& flags) {
       return ParseNumber(value, flags.jobs) && flags.jobs >= 1 && flags.jobs <= kJobsMax;
     }},
    {"time_limit", "=DURATION",
     "begin no seed after this long, say 90s or 2h, divided evenly among the tests (default none)",
     "REHEARSE_TIME_LIMIT",
     [](absl::string_view value, Flags& flags) { return ParseLength(value, flags.time_limit); }},
    {"hang_timeout", "=DURATION",
     "end a run that takes longer than this of real time (default 60s)", nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.run_flags_as_given.push_back(absl::StrCat("--hang_timeout=", value));
       return ParseLength(value, flags.hang_timeout);
     }},
    {"check_determinism", "",
     "play every seed twice, with memory placed and filled otherwise, and compare (default false)",
     "REHEARSE_CHECK_DETERMINISM",
     [](absl::string_view value, Flags& flags) {
       return ParseSwitch(value, flags.check_determinism);
     }},
    {"check_every", "=N", "otherwise do so with one seed in N (default 100; 0 for none)", nullptr,
     [](absl::string_view value, Flags& flags) { return ParseNumber(value, flags.check_every); }},
    {"stop_at_first_failure", "", "leave a test at the first seed that fails (default true)",
     nullptr,
     [](absl::string_view value, Flags& flags) {
       bool stop = true;
       const bool good = ParseSwitch(value, stop);
       flags.keep_going = !stop;
       return good;
     }},
    {"keep_going", "", "play all seeds whatever fails (default false)", nullptr,
     [](absl::string_view value, Flags& flags) { return ParseSwitch(value, flags.keep_going); }},
    {"print_runs", "",
     "print a line for each run: seed, hash, events, virtual time (default false)", nullptr,
     [](absl::string_view value, Flags& flags) { return ParseSwitch(value, flags.print_runs); }},
    {"require_marks", "",
     "fail if a SOMETIMES, REACHABLE or ALWAYS was met in no run; done anyway after 1000 seeds of "
     "all "
     "tests (default false)",
     "REHEARSE_REQUIRE_MARKS",
     [](absl::string_view value, Flags& flags) { return ParseSwitch(value, flags.require_marks); }},
    {"trace", "=FILE",
     "write each event of each run to FILE, one run after another, so with one job (default none)",
     "REHEARSE_TRACE",
     [](absl::string_view value, Flags& flags) {
       flags.trace = std::string(value);
       return !value.empty();
     }},
    {"perfetto", "=FILE",
     "with --seed, draw the run to FILE for ui.perfetto.dev: who handled what, and who sent it "
     "(default none)",
     nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.perfetto = std::string(value);
       return !value.empty();
     }},
    {"plan", "=FILE",
     "inject the faults that FILE says, a line each, where a test injects a swarm (default none)",
     nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.plan = std::string(value);
       flags.run_flags_as_given.push_back(absl::StrCat("--plan=", value));
       return !value.empty();
     }},
    {"replay", "=FILE",
     "play what FILE says, in this very process: a test, a seed, and decisions that are taken "
     "otherwise; what no longer applies is reported (default none)",
     "REHEARSE_REPLAY",
     [](absl::string_view value, Flags& flags) {
       flags.replay = std::string(value);
       return !value.empty();
     }},
    {"write_replay", "=FILE",
     "write a FILE for --replay of the first seed that fails, or of that of --seed or --replay "
     "(default none)",
     nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.write_replay = std::string(value);
       return !value.empty();
     }},
    {"decisions", "=FILE",
     "with --seed or --replay, write each decision of the run to FILE, as --replay takes them "
     "(default none)",
     nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.decisions = std::string(value);
       return !value.empty();
     }},
    {"arg", "=TEXT", "give TEXT to the programs under test; may be repeated", nullptr,
     [](absl::string_view value, Flags& flags) {
       flags.args.emplace_back(value);
       flags.run_flags_as_given.push_back(absl::StrCat("--arg=", value));
       return true;
     }},
};

const FlagSpec* Find(absl::string_view name) {
  const auto* const found = std::find_if(std::begin(kSpecs), std::end(kSpecs),
                                         [&](const FlagSpec& spec) { return name == spec.name; });
  return found == std::end(kSpecs) ? nullptr : found;
}

absl::Status Wrong(absl::string_view given, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(given, ": ", why));
}

absl::Status ReadEnvironment(const std::function<const char*(const char*)>& environment,
                             Flags& flags) {
  for (const FlagSpec& spec : kSpecs) {
    const char* const value = spec.variable == nullptr ? nullptr : environment(spec.variable);
    if (value == nullptr || *value == '\0') continue;
    if (!spec.apply(value, flags)) {
      return Wrong(absl::StrCat(spec.variable, "=", value), "not a value of that variable");
    }
  }
  if (const char* const args = environment("REHEARSE_ARGS")) {
    for (absl::string_view arg : absl::StrSplit(args, ' ', absl::SkipEmpty())) {
      Find("arg")->apply(arg, flags);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadDeclared(const std::string& given, absl::string_view name, bool has_value,
                          Flags& flags) {
  const auto declared = Declared().find(std::string(name));
  if (declared == Declared().end()) return Wrong(given, "no such flag");
  if (!has_value) return Wrong(given, "this flag wants =VALUE");
  const absl::string_view value = absl::string_view(given).substr(name.size() + 3);
  if (declared->second.accepts != nullptr && !declared->second.accepts(value)) {
    return Wrong(given, absl::StrCat("not a value of that flag, which ", declared->second.help));
  }
  flags.args.push_back(given.substr(2));
  flags.run_flags_as_given.push_back(given);
  return absl::OkStatus();
}

absl::Status ReadArgument(const std::string& given, Flags& flags) {
  if (given == "--help" || given == "-h") {
    flags.help = true;
    return absl::OkStatus();
  }
  absl::string_view rest = given;
  if (!absl::ConsumePrefix(&rest, "--")) return Wrong(given, "not a flag");
  const size_t equals = rest.find('=');
  const bool has_value = equals != absl::string_view::npos;
  const absl::string_view name = rest.substr(0, equals);
  const FlagSpec* const spec = Find(name);
  if (spec == nullptr) return ReadDeclared(given, name, has_value, flags);
  const bool is_switch = *spec->placeholder == '\0';
  if (!has_value && !is_switch) {
    return Wrong(given, absl::StrCat("this flag wants ", spec->placeholder));
  }
  const absl::string_view value = has_value ? rest.substr(equals + 1) : absl::string_view();
  if ((has_value && value.empty() && is_switch) || !spec->apply(value, flags)) {
    return Wrong(given, "not a value of that flag");
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t Flags::seed_count() const {
  if (seed.has_value()) return 1;
  if (seeds.has_value()) return *seeds;
  return time_limit == absl::InfiniteDuration() ? kDefaultSeeds : UINT64_MAX - first_seed;
}

bool AddFlag(const std::string& name, const std::string& help,
             bool (*accepts)(absl::string_view value)) {
  Declared()[name] = {help, accepts};
  return true;
}

absl::StatusOr<Flags> ParseFlags(std::vector<std::string>& arguments,
                                 const std::function<const char*(const char*)>& environment) {
  Flags flags;
  if (absl::Status read = ReadEnvironment(environment, flags); !read.ok()) return read;
  std::vector<std::string> left;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& given = arguments[i];
    if (i == 0 || absl::StartsWith(given, "--gtest_")) {
      left.push_back(given);
    } else if (absl::Status read = ReadArgument(given, flags); !read.ok()) {
      return read;
    }
  }
  arguments = std::move(left);
  const bool one_run = flags.seed.has_value() || !flags.replay.empty();
  if (!flags.perfetto.empty() && !one_run) {
    return Wrong(absl::StrCat("--perfetto=", flags.perfetto), "this flag wants --seed=S, too");
  }
  if (!flags.decisions.empty() && !one_run) {
    return Wrong(absl::StrCat("--decisions=", flags.decisions), "this flag wants --seed=S, too");
  }
  if (!flags.replay.empty() && (flags.seed.has_value() || flags.check_determinism)) {
    return Wrong(absl::StrCat("--replay=", flags.replay),
                 "the file says which seed, and it is played once: no --seed and no "
                 "--check_determinism beside it");
  }
  return flags;
}

std::string Usage(absl::string_view program) {
  std::string text = absl::StrCat("usage: ", program, " [FLAG]...\n\n");
  const auto add = [&text](const std::string& flag, absl::string_view help) {
    absl::StrAppendFormat(&text, "  %-26s %s\n", flag, help);
  };
  for (const FlagSpec& spec : kSpecs)
    add(absl::StrCat("--", spec.name, spec.placeholder), spec.help);
  for (const auto& [name, flag] : Declared()) add(absl::StrCat("--", name, "=VALUE"), flag.help);
  add("--gtest_filter=PATTERN", "select tests; GoogleTest's other flags work too (--gtest_help)");
  absl::StrAppend(&text, "\nThe environment says the same, where no flag does:\n ");
  for (const FlagSpec& spec : kSpecs) {
    if (spec.variable != nullptr) absl::StrAppend(&text, " ", spec.variable);
  }
  absl::StrAppend(&text, " REHEARSE_ARGS\n",
                  "\nExit codes: 0 good, 1 a plain test failed, 2 usage, 10 crash, 11 liveness, "
                  "12 safety,\n13 nondeterminism; of several, that of the first test and lowest "
                  "seed that failed.\n");
  return text;
}

}  // namespace rehearse::sim
