#include "rehearse/net/registry/name_watches.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
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

// The first difference, and `told` as it is after it.
std::optional<NameChange> NextChange(Locations& told, const Locations& now) {
  for (auto at = told.begin(); at != told.end(); ++at) {
    if (std::binary_search(now.begin(), now.end(), *at)) continue;
    NameChange down{NameChange::Kind::kDown, std::move(*at)};
    told.erase(at);
    return down;
  }
  for (const Location& location : now) {
    const auto at = std::lower_bound(told.begin(), told.end(), location);
    if (at != told.end() && *at == location) continue;
    told.insert(at, location);
    return NameChange{NameChange::Kind::kUp, location};
  }
  return std::nullopt;
}

}  // namespace

struct NameWatches::Shared {
  struct Name {
    Locations now;
    std::vector<Watch*> watches;
  };

  mutable SpinLock lock;
  bool closed = false;
  std::map<std::string, Name, std::less<>> names;  // that are watched
};

class NameWatches::Watch final : public NameWatch {
 public:
  Watch(std::shared_ptr<Shared> shared, absl::string_view name)
      : shared_(std::move(shared)), name_(name) {
    const Guard lock(shared_->lock);
    shared_->names[name_].watches.push_back(this);
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
        if (auto change = NextChange(told_, shared_->names[name_].now)) return *std::move(change);
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

  // With the lock.
  WaitToken TakeWaiter() { return std::exchange(waiter_, {}); }

 private:
  const std::shared_ptr<Shared> shared_;
  const std::string name_;
  Locations told_;    // its reader's
  WaitToken waiter_;  // by the lock
};

NameWatches::NameWatches() : shared_(std::make_shared<Shared>()) {}
NameWatches::~NameWatches() { Close(); }

std::unique_ptr<NameWatch> NameWatches::Add(absl::string_view name) {
  return std::make_unique<Watch>(shared_, name);
}

void NameWatches::Update(absl::string_view name, std::vector<Location> locations) {
  std::sort(locations.begin(), locations.end());
  locations.erase(std::unique(locations.begin(), locations.end()), locations.end());
  std::vector<WaitToken> waiters;
  {
    const Guard lock(shared_->lock);
    const auto at = shared_->names.find(name);
    if (at == shared_->names.end() || at->second.now == locations) return;
    at->second.now = std::move(locations);
    for (Watch* const watch : at->second.watches) waiters.push_back(watch->TakeWaiter());
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
