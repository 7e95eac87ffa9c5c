// Actors by the keys that they are for, spread over the nodes of a cluster: each lives on one of
// them, is made when it is first told something, and moves when nodes come and go.
//
//   // On each node.
//   auto carts = StartShards<std::string, CartProtocol>(
//       node, "carts", [](const Sharded<std::string>& cart) {
//         return SpawnChild<Cart>(cart.key, cart.token);
//       });
//   …
//   carts->Tell("alice", Add{.item = 7});
//   absl::StatusOr<int64_t> total = carts->Ask("alice", Total());
//
// Keys are spread over a fixed number of shards, and these over the nodes (shard_placement.h). A
// node has a shard's actors while it has the shard's lock, a unique name, and stops them before it
// gives that back: in a cluster that is whole there are never two of a key, also while a shard
// moves. In a cluster in parts there may be one in each; that is what the token is for. An actor
// that moves is stopped here and made there: what it is to take along it writes in OnStop, or
// sooner, to where the next one reads it.

#ifndef REHEARSE_NET_CLUSTER_SHARDS_H_
#define REHEARSE_NET_CLUSTER_SHARDS_H_

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/send_result.h"
#include "rehearse/net/cluster/keyed.h"
#include "rehearse/net/cluster/shard_home.h"
#include "rehearse/net/cluster/shard_options.h"

namespace rehearse::net {

// Of what a factory returns.
template <typename Ref>
struct ActorOfRef;
template <typename A>
struct ActorOfRef<ActorRef<A>> {
  using Type = A;
};

// A node's way to the actors of one kind. On the node's fibers; copies are the same.
template <ShardKey Key, typename P>
class Shards {
 public:
  using H = HomeProtocol<Key, P>;

  // For StartShards. `node` outlives it.
  template <typename A>
  Shards(Node& node, std::shared_ptr<ShardsPlan<Key, P, A>> plan,
         ActorRef<ShardHome<Key, P, A>> home)
      : node_(&node),
        options_(plan->options),
        board_(plan, &plan->board),
        home_(home),
        any_home_(home),
        leave_(home) {}

  // To the actor of `key`. Returns when the message is on its way. It arrives once at most, and
  // what one actor tells a key, in its order as long as no node comes or goes. Waits for room at
  // the node where the actor is at home; what finds its own mailbox full waits there (held_max).
  //   as ActorRef::Tell
  //   kDataLoss  what the caller has told keys of that node before may be lost: the stream broke.
  //              This message was not sent; the next is.
  template <typename M>
  SendResult Tell(const Key& key, M&& message) const {
    return HomeOf(key).Tell(KeyedOf(key, std::forward<M>(message)));
  }

  // Asks it, and waits for the answer. What was certainly not handled, because the shard moves, or
  // its home or the actor has ended or is full, is asked again until the time is up.
  //   as ActorRef::Ask
  //   kFailedPrecondition  the nodes do not agree on the number of shards.
  template <typename M>
  auto Ask(const Key& key, M&& message, AskOptions options = {}) const {
    const auto keyed = KeyedOf(key, std::forward<M>(message));
    if (options.reply_timeout == absl::InfiniteDuration()) {
      options.reply_timeout = options_.ask_timeout;
    }
    const Instant end = node_->DeadlineIn(options.reply_timeout);
    absl::Duration pause = absl::Milliseconds(20);
    while (true) {
      options.reply_timeout = end - node_->DeadlineIn(absl::ZeroDuration());
      auto answer = HomeOf(key).Ask(keyed, options);
      if (!MayAskAgain(StatusOf(answer)) || node_->DeadlineIn(pause) >= end) return answer;
      const absl::Status rested = Sleep(pause);
      if (!rested.ok()) return decltype(answer)(rested);
      pause = std::min(2 * pause, absl::Milliseconds(500));
    }
  }

  // Gives all shards that are here to other nodes, and takes none any more. The handle goes on to
  // work, by what other nodes have. For who is about to end: without it the actors here end with
  // their node, and what is on its way to them is lost, or asked again.
  //   kDeadlineExceeded  some are here still.
  absl::Status Leave(absl::Duration timeout) const {
    return leave_.Ask(LeaveShards(), {.reply_timeout = timeout});
  }

  // The node that `key` is at home on, by what this one knows; empty if there is none.
  std::string NodeOf(const Key& key) const {
    return std::string(board_->table()->NodeOf(ShardOfKey(key, options_.shards)));
  }
  const AnyRef& home() const { return any_home_; }

 private:
  ActorRef<H> HomeOf(const Key& key) const {
    const auto table = board_->table();
    const ActorRef<H>* const home = table->HomeOf(ShardOfKey(key, options_.shards));
    return home != nullptr ? *home : home_;
  }

  template <typename M>
  Keyed<Key, std::decay_t<M>> KeyedOf(const Key& key, M&& message) const {
    return {.key = key, .shards = options_.shards, .message = std::forward<M>(message)};
  }

  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <typename T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& answer) {
    return answer.status();
  }

  static bool MayAskAgain(const absl::Status& status) {
    if (!IsFrameworkError(status) || EffectOf(status) != Effect::kNone) return false;
    return absl::IsUnavailable(status) || absl::IsNotFound(status) ||
           absl::IsResourceExhausted(status) || absl::IsDataLoss(status);
  }

  Node* node_;
  ShardsOptions options_;
  std::shared_ptr<const ShardBoard<H>> board_;
  ActorRef<H> home_;  // this node's
  AnyRef any_home_;
  ReplyRecipient<LeaveShards, void> leave_;
};

// Makes `node` a home of the actors called `name`, which take the messages of P, from schemas; once
// a name on a node. `make` is called on the fiber of a shard, whose other actors wait meanwhile; by
// several at once, where the node has several workers:
//   ActorRef<SomeActor> make(const Sharded<Key>&)
// What it spawns with SpawnChild ends with its shard, whatever happens; so should it be. An actor
// that ends, by itself or by a panic, is made again when its key is told something.
//   kInvalidArgument     the name is none, or so many shards there can't be.
//   kFailedPrecondition  the node has no Names that know shared names.
template <ShardKey Key, typename P, typename Make>
absl::StatusOr<Shards<Key, P>> StartShards(Node& node, std::string name, Make make,
                                           const ShardsOptions& options = {}) {
  using A = typename ActorOfRef<std::invoke_result_t<Make&, const Sharded<Key>&>>::Type;
  if (options.shards == 0 || options.shards > ShardsOptions::kShardsMax) {
    return absl::InvalidArgumentError(absl::StrCat("start ", name, " in ", options.shards,
                                                   " shards: 1 to ", ShardsOptions::kShardsMax,
                                                   " there can be"));
  }
  if (node.names() == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "start ", name, ": this node has nobody who keeps shared names (JoinCluster)"));
  }
  auto plan = std::make_shared<ShardsPlan<Key, P, A>>();
  plan->name = std::move(name);
  plan->options = options;
  plan->make = std::move(make);
  auto home =
      node.SpawnWith<ShardHome<Key, P, A>>({.mailbox_capacity = options.mailbox_capacity}, plan);
  if (options.serves) {
    const absl::Status status =
        node.RegisterShared<HomeProtocol<Key, P>>(HomesOf(plan->name), home);
    if (!status.ok() && !absl::IsUnavailable(status)) {
      home.Stop();
      return status;
    }
  }
  return Shards<Key, P>(node, std::move(plan), std::move(home));
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARDS_H_
