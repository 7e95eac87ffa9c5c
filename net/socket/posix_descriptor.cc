#include "rehearse/net/socket/posix_descriptor.h"

#include <unistd.h>

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {

PosixWatch::~PosixWatch() {
  while (first_ != nullptr) {
    PosixDescriptor& left = *first_;
    if (left.watched_) poller_.Remove(left.fd_, left);
    close(left.fd_);
    left.Delist();
    // It may lie in the inbox of a worker that will not look there again.
    left.Delete();
  }
}

size_t PosixWatch::size() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return size_;
}

PosixDescriptor::PosixDescriptor(PosixWatch& watch, int fd)
    : Runnable(RunnableKind::kPinned, watch.home_.scheduler().own_domain()),
      watch_(watch),
      fd_(fd) {
  Enlist();
}

void PosixDescriptor::Watch() { Act(false); }

WakeReason PosixDescriptor::Await(Side side, Instant deadline, const char* where) {
  Wait wait(watch_.home_.scheduler(), where);
  {
    const std::lock_guard<SpinLock> lock(lock_);
    Waiter& waiter = waiters_[side];
    if (waiter.ready || waiter.closed) return WakeReason::kNotified;
    waiter.token = wait.token();
  }
  return wait.Until(deadline);
}

bool PosixDescriptor::TryAgain(Side side) {
  const std::lock_guard<SpinLock> lock(lock_);
  // Whatever was told of is there for the attempt that follows; what comes later is told of again.
  waiters_[side].ready = false;
  return !waiters_[side].closed;
}

absl::Status PosixDescriptor::WhyClosed(absl::string_view what) const {
  absl::Status refusal;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    refusal = refusal_;
  }
  return absl::UnavailableError(
      absl::StrCat(what, ": ", refusal.ok() ? "it was closed here" : refusal.message()));
}

void PosixDescriptor::Close(Side side) { Signal(side == kRead, side == kWrite, true); }

void PosixDescriptor::Close() { Signal(true, true, true); }

void PosixDescriptor::Release() { Act(true); }

void PosixDescriptor::OnReady(bool readable, bool writable) { Signal(readable, writable, false); }

void PosixDescriptor::Signal(bool reader, bool writer, bool close) {
  std::array<WaitToken, 2> tokens;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    for (const Side side : {kRead, kWrite}) {
      if (!(side == kRead ? reader : writer)) continue;
      Waiter& waiter = waiters_[side];
      waiter.ready = true;
      waiter.closed = waiter.closed || close;
      tokens[side] = std::exchange(waiter.token, WaitToken{});
    }
  }
  for (const WaitToken token : tokens) Waitable::Wake(token, WakeReason::kNotified);
}

void PosixDescriptor::Act(bool release) {
  const bool at_home = CurrentWorker() == &watch_.home_;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    released_ = released_ || release;
    if (queued_) return;  // it will be seen then
    queued_ = !at_home;
    if (queued_) Ref();
  }
  if (at_home) return Settle(release);
  watch_.home_.Post(*this);
}

void PosixDescriptor::Run(Worker&) {
  bool released = false;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    queued_ = false;
    released = released_;
  }
  Settle(released);
  Unref();
}

void PosixDescriptor::Settle(bool released) {
  if (released) {
    if (watched_) watch_.poller_.Remove(fd_, *this);
    close(fd_);
    Delist();
    return Unref();
  }
  absl::Status added = watch_.poller_.Add(fd_, *this);
  watched_ = added.ok();
  if (watched_) return;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    refusal_ = std::move(added);
  }
  Close();
}

void PosixDescriptor::Enlist() {
  const std::lock_guard<SpinLock> lock(watch_.lock_);
  ++watch_.size_;
  next_open_ = std::exchange(watch_.first_, this);
  if (next_open_ != nullptr) next_open_->previous_open_ = this;
}

void PosixDescriptor::Delist() {
  const std::lock_guard<SpinLock> lock(watch_.lock_);
  --watch_.size_;
  (previous_open_ == nullptr ? watch_.first_ : previous_open_->next_open_) = next_open_;
  if (next_open_ != nullptr) next_open_->previous_open_ = previous_open_;
}

}  // namespace rehearse::net
