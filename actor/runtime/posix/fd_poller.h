// A poller that also watches file descriptors.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_FD_POLLER_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_FD_POLLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "rehearse/actor/runtime/poller.h"

namespace rehearse {

// Told when a watched descriptor can do something. Lives until it is removed.
class FdHandler {
 public:
  // On the poller's thread, inside Wait; must not park. Errors and hang-ups count as both.
  virtual void OnReady(bool readable, bool writable) = 0;

 protected:
  ~FdHandler() = default;
};

// On the poller's own thread only. A descriptor has one handler; remove it before closing it. After
// Remove the handler is not called again.
class FdPoller : public Poller {
 public:
  // Watches `fd`, edge-triggered: told once for each time that it becomes readable or writable.
  //   kResourceExhausted  the host's limit on watched descriptors: raise it.
  virtual absl::Status Add(int fd, FdHandler& handler) = 0;
  virtual void Remove(int fd, FdHandler& handler) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_FD_POLLER_H_
