#include "rehearse/sim/runner/mark_coverage.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/mark.h"
#include "rehearse/sim/check/run_marks.h"

namespace rehearse::sim {
namespace {

// Whether a campaign must meet it.
bool IsWanted(const MarkSite& site) {
  const MarkKind kind = site.text().kind;
  return kind != MarkKind::kUnreachable && kind != MarkKind::kAlwaysOrUnreachable;
}

// Calls `each` with every wanted site, those that are the same once.
template <typename Each>
void ForEachWanted(const Each& each) {
  std::set<size_t> seen;
  for (const MarkSite* site = MarkSite::First(); site != nullptr; site = site->next()) {
    if (IsWanted(*site) && seen.insert(site->number()).second) each(*site);
  }
}

}  // namespace

MarkCoverage::MarkCoverage() : met_(MarkSite::CountAll(), '\0') {}

void MarkCoverage::Add(absl::string_view met) {
  for (size_t i = 0; i < std::min(met.size(), met_.size()); ++i) {
    met_[i] = static_cast<char>(met_[i] | met[i]);
  }
}

size_t MarkCoverage::wanted() const {
  size_t wanted = 0;
  ForEachWanted([&wanted](const MarkSite&) { ++wanted; });
  return wanted;
}

std::vector<std::string> MarkCoverage::Missing() const {
  std::vector<std::string> missing;
  ForEachWanted([&](const MarkSite& site) {
    if ((met_[site.number()] & RunMarks::kHeld) == 0) missing.push_back(site.ToString());
  });
  std::sort(missing.begin(), missing.end());
  return missing;
}

std::string MarkCoverage::ToString() const {
  const size_t all = wanted();
  return absl::StrCat("MARKS: ", all - Missing().size(), " of ", all, " met");
}

}  // namespace rehearse::sim
