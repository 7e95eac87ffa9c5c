#include "rehearse/sim/runner/replay.h"

#include <errno.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/runner/seed_series.h"
#include "rehearse/sim/schedule/line_cursor.h"

namespace rehearse::sim {
namespace {

constexpr size_t kFileBytesMax = size_t{64} << 20;
constexpr char kExpectedKey[] = "test, seed, commit, build, arg or decision";

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

absl::Status ReadTitle(LineCursor& line) {
  REHEARSE_RETURN_IF_ERROR(line.Take("rehearse"));
  REHEARSE_RETURN_IF_ERROR(line.Take("replay"));
  const std::string expected = absl::StrCat("the version ", Replay::kVersion);
  REHEARSE_ASSIGN_OR_RETURN(const int64_t version, line.Integer(expected));
  return version == Replay::kVersion ? line.TakeEnd() : line.WrongWord(expected);
}

absl::Status ReadLine(LineCursor& line, std::set<std::string>& seen, Replay& replay) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view key, line.Word(kExpectedKey));
  if (key == "decision") {
    REHEARSE_ASSIGN_OR_RETURN(Decision decision, ParseDecision(line));
    replay.decisions.push_back(std::move(decision));
    return absl::OkStatus();
  }
  if (key == "arg") {
    REHEARSE_ASSIGN_OR_RETURN(std::string arg, line.Quoted("an argument"));
    replay.args.push_back(std::move(arg));
    return line.TakeEnd();
  }
  const bool known = key == "test" || key == "seed" || key == "commit" || key == "build";
  if (!known || !seen.insert(std::string(key)).second) {
    return line.WrongWord(known ? absl::StrCat("one line of ", key, ", not two") : kExpectedKey);
  }
  if (key == "test") {
    REHEARSE_ASSIGN_OR_RETURN(replay.test, line.Quoted("a test's name"));
  } else if (key == "seed") {
    REHEARSE_ASSIGN_OR_RETURN(replay.seed, line.Unsigned("a seed"));
  } else {
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word("a hash, or unknown"));
    (key == "commit" ? replay.written_by.commit : replay.written_by.build) = std::string(word);
  }
  return line.TakeEnd();
}

bool SaysNothing(absl::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  return stripped.empty() || stripped[0] == '#';
}

absl::StatusOr<Replay> ParseLines(absl::string_view text) {
  Replay replay;
  std::set<std::string> seen;
  bool titled = false;
  int number = 0;
  for (const absl::string_view content : absl::StrSplit(text, '\n')) {
    ++number;
    if (SaysNothing(content)) continue;
    LineCursor line(content, number);
    REHEARSE_RETURN_IF_ERROR(titled ? ReadLine(line, seen, replay) : ReadTitle(line));
    titled = true;
  }
  LineCursor end("", number);
  if (!titled) return end.Wrong(absl::StrCat("rehearse replay ", Replay::kVersion));
  for (const char* const key : {"test", "seed"}) {
    if (seen.count(key) == 0) return end.Wrong(absl::StrCat("a line of ", key));
  }
  return replay;
}

absl::Status Failed(absl::string_view what, const std::string& path, int error) {
  const std::string message = absl::StrCat(what, " ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
}

// A file need not say it.
absl::string_view OrUnknown(absl::string_view hash) { return hash.empty() ? "unknown" : hash; }

}  // namespace

std::string Replay::ToString() const {
  std::string text = absl::StrCat("rehearse replay ", kVersion, "\ntest ", InQuotes(test),
                                  "\nseed ", Hex(seed), "\ncommit ", OrUnknown(written_by.commit),
                                  "\nbuild ", OrUnknown(written_by.build), "\n");
  for (const std::string& arg : args) absl::StrAppend(&text, "arg ", InQuotes(arg), "\n");
  for (const Decision& decision : decisions) {
    absl::StrAppend(&text, "decision ", decision.ToString(), "\n");
  }
  return text;
}

absl::StatusOr<Replay> ParseReplay(absl::string_view name, absl::string_view text) {
  absl::StatusOr<Replay> replay = ParseLines(text);
  if (replay.ok()) return replay;
  return absl::InvalidArgumentError(absl::StrCat(name, ":", replay.status().message()));
}

absl::StatusOr<Replay> ReadReplay(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"),
                  [](std::FILE* f) { return f == nullptr ? 0 : std::fclose(f); });
  if (file == nullptr) return Failed("read replay", path, errno);
  std::string text;
  char buffer[4096];
  while (const size_t read = std::fread(buffer, 1, sizeof(buffer), file.get())) {
    text.append(buffer, read);
    if (text.size() > kFileBytesMax) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": larger than 64 MiB"));
    }
  }
  if (std::ferror(file.get()) != 0) return Failed("read replay", path, errno);
  return ParseReplay(path, text);
}

absl::Status WriteReplay(const std::string& path, const Replay& replay) {
  File file(std::fopen(path.c_str(), "we"), &std::fclose);
  if (file == nullptr) return Failed("write replay", path, errno);
  const std::string text = replay.ToString();
  const bool short_of = std::fwrite(text.data(), 1, text.size(), file.get()) != text.size();
  if (std::fclose(file.release()) != 0 || short_of) return Failed("write replay", path, errno);
  return absl::OkStatus();
}

}  // namespace rehearse::sim
