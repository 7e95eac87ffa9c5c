#include "rehearse/sim/check/internal/explanation.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rehearse::sim {
namespace {

// Operations that are shown in a list; the rest is counted.
constexpr size_t kListedMax = 16;

std::string Line(const Operation& operation) {
  return absl::StrCat("    ", operation.ToString(), "\n");
}

std::string Lines(absl::Span<const Operation* const> operations) {
  std::string text;
  for (const Operation* operation : operations.first(std::min(operations.size(), kListedMax))) {
    absl::StrAppend(&text, Line(*operation));
  }
  if (operations.size() > kListedMax) {
    absl::StrAppend(&text, "    and ", operations.size() - kListedMax, " more\n");
  }
  return text;
}

std::string Headline(const Operation& stuck, absl::string_view what) {
  return absl::StrCat("object ", Quoted(stuck.object), " ", what, " operation ", stuck.id,
                      ", which ended at position ", stuck.end, " (", stuck.end_time.ToString(),
                      "):\n", Line(stuck));
}

// How far the history was in order.
std::string Prefix(absl::Span<const Operation* const> operations, const Operation& stuck) {
  const auto ended =
      std::count_if(operations.begin(), operations.end(), [&stuck](const Operation* operation) {
        return operation->outcome == Outcome::kOk && operation->end < stuck.end;
      });
  return absl::StrCat("  Before that end all is in order: ", ended,
                      " operations of known outcome.\n");
}

// What could come before or after `stuck` alike: the window in which it went wrong.
std::string Window(absl::Span<const Operation* const> operations, const Operation& stuck) {
  std::vector<const Operation*> overlapping;
  std::vector<const Operation*> unknown;
  for (const Operation* operation : operations) {
    if (operation == &stuck || operation->outcome == Outcome::kFailed) continue;
    if (operation->begin > stuck.end || operation->LastEffect() < stuck.begin) continue;
    (operation->outcome == Outcome::kUnknown ? unknown : overlapping).push_back(operation);
  }
  const auto by_begin = [](const Operation* a, const Operation* b) { return a->begin < b->begin; };
  std::sort(overlapping.begin(), overlapping.end(), by_begin);
  std::sort(unknown.rbegin(), unknown.rend(), by_begin);
  std::string text =
      overlapping.empty() ? "  Nothing of known outcome overlaps it.\n" : "  It overlaps\n";
  absl::StrAppend(&text, Lines(overlapping));
  if (unknown.empty()) return text;
  return absl::StrCat(text, "  and may come before or after these of unknown outcome\n",
                      Lines(unknown));
}

// What a register held, and since which operation.
std::string ValueAndSource(const RegisterConflict& conflict) {
  const std::string value = Quoted(conflict.read->result);
  if (!conflict.write) return absl::StrCat(value, ", the initial value");
  return absl::StrCat(value, ", which operation ", conflict.write->id, " wrote");
}

std::string ValueOf(const Operation* operation) {
  if (!operation) return "the initial value";
  return Quoted(operation->operation == "write" ? operation->argument : operation->result);
}

std::string Older(const RegisterConflict& conflict) {
  const std::string newer = ValueOf(conflict.newer_ended);
  const bool was_read = conflict.newer_ended && conflict.newer_ended->operation == "read";
  std::string text = absl::StrCat(was_read ? "  A new-old inversion" : "  A stale read",
                                  ": it returned ", ValueAndSource(conflict), ", though ", newer,
                                  was_read ? " is newer and had been read" : " had replaced it",
                                  " before it began.\n");
  if (conflict.newer_ended) absl::StrAppend(&text, Line(*conflict.newer_ended));
  absl::StrAppend(&text, "  ", newer, " is the newer one: ");
  if (!conflict.older_ended) return absl::StrCat(text, "the initial value came before all.\n");
  return absl::StrCat(text, "the first of these ended before the second began.\n",
                      Line(*conflict.older_ended), Line(*conflict.newer_began));
}

std::string Reason(const RegisterConflict& conflict) {
  const std::string returned = absl::StrCat("  It returned ", Quoted(conflict.read->result));
  switch (conflict.kind) {
    case RegisterConflict::Kind::kNeverWritten:
      return absl::StrCat(returned, ", which nothing ever wrote.\n");
    case RegisterConflict::Kind::kFailedWrite:
      return absl::StrCat(returned, ", which only a write that failed has written.\n",
                          Line(*conflict.write));
    case RegisterConflict::Kind::kFuture:
      return absl::StrCat(returned, " before its write had begun.\n", Line(*conflict.write));
    case RegisterConflict::Kind::kOlder: return Older(conflict);
  }
  return "";
}

std::string FurthestOrder(const DeadEnd& dead_end) {
  return absl::StrCat("  The furthest order has ", dead_end.placed, " operations and leads to ",
                      Quoted(dead_end.state), "; it ends with\n", Lines(dead_end.last_placed));
}

}  // namespace

std::string ExplainConflict(absl::Span<const Operation* const> operations,
                            const RegisterConflict& conflict) {
  return absl::StrCat(Headline(*conflict.read, "is not linearizable: no order has a place for"),
                      Reason(conflict), Prefix(operations, *conflict.read),
                      Window(operations, *conflict.read));
}

std::string ExplainDeadEnd(absl::Span<const Operation* const> operations, const DeadEnd& dead_end) {
  return absl::StrCat(Headline(*dead_end.stuck, "is not linearizable: no order has a place for"),
                      FurthestOrder(dead_end), Prefix(operations, *dead_end.stuck),
                      Window(operations, *dead_end.stuck));
}

std::string ExplainUndecided(absl::Span<const Operation* const> operations, const DeadEnd& dead_end,
                             uint64_t steps) {
  const std::string spent = absl::StrCat("  The search met its limits after ", steps,
                                         " steps. Raise them, write each value once, or let"
                                         " fewer operations overlap.\n");
  if (!dead_end.stuck) {
    return absl::StrCat("object ", Quoted(operations.front()->object), " is undecided\n", spent);
  }
  return absl::StrCat(Headline(*dead_end.stuck, "is undecided: so far no order gets past"), spent,
                      FurthestOrder(dead_end), Window(operations, *dead_end.stuck));
}

}  // namespace rehearse::sim
