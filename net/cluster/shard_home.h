// A node's door for sharded actors: what others send to those at home here comes to it, and it has
// an actor for each shard that is (shard.h). It never waits for anybody.
//
// What comes for a shard that is at home elsewhere, by what this node knows, is passed on there, if
// it was told; an ask is refused, and whoever asks tries again. Two homes that don't agree yet
// would send a message to and fro: so one that was passed on waits here, until something changes
// or for a moment, before it is passed on again.

#ifndef REHEARSE_NET_CLUSTER_SHARD_HOME_H_
#define REHEARSE_NET_CLUSTER_SHARD_HOME_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/forward.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/net/cluster/cluster.h"
#include "rehearse/net/cluster/held_messages.h"
#include "rehearse/net/cluster/keyed.h"
#include "rehearse/net/cluster/shard.h"
#include "rehearse/net/cluster/shard_board.h"
#include "rehearse/net/cluster/shard_options.h"
#include "rehearse/net/cluster/shard_placement.h"

namespace rehearse::net {

// The node is to be home to none any more. Answered when it is not.
struct LeaveShards {};

// The shared name of all homes.
inline std::string HomesOf(absl::string_view name) { return absl::StrCat("shards/", name); }

template <ShardKey Key>
size_t ShardOfKey(const Key& key, size_t shards) {
  std::string bytes;
  AppendWire<Key>(key, bytes);
  return ShardOf(bytes, shards);
}

template <typename Key, typename... Signatures, typename A>
class ShardHome<Key, Protocol<Signatures...>, A> final
    : public Actor,
      public KeyedHandler<ShardHome<Key, Protocol<Signatures...>, A>, Key, Signatures>... {
 public:
  using P = Protocol<Signatures...>;
  using H = HomeProtocol<Key, P>;
  using Plan = ShardsPlan<Key, P, A>;

  // Between two homes that don't agree, a tenth of a second apart: they may see the same change
  // more than a second apart, and a death several.
  static constexpr uint64_t kHopsMax = 64;
  // Who may wait for one shard.
  static constexpr size_t kAwaitingMax = 64;

  explicit ShardHome(std::shared_ptr<Plan> plan)
      : plan_(std::move(plan)), serves_(options().serves), held_(options().held_max) {}

  using KeyedHandler<ShardHome, Key, Signatures>::Handle...;

  struct TryHeld {};
  struct LookAgain {};

  absl::Status OnStart() override {
    SpawnChild<HomesWatcher<H>>(HomesOf(plan_->name), options().settle,
                                Recipient<HomesSeen<H>>(Self(this)));
    return absl::OkStatus();
  }

  void OnStop(const ExitReason&) override {
    look_timer_.Cancel();
    try_timer_.Cancel();
    held_.GiveUp();
  }

  // Shards move to where they are at home now.
  void Handle(const HomesSeen<H>& seen) {
    auto table = std::make_shared<ShardTable<H>>();
    for (const Found<H>& found : seen.homes) {
      if (table->HomeOn(found.node) != nullptr) continue;
      table->nodes.push_back(found.node);
      table->homes.push_back(found.ref);
    }
    table->home_of = PlaceShards(plan_->name, options().shards, table->nodes);
    plan_->board.Set(std::move(table));
    MoveShards();
  }

  void Handle(const LookAgain&) {
    looks_again_ = false;
    MoveShards();
  }

  // The end of a shard's actor: it has not the lock any more.
  void Handle(const Down& down) {
    const auto at = monitored_.find(down.monitor);
    if (at == monitored_.end()) return;
    const size_t shard = at->second;
    monitored_.erase(at);
    std::vector<Reply<void>> awaiting = std::move(here_.at(shard).awaiting);
    here_.erase(shard);
    DropTurn(shard);
    for (Reply<void>& reply : awaiting) std::move(reply).Send();
    if (down.reason.bad()) {  // it is tried again, in a while
      LookAgainLater();
    } else {
      MoveShards();
    }
  }

  // Answered when this node does not have the shard, or has given it back.
  void Handle(const AwaitShard& await, Reply<void> reply) {
    const auto at = here_.find(await.shard);
    if (at == here_.end()) return std::move(reply).Send();
    if (at->second.awaiting.size() < kAwaitingMax) {
      at->second.awaiting.push_back(std::move(reply));
    } else {
      std::move(reply).Refuse(absl::ResourceExhaustedError("too many wait for the shard"));
    }
  }

  void Handle(const TakeTurn& turn, Reply<void> reply) {
    waiting_turns_.emplace_back(turn.shard, std::move(reply));
    GiveTurns();
  }
  void Handle(const EndTurn& turn) { DropTurn(turn.shard); }

  void Handle(const LeaveShards&, Reply<void> reply) {
    if (std::exchange(serves_, false)) {
      (void)node().UnregisterShared(HomesOf(plan_->name), Self(this));
    }
    leaving_.push_back(std::move(reply));
    AnswerLeaving();
  }

  void Handle(const TryHeld&) {
    trying_ = false;
    held_.TryAll(Now());
    TryLater();
  }

  // What comes for a key.
  template <typename M, typename R>
  void Take(Keyed<Key, M>&& keyed, Reply<R>&& reply) {
    if (keyed.shards != options().shards) {
      return Drop<M>(std::move(reply),
                     absl::FailedPreconditionError(
                         absl::StrCat(plan_->name, " has ", options().shards, " shards on node ",
                                      node().name(), ", and ", keyed.shards, " for the sender")));
    }
    const size_t shard = ShardOfKey(keyed.key, options().shards);
    if (!held_.Has(shard) && Pass(shard, keyed, reply, /*has_waited=*/false)) return;
    if (held_.full()) {
      return Drop<M>(std::move(reply),
                     absl::ResourceExhaustedError(absl::StrCat(
                         plan_->Describe(shard), ": ", options().held_max, " messages wait")));
    }
    held_.Add(
        shard, Now() + options().hold,
        [this, shard, keyed = std::move(keyed), reply = std::move(reply)](bool give_up) mutable {
          if (!give_up) return Pass(shard, keyed, reply, /*has_waited=*/true);
          Drop<M>(std::move(reply), absl::UnavailableError(absl::StrCat(plan_->Describe(shard),
                                                                        " is at home nowhere")));
          return true;
        });
    TryLater();
  }

 private:
  struct Here {
    ActorRef<Shard<Key, P, A>> actor = {};
    std::shared_ptr<std::atomic<bool>> wanted = {};
    bool closing = false;
    bool was_told = false;
    std::vector<Reply<void>> awaiting = {};
  };

  const ShardsOptions& options() const { return plan_->options; }
  Instant Now() { return node().clock().Now(); }

  bool IsMine(size_t shard) { return plan_->board.table()->NodeOf(shard) == node().name(); }

  void MoveShards() {
    for (size_t shard = 0; shard < options().shards; ++shard) {
      const auto at = here_.find(shard);
      if (at == here_.end()) {
        if (IsMine(shard) && !node().shutting_down()) Open(shard);
      } else if (!IsMine(shard) || at->second.closing) {
        Close(at->second);
      }
    }
    held_.TryAll(Now());
    AnswerLeaving();
  }

  void Open(size_t shard) {
    Here here{.wanted = std::make_shared<std::atomic<bool>>(true)};
    here.actor = SpawnChildWith<Shard<Key, P, A>>(
        {.mailbox_capacity = options().mailbox_capacity}, std::shared_ptr<const Plan>(plan_), shard,
        Self(this), typename Shard<Key, P, A>::Wanted(here.wanted));
    monitored_[Monitor(Self(this), here.actor)] = shard;
    here_.emplace(shard, std::move(here));
  }

  // Nothing is sent to it any more, whatever happens until it has ended.
  void Close(Here& here) {
    here.closing = true;
    here.wanted->store(false);
    if (here.was_told) return;
    here.was_told = here.actor.TryTell(CloseShard()).ok();
    if (!here.was_told) LookAgainLater();
  }

  void LookAgainLater() {
    if (std::exchange(looks_again_, true)) return;
    look_timer_ = SendAfter(Self(this), options().retry_every, LookAgain());
  }

  // --- Turns.

  void GiveTurns() {
    while (!waiting_turns_.empty() && turns_.size() < options().claims_max) {
      auto [shard, reply] = std::move(waiting_turns_.front());
      waiting_turns_.pop_front();
      turns_.insert(shard);
      std::move(reply).Send();
    }
  }
  void DropTurn(size_t shard) {
    turns_.erase(shard);
    std::erase_if(waiting_turns_, [shard](const auto& one) { return one.first == shard; });
    GiveTurns();
  }

  void AnswerLeaving() {
    if (!here_.empty() || plan_->board.table()->HomeOn(node().name()) != nullptr) return;
    for (Reply<void>& reply : leaving_) std::move(reply).Send();
    leaving_.clear();
  }

  // --- Messages.

  // False: it can't be passed on yet.
  template <typename M, typename R>
  bool Pass(size_t shard, Keyed<Key, M>& keyed, Reply<R>& reply, bool has_waited) {
    const auto table = plan_->board.table();
    const auto* const home = table->HomeOf(shard);
    if (home == nullptr) return false;
    if (IsMine(shard)) return PassHere(shard, keyed, reply);
    if (reply.wanted()) {
      std::move(reply).Refuse(absl::UnavailableError(
          absl::StrCat(plan_->Describe(shard), " is at home on node ", table->NodeOf(shard))));
      return true;
    }
    if (keyed.hops >= kHopsMax) {
      Drop<M>(std::move(reply), absl::OkStatus());
      return true;
    }
    if (keyed.hops > 0 && !has_waited) return false;
    ++keyed.hops;
    if (home->TryTell(keyed).ok()) return true;
    --keyed.hops;
    return false;
  }

  template <typename M, typename R>
  bool PassHere(size_t shard, Keyed<Key, M>& keyed, Reply<R>& reply) {
    const auto at = here_.find(shard);
    if (at == here_.end() || at->second.closing) return false;
    if (!reply.wanted()) return at->second.actor.TryTell(std::move(keyed)).ok();
    Forward(std::move(reply), at->second.actor, std::move(keyed));
    return true;
  }

  template <typename M, typename R>
  void Drop(Reply<R>&& reply, absl::Status why) {
    DropMessage<M>(node(), std::move(reply), std::move(why),
                   "the sharded actor that it is for is nowhere");
  }

  // Homes that were out of reach are tried again soon.
  void TryLater() {
    if (held_.empty() || std::exchange(trying_, true)) return;
    try_timer_ = SendAfter(Self(this), absl::Milliseconds(100), TryHeld());
  }

  const std::shared_ptr<Plan> plan_;
  bool serves_;
  std::map<size_t, Here> here_;           // shards that have an actor
  std::map<uint64_t, size_t> monitored_;  // they, by monitor
  std::set<size_t> turns_;                // that claim their locks
  std::deque<std::pair<size_t, Reply<void>>> waiting_turns_;
  std::vector<Reply<void>> leaving_;
  MessageTimer look_timer_;
  MessageTimer try_timer_;
  bool looks_again_ = false;  // a LookAgain is on its way
  bool trying_ = false;       // a TryHeld is on its way
  HeldMessages<size_t> held_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARD_HOME_H_
