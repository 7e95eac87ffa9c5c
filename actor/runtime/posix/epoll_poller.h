// FdPoller on Linux's epoll.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_EPOLL_POLLER_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_EPOLL_POLLER_H_

#include <sys/epoll.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/busy_poll.h"
#include "rehearse/actor/runtime/posix/fd_poller.h"

namespace rehearse {

class EpollPoller final : public FdPoller {
 public:
  // All workers of one scheduler share a timebase: give them copies of one clock. While something
  // comes in quick succession, a wait looks on for up to `busy_poll_max` before it sleeps.
  //   kResourceExhausted  the process or host is out of descriptors.
  static absl::StatusOr<std::unique_ptr<EpollPoller>> Create(
      const BootClock& clock, absl::Duration busy_poll_max = absl::ZeroDuration());
  ~EpollPoller() override;

  Instant Now() override { return clock_.Now(); }
  void Wait(Instant deadline) override;
  void Wake() override;
  absl::Status Add(int fd, FdHandler& handler) override;
  void Remove(int fd, FdHandler& handler) override;

 private:
  EpollPoller(const BootClock& clock, int epoll, int wake, absl::Duration busy_poll_max)
      : clock_(clock), epoll_(epoll), wake_(wake), busy_poll_(busy_poll_max) {}

  int AwaitEvents(Instant deadline, epoll_event* events);
  int LookOn(Instant end, epoll_event* events);

  const BootClock clock_;
  const int epoll_;
  const int wake_;  // an eventfd
  BusyPoll busy_poll_;
  std::vector<FdHandler*> removed_;  // during the present Wait
  bool dispatching_ = false;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_EPOLL_POLLER_H_
