#include "rehearse/tests/planted/given.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/sim/fault/swarm.h"
#include "rehearse/sim/runner/flags.h"

namespace rehearse::planted {
namespace {

std::vector<std::string> FamiliesIn(absl::string_view text) {
  return absl::StrSplit(absl::StrReplaceAll(text, {{"-", " "}}), ',', absl::SkipEmpty());
}

bool AreFamilies(absl::string_view text) {
  const std::vector<std::string> families = FamiliesIn(text);
  return std::all_of(families.begin(), families.end(), &sim::IsFamily);
}

[[maybe_unused]] const bool kDeclared[] = {
    sim::AddFlag("bug", "the defect that is planted"),
    sim::AddFlag("without", "families of faults that are off: loss,torn-writes", &AreFamilies),
};

}  // namespace

Given GivenTo(const sim::World& world) {
  Given given;
  for (absl::string_view arg : world.args()) {
    if (absl::ConsumePrefix(&arg, "bug=")) given.bug = std::string(arg);
    if (absl::ConsumePrefix(&arg, "without=")) given.without = FamiliesIn(arg);
  }
  return given;
}

}  // namespace rehearse::planted
