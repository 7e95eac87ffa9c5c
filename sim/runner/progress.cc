#include "rehearse/sim/runner/progress.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rehearse::sim {
namespace {

constexpr absl::Duration kOnTerminal = absl::Milliseconds(200);
constexpr absl::Duration kElsewhere = absl::Seconds(5);

}  // namespace

Progress::Progress(absl::string_view test, const ProgressOptions& options)
    : test_(test),
      options_(options),
      next_(options.start + (options.terminal ? kOnTerminal : kElsewhere)) {}

void Progress::Update(uint64_t seeds, uint64_t failures, absl::Time now) {
  if (now < next_) return;
  next_ = now + (options_.terminal ? kOnTerminal : kElsewhere);
  shown_ = true;
  const std::string line = Line(seeds, failures, now);
  std::fprintf(stderr, options_.terminal ? "\r%s\x1b[K" : "%s\n", line.c_str());
  std::fflush(stderr);
}

void Progress::Finish() {
  if (options_.terminal && shown_) std::fputs("\r\x1b[K", stderr);
}

std::string Progress::Line(uint64_t seeds, uint64_t failures, absl::Time now) const {
  const bool bounded = options_.seeds_goal != UINT64_MAX;
  const double seconds = std::max(absl::ToDoubleSeconds(now - options_.start), 1e-9);
  const double rate = static_cast<double>(seeds) / seconds;
  absl::Duration left = options_.deadline - now;
  if (bounded && rate > 0) {
    left = std::min(left, absl::Seconds(static_cast<double>(options_.seeds_goal - seeds) / rate));
  }
  return absl::StrCat(test_, ": ", seeds, bounded ? absl::StrCat("/", options_.seeds_goal) : "",
                      " seeds, ", failures, " failures, ", absl::StrFormat("%.0f", rate),
                      " seeds/s, ", absl::FormatDuration(absl::Trunc(left, absl::Seconds(1))),
                      " to go");
}

}  // namespace rehearse::sim
