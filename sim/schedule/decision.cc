#include "rehearse/sim/schedule/decision.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/sim/schedule/line_cursor.h"

namespace rehearse::sim {
namespace {

bool IsAmong(const Decision& asked, uint64_t chosen) {
  switch (asked.kind) {
    case Decision::Kind::kChoice: return chosen < asked.options;
    case Decision::Kind::kChance: return chosen < 2;
    case Decision::Kind::kBetween: {
      const auto value = static_cast<int64_t>(chosen);
      return asked.low <= value && value <= asked.high;
    }
    case Decision::Kind::kBits: return true;
  }
  return false;
}

absl::StatusOr<Ratio> ParseRatio(LineCursor& line) {
  constexpr absl::string_view kExpected = "odds like 3/1000";
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word(kExpected));
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(word, '/');
  Ratio odds;
  if (!absl::SimpleAtoi(parts.first, &odds.numerator) ||
      !absl::SimpleAtoi(parts.second, &odds.denominator) || odds.denominator == 0) {
    return line.WrongWord(kExpected);
  }
  return odds;
}

// What may be chosen.
absl::Status ParseKind(LineCursor& line, Decision& decision) {
  constexpr absl::string_view kExpected = "choice, chance, between or bits";
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view kind, line.Word(kExpected));
  if (kind == "choice") {
    decision.kind = Decision::Kind::kChoice;
    REHEARSE_ASSIGN_OR_RETURN(decision.options, line.Unsigned("how many there are to choose from"));
  } else if (kind == "chance") {
    decision.kind = Decision::Kind::kChance;
    REHEARSE_ASSIGN_OR_RETURN(decision.odds, ParseRatio(line));
  } else if (kind == "between") {
    decision.kind = Decision::Kind::kBetween;
    REHEARSE_ASSIGN_OR_RETURN(decision.low, line.Integer("the least"));
    REHEARSE_ASSIGN_OR_RETURN(decision.high, line.Integer("the most"));
  } else if (kind == "bits") {
    decision.kind = Decision::Kind::kBits;
  } else {
    return line.WrongWord(kExpected);
  }
  return absl::OkStatus();
}

absl::Status ParseChosen(LineCursor& line, Decision& decision) {
  switch (decision.kind) {
    case Decision::Kind::kChoice: {
      REHEARSE_ASSIGN_OR_RETURN(decision.chosen, line.Unsigned("which of them, from 0"));
      break;
    }
    case Decision::Kind::kChance: {
      REHEARSE_ASSIGN_OR_RETURN(const absl::string_view word, line.Word("yes or no"));
      if (word != "yes" && word != "no") return line.WrongWord("yes or no");
      decision.chosen = word == "yes" ? 1 : 0;
      break;
    }
    case Decision::Kind::kBetween: {
      REHEARSE_ASSIGN_OR_RETURN(const int64_t chosen, line.Integer("what was chosen"));
      decision.chosen = static_cast<uint64_t>(chosen);
      break;
    }
    case Decision::Kind::kBits: {
      REHEARSE_ASSIGN_OR_RETURN(decision.chosen, line.Unsigned("the bits, as a number"));
      break;
    }
  }
  if (!IsAmong(decision, decision.chosen)) return line.WrongWord("one of those that there are");
  return absl::OkStatus();
}

}  // namespace

bool Decision::Fits(const Decision& asked) const {
  return kind == asked.kind && IsAmong(asked, chosen);
}

std::string Decision::ToString() const {
  std::string text = absl::StrCat(InQuotes(stream), " ", index, " ");
  switch (kind) {
    case Kind::kChoice: absl::StrAppend(&text, "choice ", options, " = ", chosen); break;
    case Kind::kChance:
      absl::StrAppend(&text, "chance ", odds.numerator, "/", odds.denominator, " = ",
                      chosen != 0 ? "yes" : "no");
      break;
    case Kind::kBetween:
      absl::StrAppend(&text, "between ", low, " ", high, " = ", static_cast<int64_t>(chosen));
      break;
    case Kind::kBits: absl::StrAppend(&text, "bits = 0x", absl::Hex(chosen)); break;
  }
  return text;
}

absl::StatusOr<Decision> ParseDecision(LineCursor& line) {
  Decision decision;
  REHEARSE_ASSIGN_OR_RETURN(decision.stream, line.Quoted("a stream's name"));
  REHEARSE_ASSIGN_OR_RETURN(decision.index, line.Unsigned("the decision's number in its stream"));
  REHEARSE_RETURN_IF_ERROR(ParseKind(line, decision));
  REHEARSE_RETURN_IF_ERROR(line.Take("="));
  REHEARSE_RETURN_IF_ERROR(ParseChosen(line, decision));
  REHEARSE_RETURN_IF_ERROR(line.TakeEnd());
  return decision;
}

}  // namespace rehearse::sim
