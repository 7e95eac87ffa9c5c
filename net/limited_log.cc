#include "rehearse/net/limited_log.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace rehearse::net {

bool LimitedLog::HasRoom(Instant now) {
  if (now - second_ >= absl::Seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ < lines_max_) return true;
  ++left_out_;
  return false;
}

bool LimitedLog::Takes(Instant now) {
  const std::lock_guard<SpinLock> lock(lock_);
  return HasRoom(now);
}

void LimitedLog::Write(Instant now, absl::string_view line) {
  uint64_t left_out = 0;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (!HasRoom(now)) return;
    ++lines_;
    left_out = std::exchange(left_out_, 0);
  }
  if (left_out == 0) return log_.Write(severity_, line);
  log_.Write(severity_, absl::StrCat(line, " (and ", left_out, " lines left out before)"));
}

}  // namespace rehearse::net
