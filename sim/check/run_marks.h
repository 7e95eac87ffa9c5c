// Which marks a run has met, and how.

#ifndef REHEARSE_SIM_CHECK_RUN_MARKS_H_
#define REHEARSE_SIM_CHECK_RUN_MARKS_H_

#include <functional>
#include <string>

#include "rehearse/actor/mark.h"

namespace rehearse::sim {

// One world's, for all its nodes.
class RunMarks final : public Marks {
 public:
  // A byte a site, by its number: which of these came about.
  enum : char { kHeld = 1, kFailed = 2 };

  // `on_broken`: told of an ALWAYS that does not hold, or an UNREACHABLE that was met.
  explicit RunMarks(std::function<void(const MarkSite& site)> on_broken)
      : met_(MarkSite::CountAll(), '\0'), on_broken_(std::move(on_broken)) {}

  void Meet(const MarkSite& site, bool holds) override {
    char& met = met_[site.number()];
    met = static_cast<char>(met | (holds ? kHeld : kFailed));
    const MarkKind kind = site.text().kind;
    const bool must_hold = kind != MarkKind::kSometimes && kind != MarkKind::kReachable;
    if (!holds && must_hold) on_broken_(site);
  }

  const std::string& met() const { return met_; }

 private:
  std::string met_;
  const std::function<void(const MarkSite&)> on_broken_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_CHECK_RUN_MARKS_H_
