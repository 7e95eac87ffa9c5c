#include "rehearse/net/node/posix_pipe.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/socket/posix_error.h"
#include "rehearse/net/socket/posix_turn.h"

namespace rehearse::net {

PosixPipe::PosixPipe(PosixWatch& watch, PosixScratch& scratch, int fd, std::string name)
    : scratch_(scratch), piped_(fd >= 0), name_(std::move(name)) {
  if (!piped_) return;
  descriptor_ = new PosixDescriptor(watch, fd);
  descriptor_->Watch();
}

absl::StatusOr<size_t> PosixPipe::Read(size_t bytes_max, std::string& out, Instant deadline) {
  if (descriptor_ == nullptr) return NotThere();
  Worker& worker = WorkerOfFiber();
  const absl::Span<char> scratch = scratch_.Of(worker).subspan(0, bytes_max);
  while (descriptor_->TryAgain(PosixDescriptor::kRead)) {
    const ssize_t count = read(descriptor_->fd(), scratch.data(), scratch.size());
    if (count >= 0) {
      out.append(scratch.data(), static_cast<size_t>(count));
      GiveTurn(worker);
      return static_cast<size_t>(count);
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) {
      return absl::UnavailableError(absl::StrCat("read ", name_, ": ", std::strerror(errno)));
    }
    const WakeReason reason = descriptor_->Await(PosixDescriptor::kRead, deadline, "Read");
    if (reason != WakeReason::kNotified) return WaitStatus(reason, absl::StrCat("read ", name_));
  }
  return descriptor_->WhyClosed(absl::StrCat("read ", name_));
}

absl::Status PosixPipe::Write(absl::string_view bytes, Instant deadline) {
  if (descriptor_ == nullptr) return NotThere();
  Worker& worker = WorkerOfFiber();
  while (descriptor_->TryAgain(PosixDescriptor::kWrite)) {
    if (bytes.empty()) return absl::OkStatus();
    const size_t some = std::min(bytes.size(), PosixScratch::kBytes);
    const ssize_t count = write(descriptor_->fd(), bytes.data(), some);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      GiveTurn(worker);
      continue;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) {
      return absl::UnavailableError(absl::StrCat("write to ", name_, ": ", std::strerror(errno)));
    }
    const WakeReason reason = descriptor_->Await(PosixDescriptor::kWrite, deadline, "WriteIn");
    if (reason != WakeReason::kNotified) {
      return WaitStatus(reason, absl::StrCat("write to ", name_));
    }
  }
  return descriptor_->WhyClosed(absl::StrCat("write to ", name_));
}

void PosixPipe::Close() {
  if (descriptor_ == nullptr) return;
  descriptor_->Close();
  std::exchange(descriptor_, nullptr)->Release();
}

absl::Status PosixPipe::NotThere() const {
  return piped_ ? absl::UnavailableError(absl::StrCat(name_, ": it was closed here"))
                : absl::FailedPreconditionError(absl::StrCat(name_, " is not piped"));
}

}  // namespace rehearse::net
