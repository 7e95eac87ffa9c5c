#include "rehearse/sim/property/check.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace rehearse::sim::internal {
namespace {

std::string ResultText(const RunResult& result) {
  std::string text =
      absl::StrCat(VerdictName(result.verdict), ": ", result.reason, "\n", result.explanation);
  if (!text.empty() && text.back() != '\n') text += '\n';
  return absl::StrCat(text, "virtual time: ", result.virtual_time.ToString(), ", ", result.events,
                      " events, hash 0x", absl::Hex(result.hash, absl::kZeroPad16), "\nlast:\n  ",
                      absl::StrJoin(result.last_events, "\n  "), "\n");
}

}  // namespace

std::string EffortText(int cases, int shrinks, bool smallest) {
  return absl::StrCat("case ", cases, " failed; ", shrinks, " smaller forms of it were played",
                      smallest ? "" : ", and there are more (CheckOptions::shrinks_max)");
}

void ReportCounterexample(uint64_t world_seed, const std::vector<std::string>& values,
                          const RunResult& result, const std::string& effort) {
  ADD_FAILURE() << effort << "\n"
                << ResultText(result) << "To play it again, with the body of this check:\n"
                << "  rehearse::sim::PlayAgain(0x" << absl::StrCat(absl::Hex(world_seed))
                << ", body,\n      " << absl::StrJoin(values, ",\n      ") << ");\n";
}

void ReportResult(uint64_t world_seed, const RunResult& result) {
  if (result.verdict == Verdict::kGood) return;
  ADD_FAILURE() << "world seed 0x" << absl::StrCat(absl::Hex(world_seed)) << "\n"
                << ResultText(result);
}

}  // namespace rehearse::sim::internal
