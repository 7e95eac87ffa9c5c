// A cell's part in lives on other nodes: it stands for an actor of one, or is watched from one.

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/remote_target.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/router.h"

namespace rehearse::internal {

constexpr uint32_t kStandInBytes = sizeof(Cell) + sizeof(const RemoteTarget*);

const ActorClass kStandInClass = {
    "actor elsewhere", kStandInBytes, BlockClassOf(kStandInBytes), false, false, nullptr};

// Its mailbox is closed from the start, so that nothing can be sent to it.
Cell& Cell::CreateStandIn(Node& node, std::unique_ptr<const RemoteTarget> target) {
  CellOptions options;
  options.prepared = true;
  Cell& cell = Create(node, kStandInClass, options);
  ::new (cell.object()) const RemoteTarget*(target.release());
  const Bias::Access access(cell.bias());
  cell.CloseMailbox();
  return cell;
}

void Cell::EndAsToldElsewhere(ExitReason reason) {
  Phase living = Phase::kStarting;
  if (!phase_.compare_exchange_strong(living, Phase::kEnding, std::memory_order_acq_rel)) return;
  RequestExit(std::move(reason));
  Announce();
}

std::vector<Cell*> Cell::LinkedHere() {
  std::vector<Cell*> linked;
  Cold& cold = this->cold();
  const std::lock_guard<SpinLock> lock(cold.lock);
  for (const Watcher& watcher : cold.watchers) {
    if (watcher.monitor != kLink) continue;
    watcher.cell->Ref();
    linked.push_back(watcher.cell);
  }
  return linked;
}

// The router is to know whether anybody here wants news of it.
void Cell::WatchersChanged() {
  if (stands_for() == nullptr || phase() >= Phase::kEnding) return;
  Router* const router = node().router();
  if (router != nullptr) return router->WatchersChanged(*this);
  EndAsToldElsewhere({ExitReason::Kind::kNodeLost, "this node has no network"});
}

void Cell::AddDistantWatcher(std::shared_ptr<DistantWatcher> watcher, uint64_t number) {
  Cold& cold = this->cold();
  {
    const std::lock_guard<SpinLock> lock(cold.lock);
    if (phase_.load(std::memory_order_seq_cst) != Phase::kEnded) {
      return cold.distant.push_back({std::move(watcher), number});
    }
  }
  watcher->Ended(number, exit_reason());
}

void Cell::RemoveDistantWatcher(const DistantWatcher& watcher, uint64_t number) {
  Cold& cold = this->cold();
  std::shared_ptr<DistantWatcher> removed;  // it goes when the lock is free
  const std::lock_guard<SpinLock> lock(cold.lock);
  const auto at =
      std::find_if(cold.distant.begin(), cold.distant.end(), [&](const Distant& distant) {
        return distant.watcher.get() == &watcher && distant.number == number;
      });
  if (at == cold.distant.end()) return;
  removed = std::move(at->watcher);
  cold.distant.erase(at);
}

}  // namespace rehearse::internal
