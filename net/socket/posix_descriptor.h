// A descriptor that fibers of any worker wait for, watched by the poller of one.
//
// An FdPoller is its own thread's. So a descriptor is added there, and removed and closed there,
// by a runnable that is posted to that worker: the descriptor itself. The calls that move bytes are
// made on the fiber that wants them, on its worker.

#ifndef REHEARSE_NET_SOCKET_POSIX_DESCRIPTOR_H_
#define REHEARSE_NET_SOCKET_POSIX_DESCRIPTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/posix/fd_poller.h"
#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::net {

class PosixDescriptor;

// The descriptors that one poller watches.
class PosixWatch {
 public:
  // `poller` is `home`'s.
  PosixWatch(Worker& home, FdPoller& poller) : home_(home), poller_(poller) {}
  // Closes what is left. The worker's loop has ended for good.
  ~PosixWatch();
  PosixWatch(const PosixWatch&) = delete;
  PosixWatch& operator=(const PosixWatch&) = delete;

  // How many descriptors are open. Any thread.
  size_t size() const;

 private:
  friend class PosixDescriptor;

  Worker& home_;
  FdPoller& poller_;
  mutable SpinLock lock_;
  size_t size_ = 0;
  PosixDescriptor* first_ = nullptr;
};

class PosixDescriptor final : public Runnable, private FdHandler {
 public:
  enum Side : uint8_t { kRead, kWrite };

  // Takes over `fd`, which is non-blocking. Give it up with Release.
  PosixDescriptor(PosixWatch& watch, int fd);

  int fd() const { return fd_; }

  // Begins to watch; what happened before is told too.
  void Watch();

  // Parks until the descriptor may have become ready on `side` since the last TryAgain of that
  // side, or is closed (kNotified both), or the wait ends otherwise. Watched descriptors only.
  WakeReason Await(Side side, Instant deadline, const char* where);

  // To be asked before each attempt to move bytes: forgets what was told of readiness up to now.
  // False: `side` is closed.
  bool TryAgain(Side side);

  // Why TryAgain says no, told by `what`: kUnavailable.
  absl::Status WhyClosed(absl::string_view what) const;

  // Ends attempts and waits on that side, or both. The host's descriptor stays open. On any fiber.
  void Close(Side side);
  void Close();

  // Closes the host's descriptor, soon, and forgets this. Nobody uses it any more.
  void Release();

 private:
  friend class PosixWatch;
  struct Waiter {
    bool ready = false;
    bool closed = false;
    WaitToken token;
  };

  ~PosixDescriptor() override = default;

  void OnReady(bool readable, bool writable) override;
  void Run(Worker&) override;
  void Signal(bool reader, bool writer, bool close);
  // Does what is to be done on the poller's thread: now if this is it, else soon.
  void Act(bool release);
  void Settle(bool released);
  void Enlist();
  void Delist();

  PosixWatch& watch_;
  const int fd_;
  bool watched_ = false;  // the poller's thread only

  mutable SpinLock lock_;
  bool queued_ = false;
  bool released_ = false;
  absl::Status refusal_;  // of the poller
  std::array<Waiter, 2> waiters_;

  // The watch's list.
  PosixDescriptor* next_open_ = nullptr;
  PosixDescriptor* previous_open_ = nullptr;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_DESCRIPTOR_H_
