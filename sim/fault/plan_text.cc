#include "rehearse/sim/fault/plan_text.h"

#include <errno.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/schedule/line_cursor.h"

namespace rehearse::sim {
namespace {

using Kind = Fault::Kind;

constexpr size_t kFileBytesMax = size_t{1} << 20;
constexpr char kLength[] = "a length of time like 1.5s";
constexpr char kOdds[] =
    "odds like loss=1/100, of loss, duplicate, reorder or corrupt, or a number of bytes like "
    "mtu=1400 "
    "or bandwidth=100000";
constexpr char kLatency[] = "latency=SHAPE(MIN,MAX) of uniform, exponential, bimodal or long-tail";

absl::StatusOr<absl::Duration> ReadLength(LineCursor& line) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word(kLength));
  absl::Duration length;
  if (!absl::ParseDuration(word, &length)) return line.WrongWord(kLength);
  return length;
}

// One name or more, up to the word `end`; all that is left if that is empty.
absl::Status ReadNodes(LineCursor& line, absl::string_view end, std::vector<std::string>& nodes) {
  while (nodes.empty() || (!line.at_end() && line.Peek() != end)) {
    if (!end.empty() && line.Peek() == end) return line.Wrong("a node's name");
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view name, line.Word("a node's name"));
    nodes.emplace_back(name);
  }
  return end.empty() ? absl::OkStatus() : line.Take(end);
}

// Names, or none, up to the word `one` or `other`, which is not taken.
absl::Status ReadSide(LineCursor& line, absl::string_view one, absl::string_view other,
                      std::vector<std::string>& nodes) {
  while (line.Peek() != one && line.Peek() != other) {
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view name,
                              line.Word(absl::StrCat("a node's name, or ", one)));
    nodes.emplace_back(name);
  }
  return absl::OkStatus();
}

// What is between two sides, either of which may be empty: `both` ways, or one.
absl::Status ReadBetween(LineCursor& line, Kind both, Kind one_way, Fault& fault) {
  REHEARSE_RETURN_IF_ERROR(ReadSide(line, "|", ">", fault.nodes));
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view mark, line.Word("| or >"));
  if (mark == ">" && one_way == both) return line.WrongWord("|");
  fault.kind = mark == ">" ? one_way : both;
  return line.at_end() ? absl::OkStatus() : ReadNodes(line, "", fault.others);
}

// A > B, and behind the word `before`, how long.
absl::Status ReadLengthBetween(LineCursor& line, absl::string_view before, Fault& fault) {
  REHEARSE_RETURN_IF_ERROR(ReadNodes(line, ">", fault.nodes));
  REHEARSE_RETURN_IF_ERROR(ReadSide(line, before, before, fault.others));
  REHEARSE_RETURN_IF_ERROR(line.Take(before));
  REHEARSE_ASSIGN_OR_RETURN(fault.length, ReadLength(line));
  return absl::OkStatus();
}

absl::Status ReadLatency(LineCursor& line, Latency& latency) {
  REHEARSE_ASSIGN_OR_RETURN(absl::string_view word, line.Word(kLatency));
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(word, '(');
  if (parts.first == "latency=uniform") {
    latency.shape = Latency::Shape::kUniform;
  } else if (parts.first == "latency=exponential") {
    latency.shape = Latency::Shape::kExponential;
  } else if (parts.first == "latency=bimodal") {
    latency.shape = Latency::Shape::kBimodal;
  } else if (parts.first == "latency=long-tail") {
    latency.shape = Latency::Shape::kLongTail;
  } else {
    return line.WrongWord(kLatency);
  }
  absl::string_view lengths = parts.second;
  if (!absl::ConsumeSuffix(&lengths, ")")) return line.WrongWord(kLatency);
  const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(lengths, ',');
  if (!absl::ParseDuration(ends.first, &latency.min) ||
      !absl::ParseDuration(ends.second, &latency.max) || latency.min < absl::ZeroDuration() ||
      latency.max < latency.min) {
    return line.WrongWord("two lengths of time, the shorter first");
  }
  return absl::OkStatus();
}

// "mtu=1400", or false.
bool ReadBytes(absl::string_view word, LinkOptions& link) {
  if (absl::ConsumePrefix(&word, "mtu=")) return absl::SimpleAtoi(word, &link.mtu_bytes);
  return absl::ConsumePrefix(&word, "bandwidth=") && absl::SimpleAtoi(word, &link.bytes_per_second);
}

// Of "NAME=1/100", split.
bool ReadRatio(const std::vector<absl::string_view>& parts, Ratio& odds) {
  return parts.size() == 3 && absl::SimpleAtoi(parts[1], &odds.numerator) &&
         absl::SimpleAtoi(parts[2], &odds.denominator) && odds.denominator != 0 &&
         odds.numerator <= odds.denominator;
}

// "loss=1/100", or false.
bool ReadOdds(absl::string_view word, LinkOptions& link) {
  const std::vector<absl::string_view> parts = absl::StrSplit(word, absl::ByAnyChar("=/"));
  Ratio* const of = parts[0] == "loss"        ? &link.loss
                    : parts[0] == "duplicate" ? &link.duplicate
                    : parts[0] == "reorder"   ? &link.reorder
                    : parts[0] == "corrupt"   ? &link.corrupt
                                              : nullptr;
  return of != nullptr && ReadRatio(parts, *of);
}

absl::Status ReadLinks(LineCursor& line, LinkOptions& link) {
  REHEARSE_RETURN_IF_ERROR(ReadLatency(line, link.latency));
  while (!line.at_end()) {
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word(kOdds));
    if (!ReadBytes(word, link) && !ReadOdds(word, link)) return line.WrongWord(kOdds);
  }
  return absl::OkStatus();
}

absl::Status ReadClock(LineCursor& line, Fault& fault) {
  constexpr char kOffset[] = "offset=LENGTH";
  constexpr char kDrift[] = "drift=NUMBERppm";
  while (fault.nodes.empty() || !absl::StartsWith(line.Peek(), "offset=")) {
    if (line.at_end()) return line.Wrong(fault.nodes.empty() ? "a node's name" : kOffset);
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view name, line.Word("a node's name"));
    fault.nodes.emplace_back(name);
  }
  REHEARSE_ASSIGN_OR_RETURN(absl::string_view offset, line.Word(kOffset));
  if (!absl::ConsumePrefix(&offset, "offset=") || !absl::ParseDuration(offset, &fault.length)) {
    return line.WrongWord(kOffset);
  }
  REHEARSE_ASSIGN_OR_RETURN(absl::string_view drift, line.Word(kDrift));
  if (!absl::ConsumePrefix(&drift, "drift=") || !absl::ConsumeSuffix(&drift, "ppm") ||
      !absl::SimpleAtoi(drift, &fault.number)) {
    return line.WrongWord(kDrift);
  }
  return absl::OkStatus();
}

absl::Status ReadWait(LineCursor& line, Fault& fault) {
  REHEARSE_RETURN_IF_ERROR(ReadNodes(line, "at", fault.nodes));
  REHEARSE_RETURN_IF_ERROR(line.Take("wait"));
  REHEARSE_ASSIGN_OR_RETURN(fault.number, line.Integer("which wait from then on, from 1"));
  return fault.number > 0 ? absl::OkStatus() : line.WrongWord("which wait from then on, from 1");
}

absl::Status ReadCrash(LineCursor& line, Fault& fault) {
  fault.kind = Kind::kCrash;
  if (line.Peek() == "silently") {
    fault.kind = Kind::kSilentCrash;
    REHEARSE_RETURN_IF_ERROR(line.Take("silently"));
  }
  return ReadNodes(line, "", fault.nodes);
}

// One word of DiskFaults::ToString, or false.
bool ReadDiskOdds(absl::string_view word, DiskFaults& disk) {
  const std::vector<absl::string_view> parts = absl::StrSplit(word, absl::ByAnyChar("=/"));
  Ratio* const of = parts[0] == "lose-write"        ? &disk.lose_write
                    : parts[0] == "tear"            ? &disk.tear
                    : parts[0] == "lose-entry"      ? &disk.lose_entry
                    : parts[0] == "rot"             ? &disk.rot
                    : parts[0] == "misdirect-write" ? &disk.misdirect_write
                    : parts[0] == "misdirect-read"  ? &disk.misdirect_read
                    : parts[0] == "read-error"      ? &disk.read_error
                    : parts[0] == "write-error"     ? &disk.write_error
                    : parts[0] == "sync-error"      ? &disk.sync_error
                    : parts[0] == "full"            ? &disk.full
                    : parts[0] == "stall"           ? &disk.stall
                                                    : nullptr;
  return of != nullptr && ReadRatio(parts, *of);
}

bool ReadDiskNumber(absl::string_view word, DiskFaults& disk) {
  if (absl::ConsumePrefix(&word, "bytes=")) return absl::SimpleAtoi(word, &disk.bytes_max);
  if (absl::ConsumePrefix(&word, "stall-time=")) {
    return absl::ParseDuration(word, &disk.stall_time) && disk.stall_time >= absl::ZeroDuration();
  }
  uint32_t unit = 0;
  if (!absl::ConsumePrefix(&word, "unit=") || !absl::SimpleAtoi(word, &unit)) return false;
  disk.unit_bytes = unit;
  return unit == 512 || unit == 4096;
}

// "disk a b: rot=1/1000 latency=uniform(1ms,5ms)", or "disk a b: none".
absl::Status ReadDisk(LineCursor& line, Fault& fault) {
  constexpr char kWhat[] = "what the disk does, as docs/FAULTS.md has it, or none";
  bool named = false;
  while (!named) {
    REHEARSE_ASSIGN_OR_RETURN(absl::string_view name, line.Word("a node's name"));
    named = absl::ConsumeSuffix(&name, ":");
    fault.nodes.emplace_back(name);
  }
  if (line.Peek() == "none") return line.Take("none");
  do {
    if (absl::StartsWith(line.Peek(), "latency=")) {
      REHEARSE_RETURN_IF_ERROR(ReadLatency(line, fault.disk.latency));
      continue;
    }
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word(kWhat));
    if (!ReadDiskOdds(word, fault.disk) && !ReadDiskNumber(word, fault.disk)) {
      return line.WrongWord(kWhat);
    }
  } while (!line.at_end());
  return absl::OkStatus();
}

// What comes after the time.
absl::Status ReadWhat(LineCursor& line, Fault& fault) {
  constexpr char kVerb[] =
      "crash, restart, pause, resume, partition, mend, slow, clog, reset, rebind, heal, links, "
      "clock, panic, kill, buggify, power failure, wipe or disk";
  const auto nodes_of = [&](Kind kind) {
    fault.kind = kind;
    return ReadNodes(line, "", fault.nodes);
  };
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view verb, line.Word(kVerb));
  if (verb == "crash") return ReadCrash(line, fault);
  if (verb == "restart") return nodes_of(Kind::kRestart);
  if (verb == "pause") return nodes_of(Kind::kPause);
  if (verb == "resume") return nodes_of(Kind::kResume);
  if (verb == "rebind") return nodes_of(Kind::kRebind);
  if (verb == "wipe") return nodes_of(Kind::kWipe);
  if (verb == "power") {
    REHEARSE_RETURN_IF_ERROR(line.Take("failure"));
    return nodes_of(Kind::kPowerFailure);
  }
  if (verb == "heal" && line.Peek() == "disk") {
    REHEARSE_RETURN_IF_ERROR(line.Take("disk"));
    return nodes_of(Kind::kHealDisk);
  }
  if (verb == "partition") {
    return ReadBetween(line, Kind::kPartition, Kind::kPartitionOneWay, fault);
  }
  if (verb == "mend") return ReadBetween(line, Kind::kMend, Kind::kMend, fault);
  if (verb == "reset") return ReadBetween(line, Kind::kReset, Kind::kResetOneWay, fault);
  fault.kind = verb == "slow"      ? Kind::kSlow
               : verb == "clog"    ? Kind::kClog
               : verb == "links"   ? Kind::kLinks
               : verb == "clock"   ? Kind::kClock
               : verb == "panic"   ? Kind::kPanic
               : verb == "kill"    ? Kind::kKill
               : verb == "buggify" ? Kind::kBuggify
               : verb == "disk"    ? Kind::kDisk
                                   : Kind::kHeal;
  switch (fault.kind) {
    case Kind::kSlow: return ReadLengthBetween(line, "by", fault);
    case Kind::kClog: return ReadLengthBetween(line, "for", fault);
    case Kind::kLinks: return ReadLinks(line, fault.link);
    case Kind::kClock: return ReadClock(line, fault);
    case Kind::kDisk: return ReadDisk(line, fault);
    case Kind::kPanic:
    case Kind::kKill: return ReadWait(line, fault);
    case Kind::kBuggify: return absl::OkStatus();
    default: return verb == "heal" ? absl::OkStatus() : line.WrongWord(kVerb);
  }
}

absl::StatusOr<Fault> ReadFault(LineCursor& line) {
  Fault fault;
  REHEARSE_ASSIGN_OR_RETURN(fault.at, ReadLength(line));
  if (fault.at < absl::ZeroDuration()) return line.WrongWord("a time after the plan's start");
  REHEARSE_RETURN_IF_ERROR(ReadWhat(line, fault));
  REHEARSE_RETURN_IF_ERROR(line.TakeEnd());
  return fault;
}

bool SaysNothing(absl::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  return stripped.empty() || stripped[0] == '#';
}

}  // namespace

absl::StatusOr<FaultPlan> ParseFaultPlan(absl::string_view name, absl::string_view text) {
  FaultPlan plan;
  int number = 0;
  for (const absl::string_view content : absl::StrSplit(text, '\n')) {
    ++number;
    if (SaysNothing(content)) continue;
    LineCursor line(content, number);
    absl::StatusOr<Fault> fault = ReadFault(line);
    if (!fault.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(name, ":", fault.status().message()));
    }
    plan.faults.push_back(*std::move(fault));
  }
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return plan;
}

absl::StatusOr<FaultPlan> ReadFaultPlan(const std::string& path) {
  std::ifstream file(path);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    const std::string message = absl::StrCat("read plan ", path, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": larger than a megabyte"));
  }
  return ParseFaultPlan(path, text);
}

}  // namespace rehearse::sim
