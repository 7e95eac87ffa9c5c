#include "rehearse/actor/runtime/posix/epoll_poller.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace rehearse {
namespace {

constexpr int kEventsMax = 64;

// Rounded up: a wait that ends before its deadline would spin through the last millisecond.
int TimeoutMillis(absl::Duration left) {
  if (left <= absl::ZeroDuration()) return 0;
  if (left == absl::InfiniteDuration()) return -1;
  const int64_t millis = absl::ToInt64Milliseconds(left + absl::Milliseconds(1));
  return static_cast<int>(std::min<int64_t>(millis, INT_MAX));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EpollPoller>> EpollPoller::Create(const BootClock& clock,
                                                                 absl::Duration busy_poll_max) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    return absl::ResourceExhaustedError(absl::StrCat("epoll_create: ", std::strerror(errno)));
  }
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (wake < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0) {
    const absl::Status status =
        absl::ResourceExhaustedError(absl::StrCat("eventfd: ", std::strerror(errno)));
    if (wake >= 0) close(wake);
    close(epoll);
    return status;
  }
  return std::unique_ptr<EpollPoller>(new EpollPoller(clock, epoll, wake, busy_poll_max));
}

EpollPoller::~EpollPoller() {
  close(wake_);
  close(epoll_);
}

void EpollPoller::Wait(Instant deadline) {
  std::array<epoll_event, kEventsMax> events;
  const int count = AwaitEvents(deadline, events.data());
  dispatching_ = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    auto* const handler = static_cast<FdHandler*>(event.data.ptr);
    if (handler == nullptr) {
      uint64_t wakes = 0;
      [[maybe_unused]] const ssize_t read_bytes = read(wake_, &wakes, sizeof(wakes));
      continue;
    }
    if (std::find(removed_.begin(), removed_.end(), handler) != removed_.end()) continue;
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    handler->OnReady(broken || (event.events & (EPOLLIN | EPOLLRDHUP)) != 0,
                     broken || (event.events & EPOLLOUT) != 0);
  }
  dispatching_ = false;
  removed_.clear();
}

// How many there are; none if it is time, or a signal came.
int EpollPoller::AwaitEvents(Instant deadline, epoll_event* events) {
  const Instant begin = Now();
  if (deadline <= begin) return epoll_wait(epoll_, events, kEventsMax, 0);
  int count = LookOn(std::min(deadline, begin + busy_poll_.length()), events);
  if (count == 0) {
    const int timeout = deadline.infinite() ? -1 : TimeoutMillis(deadline - Now());
    count = epoll_wait(epoll_, events, kEventsMax, timeout);
  }
  busy_poll_.Waited(count > 0 ? Now() - begin : absl::InfiniteDuration());
  return count;
}

int EpollPoller::LookOn(Instant end, epoll_event* events) {
  while (Now() < end) {
    const int count = epoll_wait(epoll_, events, kEventsMax, 0);
    if (count != 0) return count;
  }
  return 0;
}

void EpollPoller::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

absl::Status EpollPoller::Add(int fd, FdHandler& handler) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &handler;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("watch descriptor ", fd, ": ", std::strerror(errno)));
}

void EpollPoller::Remove(int fd, FdHandler& handler) {
  epoll_event event{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &event);
  if (dispatching_) removed_.push_back(&handler);
}

}  // namespace rehearse
