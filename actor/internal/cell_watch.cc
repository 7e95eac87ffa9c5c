// Who is told of whose end: monitors, one way, and links, both; here and on other nodes.
//
// The watched has a list of who is to be told; the watcher one of whom it watches, so that it can
// be taken off the others' lists when it ends itself: what lives long would else remember all that
// ever watched it.

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse::internal {
namespace {

bool IsLink(uint64_t monitor) { return monitor == kLink || monitor == kLinkFromAfar; }

// The entry's cell, with its count; null if there is no entry.
template <typename Entry>
Cell* TakeOut(std::vector<Entry>& entries, const Cell& cell, uint64_t monitor) {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.cell == &cell && entry.monitor == monitor;
  });
  if (at == entries.end()) return nullptr;
  Cell* const taken = at->cell;
  entries.erase(at);
  return taken;
}

}  // namespace

void Cell::AddWatcher(Watcher watcher) {
  if (!watcher.cell->Remember(*this, watcher.monitor)) return;
  Cold& cold = this->cold();
  watcher.cell->Ref();
  bool lives;
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    lives = phase_.load(std::memory_order_seq_cst) != Phase::kEnded;
    if (lives) cold.watchers.push_back(watcher);
  }
  if (lives) WatchersChanged();
  if (!lives) {
    EnvelopePtr down = watcher.make_down(*watcher.cell, watcher.monitor, *this);
    watcher.cell->SendSystem(down);
    watcher.cell->Unref();
  } else if (watcher.cell->phase() == Phase::kEnded) {
    DropWatcher(*watcher.cell, watcher.monitor);  // it ended before it could know of this
  }
}

void Cell::RemoveWatcher(Cell& watcher, uint64_t monitor) {
  DropWatcher(watcher, monitor);
  watcher.Forget(*this, monitor);
}

size_t Cell::watcher_count() {
  Cold* const cold = cold_.load(std::memory_order_acquire);
  if (cold == nullptr) return 0;
  const std::lock_guard<SpinLock> lock(cold->lock);
  return cold->watchers.size();
}

void Cell::DropWatcher(const Cell& watcher, uint64_t monitor) {
  Cold& cold = this->cold();
  Cell* dropped = nullptr;
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    dropped = TakeOut(cold.watchers, watcher, monitor);
  }
  if (dropped == nullptr) return;
  dropped->Unref();
  WatchersChanged();
}

// False: it has ended, or is linked to it already.
bool Cell::Remember(Cell& watched, uint64_t monitor) {
  Cold& cold = this->cold();
  std::vector<Watched> ended;
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    if (phase_.load(std::memory_order_seq_cst) == Phase::kEnded) return false;
    const auto linked = [&](const Watched& w) { return w.cell == &watched && IsLink(w.monitor); };
    if (IsLink(monitor) && std::any_of(cold.watching.begin(), cold.watching.end(), linked)) {
      return false;
    }
    if (cold.watching.size() >= cold.watching_max) {
      const auto first_ended =
          std::stable_partition(cold.watching.begin(), cold.watching.end(),
                                [](const Watched& w) { return w.cell->phase() != Phase::kEnded; });
      ended.assign(first_ended, cold.watching.end());
      cold.watching.erase(first_ended, cold.watching.end());
      cold.watching_max = std::max<size_t>(16, 2 * cold.watching.size());
    }
    watched.Ref();
    cold.watching.push_back({&watched, monitor});
  }
  for (const Watched& w : ended) w.cell->Unref();
  return true;
}

void Cell::Forget(const Cell& watched, uint64_t monitor) {
  Cold& cold = this->cold();
  Cell* forgotten = nullptr;
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    forgotten = TakeOut(cold.watching, watched, monitor);
  }
  if (forgotten != nullptr) forgotten->Unref();
}

// A link is over once it has been told.
void Cell::LinkDied(Cell& who, const ExitReason& reason) {
  Forget(who, kLink);
  DropWatcher(who, kLink);
  AfterLinkDied after = reason.bad() ? AfterLinkDied::kStop : AfterLinkDied::kContinue;
  if (constructed_ && class_->actor != nullptr && phase() == Phase::kRunning) {
    after = class_->actor(object()).OnLinkDied(who.actor_id(), reason);
  }
  if (after == AfterLinkDied::kContinue) return;
  RequestExit({ExitReason::Kind::kLinkDied, absl::StrCat(who.Describe(), " ", reason.ToString())});
}

namespace {

struct DeadLink {
  DeadLink(Cell& who, ExitReason reason) : who(&who), reason(std::move(reason)) { who.Ref(); }
  DeadLink(DeadLink&& other) noexcept
      : who(std::exchange(other.who, nullptr)), reason(std::move(other.reason)) {}
  ~DeadLink() {
    if (who != nullptr) who->Unref();
  }
  Cell* who;
  ExitReason reason;
};

EnvelopePtr MakeLinkDied(Cell& watcher, uint64_t, Cell& ended) {
  return EnvelopePtr(MakeEnvelope<DeadLink, false>(watcher.domain().scheduler().blocks(), kLinkDied,
                                                   DeadLink(ended, ended.exit_reason())));
}

}  // namespace

const MessageOps kLinkDied = {"link died",
                              [](Cell& cell, Envelope& envelope) {
                                auto& died = envelope.As<DeadLink>();
                                cell.LinkDied(*died.who, died.reason);
                              },
                              kDestroy<DeadLink>};

void LinkCells(Cell& one, Cell& other) {
  if (&one == &other) return;
  if (one.stands_for() != nullptr) return LinkAcross(other, one, kLink);
  if (other.stands_for() != nullptr) return LinkAcross(one, other, kLink);
  one.AddWatcher({&other, kLink, &MakeLinkDied});
  other.AddWatcher({&one, kLink, &MakeLinkDied});
}

// The other node tells its own actor of the end of this one.
void LinkAcross(Cell& here, Cell& stand_in, uint64_t link) {
  if (here.stands_for() == nullptr) stand_in.AddWatcher({&here, link, &MakeLinkDied});
}

void UnlinkCells(Cell& one, Cell& other) {
  one.RemoveWatcher(other, kLink);
  other.RemoveWatcher(one, kLink);
}

}  // namespace rehearse::internal
