// Where shards are at home, as one node sees it: written by one actor, read by all who send.

#ifndef REHEARSE_NET_CLUSTER_SHARD_BOARD_H_
#define REHEARSE_NET_CLUSTER_SHARD_BOARD_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/cluster/shard_placement.h"

namespace rehearse::net {

// H is the protocol of the actors that stand for a node: its homes.
template <typename H>
struct ShardTable {
  std::vector<std::string> nodes;  // in their order
  std::vector<ActorRef<H>> homes;  // of each node
  std::vector<size_t> home_of;     // of each shard the index of its node; empty if there is none

  // Null: nobody.
  const ActorRef<H>* HomeOf(size_t shard) const {
    return shard < home_of.size() ? &homes[home_of[shard]] : nullptr;
  }
  const ActorRef<H>* HomeOn(absl::string_view node) const {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i] == node) return &homes[i];
    }
    return nullptr;
  }
  // Empty: nobody.
  absl::string_view NodeOf(size_t shard) const {
    return shard < home_of.size() ? absl::string_view(nodes[home_of[shard]]) : "";
  }
};

// Any fiber of the node.
template <typename H>
class ShardBoard {
 public:
  using Table = std::shared_ptr<const ShardTable<H>>;

  // Never null.
  Table table() const {
    const std::lock_guard<SpinLock> lock(lock_);
    return table_;
  }
  void Set(Table table) {
    const std::lock_guard<SpinLock> lock(lock_);
    table_.swap(table);  // the old one goes when the lock has
  }

 private:
  mutable SpinLock lock_;
  Table table_ = std::make_shared<const ShardTable<H>>();
};

// Told when homes have come or gone.
template <typename H>
struct HomesSeen {
  std::vector<Found<H>> homes;  // in the order of their locations
};

// Follows the shared name of all homes.
template <typename H>
class HomesWatcher final : public Actor {
 public:
  HomesWatcher(std::string group, absl::Duration settle, Recipient<HomesSeen<H>> to)
      : group_(std::move(group)), settle_(settle), to_(std::move(to)) {}

  // A node that has just started has not met all others yet, and knows few names.
  static constexpr int kFirstWaits = 3;

  struct Follow {};

  absl::Status OnStart() override { return Self(this).Tell(Follow()).status(); }

  // For as long as the watcher lives.
  void Handle(const Follow&) {
    const std::unique_ptr<NameWatch> watch = node().names()->Watch(group_);
    absl::Status status = absl::OkStatus();
    int waits = kFirstWaits;
    while (!absl::IsCancelled(status) && !absl::IsUnavailable(status)) {
      status = Sleep(std::exchange(waits, 1) * settle_);
      if (!status.ok()) continue;
      while (status.ok()) status = watch->Next(node().DeadlineIn(absl::ZeroDuration())).status();
      if (!absl::IsDeadlineExceeded(status)) continue;
      absl::StatusOr<std::vector<Found<H>>> homes = node().template LookupAll<H>(group_);
      if (homes.ok()) {
        status = to_.Tell(HomesSeen<H>{*std::move(homes)}).status();
        if (status.ok()) status = watch->Next(Instant::Infinite()).status();
      } else {
        status = absl::IsCancelled(homes.status()) ? homes.status() : absl::OkStatus();
      }
    }
  }

 private:
  const std::string group_;
  const absl::Duration settle_;
  const Recipient<HomesSeen<H>> to_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARD_BOARD_H_
