#include "rehearse/net/libp2p/shared_dials.h"

#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

// Of the fiber that dialled, and not of the peer.
bool IsItsOwn(const absl::Status& failure) {
  return absl::IsDeadlineExceeded(failure) || absl::IsCancelled(failure) ||
         absl::IsFailedPrecondition(failure);
}

}  // namespace

absl::Status SharedDials::Run(const std::string& key, Instant deadline,
                              absl::FunctionRef<absl::Status()> dial) {
  while (true) {
    std::shared_ptr<Dial> shared;
    bool leads = false;
    {
      const Lock lock(lock_);
      std::shared_ptr<Dial>& slot = dials_[key];
      leads = slot == nullptr;
      if (leads) slot = std::make_shared<Dial>();
      shared = slot;
    }
    if (leads) return Lead(key, *shared, dial);
    if (absl::Status waited = Await(*shared, deadline); !waited.ok()) return waited;
    if (!IsItsOwn(shared->outcome)) return shared->outcome;
  }
}

absl::Status SharedDials::Lead(const std::string& key, Dial& dial,
                               absl::FunctionRef<absl::Status()> body) {
  // However this fiber ends, nobody waits for it in vain.
  absl::Cleanup end = [&] { Finish(key, dial, absl::CancelledError("the fiber was ended")); };
  absl::Status outcome = body();
  std::move(end).Cancel();
  Finish(key, dial, outcome);
  return outcome;
}

void SharedDials::Finish(const std::string& key, Dial& dial, const absl::Status& outcome) {
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    dials_.erase(key);
    dial.over = true;
    dial.outcome = outcome;
    waiters = std::exchange(dial.waiters, {});
  }
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

absl::Status SharedDials::Await(Dial& dial, Instant deadline) {
  while (true) {
    Wait wait(scheduler_, "Dial");
    {
      const Lock lock(lock_);
      if (dial.over) return absl::OkStatus();
      dial.waiters.push_back(wait.token());
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "wait for a dial under way");
  }
}

}  // namespace rehearse::net
