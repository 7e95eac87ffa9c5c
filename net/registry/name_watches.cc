#include "rehearse/net/registry/name_watches.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;
using Locations = std::vector<Location>;  // sorted, each once

// What is gone, then what came.
std::vector<NameChange> Differences(const Locations& before, const Locations& now) {
  std::vector<NameChange> changes;
  for (const Location& location : before) {
    if (!std::binary_search(now.begin(), now.end(), location)) {
      changes.push_back({NameChange::Kind::kDown, location});
    }
  }
  for (const Location& location : now) {
    if (!std::binary_search(before.begin(), before.end(), location)) {
      changes.push_back({NameChange::Kind::kUp, location});
    }
  }
  return changes;
}

void Apply(const NameChange& change, Locations& to) {
  const auto at = std::lower_bound(to.begin(), to.end(), change.location);
  if (change.kind == NameChange::Kind::kUp) {
    to.insert(at, change.location);
  } else {
    to.erase(at);
  }
}

}  // namespace

struct NameWatches::Shared {
  struct Name {
    Locations now;
    uint64_t look = 0;  // by which it is known
    std::vector<Watch*> watches;

    // Returns whom to wake.
    std::vector<WaitToken> Become(Locations locations, uint64_t by_look);
  };

  mutable SpinLock lock;
  bool closed = false;
  uint64_t looks = 0;
  std::map<std::string, Name, std::less<>> names;  // that are watched
};

class NameWatches::Watch final : public NameWatch {
 public:
  Watch(std::shared_ptr<Shared> shared, absl::string_view name)
      : shared_(std::move(shared)), name_(name) {
    const Guard lock(shared_->lock);
    Shared::Name& watched = shared_->names[name_];
    watched.watches.push_back(this);
    Tell(watched.now, Differences({}, watched.now));
  }

  ~Watch() override {
    const Guard lock(shared_->lock);
    const auto at = shared_->names.find(name_);
    std::erase(at->second.watches, this);
    if (at->second.watches.empty()) shared_->names.erase(at);
  }

  absl::StatusOr<NameChange> Next(Instant deadline) override {
    while (true) {
      Wait wait(CurrentWorker()->scheduler(), "NameWatch");
      {
        const Guard lock(shared_->lock);
        if (!untold_.empty()) return TakeUntold();
        if (shared_->closed) {
          return absl::UnavailableError(absl::StrCat("watch ", name_, ": the node shuts down"));
        }
        waiter_ = wait.token();
      }
      const WakeReason reason = wait.Until(deadline);
      if (reason != WakeReason::kNotified) {
        return WaitStatus(reason, absl::StrCat("watch ", name_));
      }
    }
  }

  // The name is `now`, by these changes. Returns who waits for one. With the lock.
  WaitToken Tell(const Locations& now, const std::vector<NameChange>& changes) {
    untold_.insert(untold_.end(), changes.begin(), changes.end());
    if (untold_.size() > kUntoldMax) {
      const std::vector<NameChange> differences = Differences(told_, now);
      untold_.assign(differences.begin(), differences.end());
    }
    return TakeWaiter();
  }

  // With the lock.
  WaitToken TakeWaiter() { return std::exchange(waiter_, {}); }

 private:
  // With the lock.
  NameChange TakeUntold() {
    NameChange change = std::move(untold_.front());
    untold_.pop_front();
    Apply(change, told_);
    return change;
  }

  const std::shared_ptr<Shared> shared_;
  const std::string name_;
  // By the lock.
  std::deque<NameChange> untold_;
  Locations told_;  // what its reader knows
  WaitToken waiter_;
};

std::vector<WaitToken> NameWatches::Shared::Name::Become(Locations locations, uint64_t by_look) {
  std::vector<WaitToken> waiters;
  if (by_look < look) return waiters;
  look = by_look;
  const std::vector<NameChange> changes = Differences(now, locations);
  if (changes.empty()) return waiters;
  now = std::move(locations);
  for (Watch* const watch : watches) waiters.push_back(watch->Tell(now, changes));
  return waiters;
}

NameWatches::NameWatches() : shared_(std::make_shared<Shared>()) {}
NameWatches::~NameWatches() { Close(); }

std::unique_ptr<NameWatch> NameWatches::Add(absl::string_view name) {
  return std::make_unique<Watch>(shared_, name);
}

uint64_t NameWatches::BeginLook() {
  const Guard lock(shared_->lock);
  return ++shared_->looks;
}

void NameWatches::Update(absl::string_view name, std::vector<Location> locations, uint64_t look) {
  std::sort(locations.begin(), locations.end());
  locations.erase(std::unique(locations.begin(), locations.end()), locations.end());
  std::vector<WaitToken> waiters;
  {
    const Guard lock(shared_->lock);
    const auto at = shared_->names.find(name);
    if (at == shared_->names.end()) return;
    waiters = at->second.Become(std::move(locations), look);
  }
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
}

void NameWatches::Insert(absl::string_view name, const Location& location) {
  std::vector<WaitToken> waiters;
  {
    const Guard lock(shared_->lock);
    const auto at = shared_->names.find(name);
    if (at == shared_->names.end()) return;
    Locations now = at->second.now;
    const auto place = std::lower_bound(now.begin(), now.end(), location);
    if (place == now.end() || *place != location) now.insert(place, location);
    waiters = at->second.Become(std::move(now), ++shared_->looks);
  }
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
}

bool NameWatches::watches(absl::string_view name) const {
  const Guard lock(shared_->lock);
  return shared_->names.find(name) != shared_->names.end();
}

std::vector<std::string> NameWatches::watched() const {
  const Guard lock(shared_->lock);
  std::vector<std::string> names;
  for (const auto& [name, watched] : shared_->names) names.push_back(name);
  return names;
}

void NameWatches::Close() {
  std::vector<WaitToken> waiters;
  {
    const Guard lock(shared_->lock);
    shared_->closed = true;
    for (auto& [name, watched] : shared_->names) {
      for (Watch* const watch : watched.watches) waiters.push_back(watch->TakeWaiter());
    }
  }
  for (const WaitToken waiter : waiters) Waitable::Wake(waiter, WakeReason::kNotified);
}

}  // namespace rehearse::net
