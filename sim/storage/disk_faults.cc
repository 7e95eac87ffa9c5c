#include "rehearse/sim/storage/disk_faults.h"

#include "absl/strings/str_cat.h"

namespace rehearse::sim {
namespace {

void Say(std::string& text, const std::string& what) {
  absl::StrAppend(&text, text.empty() ? "" : " ", what);
}

void SayOdds(std::string& text, const char* name, Ratio odds, Ratio usual = Ratio::Never()) {
  if (odds == usual || (odds.never() && usual.never())) return;
  Say(text, absl::StrCat(name, "=", odds.numerator, "/", odds.denominator));
}

}  // namespace

std::string DiskFaults::ToString() const {
  const DiskFaults usual;
  std::string text;
  SayOdds(text, "lose-write", lose_write, usual.lose_write);
  SayOdds(text, "tear", tear);
  if (unit_bytes != usual.unit_bytes) Say(text, absl::StrCat("unit=", unit_bytes));
  SayOdds(text, "lose-entry", lose_entry, usual.lose_entry);
  SayOdds(text, "rot", rot);
  SayOdds(text, "misdirect-write", misdirect_write);
  SayOdds(text, "misdirect-read", misdirect_read);
  SayOdds(text, "read-error", read_error);
  SayOdds(text, "write-error", write_error);
  SayOdds(text, "sync-error", sync_error);
  SayOdds(text, "full", full);
  if (bytes_max != usual.bytes_max) Say(text, absl::StrCat("bytes=", bytes_max));
  if (latency.max > absl::ZeroDuration()) Say(text, absl::StrCat("latency=", latency.ToString()));
  SayOdds(text, "stall", stall);
  if (!stall.never()) Say(text, absl::StrCat("stall-time=", absl::FormatDuration(stall_time)));
  return text.empty() ? "none" : text;
}

}  // namespace rehearse::sim
