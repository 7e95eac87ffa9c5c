// Dials that are under way: whoever wants the same waits for it.

#ifndef REHEARSE_NET_LIBP2P_SHARED_DIALS_H_
#define REHEARSE_NET_LIBP2P_SHARED_DIALS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

// Any fiber of the scheduler.
class SharedDials {
 public:
  explicit SharedDials(Scheduler& scheduler) : scheduler_(scheduler) {}

  // Calls `dial`, which parks, and returns what it does; or, while another fiber does for the same
  // `key`, parks until that has come to an end: then OK, or the peer's failure. A failure that is
  // that fiber's own (its deadline, its end) is nobody else's: the next one dials.
  //   kDeadlineExceeded, kCancelled, kFailedPrecondition  while waiting for another.
  absl::Status Run(const std::string& key, Instant deadline,
                   absl::FunctionRef<absl::Status()> dial);

 private:
  struct Dial {
    bool over = false;
    absl::Status outcome;
    std::vector<WaitToken> waiters;
  };

  absl::Status Lead(const std::string& key, Dial& dial, absl::FunctionRef<absl::Status()> body);
  void Finish(const std::string& key, Dial& dial, const absl::Status& outcome);
  absl::Status Await(Dial& dial, Instant deadline);

  Scheduler& scheduler_;
  SpinLock lock_;
  std::map<std::string, std::shared_ptr<Dial>> dials_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_SHARED_DIALS_H_
