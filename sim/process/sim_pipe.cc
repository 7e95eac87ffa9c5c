#include "rehearse/sim/process/sim_pipe.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::sim {

absl::StatusOr<size_t> SimPipe::Read(size_t bytes_max, std::string& out, Instant deadline) {
  while (read_ && bytes_.empty()) {
    if (!written_) return size_t{0};
    Wait wait(scheduler_, "Read");
    reader_ = wait.token();
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, absl::StrCat("read ", name_));
  }
  if (!read_) return absl::UnavailableError(absl::StrCat("read ", name_, ": closed here"));
  const size_t count = std::min(bytes_max, bytes_.size());
  out.append(bytes_, 0, count);
  bytes_.erase(0, count);
  Waitable::Wake(std::exchange(writer_, {}), WakeReason::kNotified);
  return count;
}

absl::Status SimPipe::Write(absl::string_view bytes, Instant deadline) {
  while (read_ && written_ && !bytes.empty()) {
    const size_t count = std::min(kBytesMax - bytes_.size(), bytes.size());
    if (count > 0) {
      bytes_.append(bytes.data(), count);
      bytes.remove_prefix(count);
      Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
      continue;
    }
    Wait wait(scheduler_, "Write");
    writer_ = wait.token();
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) {
      return WaitStatus(reason, absl::StrCat("write to ", name_));
    }
  }
  if (read_ && written_) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("write to ", name_, written_ ? ": nobody reads it" : ": closed here"));
}

void SimPipe::CloseReader() {
  read_ = false;
  bytes_.clear();
  WakeBoth();
}

void SimPipe::CloseWriter() {
  written_ = false;
  WakeBoth();
}

void SimPipe::WakeBoth() {
  Waitable::Wake(std::exchange(reader_, {}), WakeReason::kNotified);
  Waitable::Wake(std::exchange(writer_, {}), WakeReason::kNotified);
}

}  // namespace rehearse::sim
