// One shard of a kind of actors, on the node where it is at home: it has the shard's lock, makes
// the actors of its keys, hands them their messages, and stops them before it gives the lock back.
//
// While it has no lock, what it is sent waits in its mailbox. When it is to go, its node's
// ShardHome (shard_home.h) sends it nothing more, and a Close; it ends when another may have the
// shard.

#ifndef REHEARSE_NET_CLUSTER_SHARD_H_
#define REHEARSE_NET_CLUSTER_SHARD_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/forward.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/net/cluster/cluster.h"
#include "rehearse/net/cluster/held_messages.h"
#include "rehearse/net/cluster/keyed.h"
#include "rehearse/net/cluster/shard_board.h"
#include "rehearse/net/cluster/shard_options.h"

namespace rehearse::net {

template <typename Key, typename P, typename A>
class ShardHome;

// What a node's home takes from other nodes.
template <typename Key, typename P>
struct HomeProtocolOf;
template <typename Key, typename... Signatures>
struct HomeProtocolOf<Key, Protocol<Signatures...>> {
  template <typename Signature>
  struct With;
  template <typename R, typename M>
  struct With<R(M)> {
    using Type = R(Keyed<Key, typename SignatureTraits<R(M)>::Message>);
  };
  using Type = Protocol<void(AwaitShard), typename With<Signatures>::Type...>;
};
template <typename Key, typename P>
using HomeProtocol = typename HomeProtocolOf<Key, P>::Type;

// What all shards of a kind have in common, on one node.
template <typename Key, typename P, typename A>
struct ShardsPlan {
  using Make = std::function<ActorRef<A>(const Sharded<Key>&)>;

  std::string name;
  ShardsOptions options;
  Make make;
  ShardBoard<HomeProtocol<Key, P>> board;

  std::string Describe(size_t shard) const { return absl::StrCat("shard ", shard, " of ", name); }
};

// A shard is asked by its home, once, to let another node have it.
struct CloseShard {};
// A home lets so many of its shards claim their locks at a time.
struct TakeTurn {
  size_t shard;
};
struct EndTurn {
  size_t shard;
};

template <typename Key, typename P, typename A>
class Shard;

template <typename Key, typename... Signatures, typename A>
class Shard<Key, Protocol<Signatures...>, A> final
    : public Actor,
      public KeyedHandler<Shard<Key, Protocol<Signatures...>, A>, Key, Signatures>... {
 public:
  using P = Protocol<Signatures...>;
  using Plan = ShardsPlan<Key, P, A>;
  using Home = ActorRef<ShardHome<Key, P, A>>;

  // False as soon as the home wants the shard to go.
  using Wanted = std::shared_ptr<const std::atomic<bool>>;

  Shard(std::shared_ptr<const Plan> plan, size_t shard, Home home, Wanted wanted)
      : plan_(std::move(plan)),
        shard_(shard),
        lock_(absl::StrCat("shard/", plan_->name, "/", shard)),
        home_(std::move(home)),
        wanted_(std::move(wanted)),
        random_(node().random("shard").Split(plan_->name, shard)),
        held_(plan_->options.held_max) {}

  using KeyedHandler<Shard, Key, Signatures>::Handle...;

  struct Open {};
  struct Look {};
  struct TryHeld {};

  absl::Status OnStart() override { return Self(this).Tell(Open()).status(); }

  // A make that throws costs the message it was for, not the shard.
  AfterPanic OnPanic(const std::string&) override {
    TryLater();
    return AfterPanic::kContinue;
  }

  void OnStop(const ExitReason&) override {
    look_timer_.Cancel();
    try_timer_.Cancel();
    held_.GiveUp();
    (void)StopActors(/*gracefully=*/false);
    if (std::exchange(open_, false)) (void)node().Unregister(lock_);
  }

  // It has the lock's name, and takes this for it.
  void Handle(const KeeperPing&) {}

  void Handle(const Open&) {
    watch_ = node().names()->Watch(lock_);
    AwaitLock();
    look_timer_ = SendEvery(Self(this), options().look_every, Look());
  }

  void Handle(const CloseShard&) {
    closing_ = true;
    held_.GiveUp();
    if (open_) {
      if (!StopActors(/*gracefully=*/true)) {  // one that can't be killed keeps its shard here
        look_timer_.Cancel();
        look_timer_ = SendAfter(Self(this), options().look_every, CloseShard());
        return;
      }
      open_ = false;
      (void)node().Unregister(lock_);
    }
    Stop();
  }

  void Handle(const Look&) {
    if (!open_) return;
    if (!lost_ && IsLost()) {
      lost_ = true;
      node().log().Write(Severity::kWarning,
                         absl::StrCat(plan_->Describe(shard_), " is lost to another node"));
    }
    if (lost_) {
      ClaimAnew();
    } else {
      StopIdle();
    }
  }

  void Handle(const TokenRefused& refused) {
    if (!open_ || closing_ || refused.token != token_) return;
    lost_ = true;
    ClaimAnew();
  }

  void Handle(const Down& down) {
    const auto at = keys_.find(down.monitor);
    if (at == keys_.end()) return;
    const Key key = at->second;
    Forget(actors_.find(key));
    held_.Try(key, Now());
  }

  void Handle(const TryHeld&) {
    trying_ = false;
    held_.TryAll(Now());
    TryLater();
  }

  // What comes for a key.
  template <typename M, typename R>
  void Take(Keyed<Key, M>&& keyed, Reply<R>&& reply) {
    if (!open_) return PassBack(std::move(keyed), std::move(reply));
    if (!held_.Has(keyed.key) && Pass(keyed, reply)) return;
    if (held_.full()) {
      return Drop<M>(std::move(reply),
                     absl::ResourceExhaustedError(absl::StrCat(
                         plan_->Describe(shard_), ": ", options().held_max, " messages wait")));
    }
    const Key key = keyed.key;
    held_.Add(key, Now() + options().hold,
              [this, keyed = std::move(keyed), reply = std::move(reply)](bool give_up) mutable {
                if (!give_up) return Pass(keyed, reply);
                GiveUp(std::move(keyed), std::move(reply));
                return true;
              });
    TryLater();
  }

 private:
  struct Live {
    ActorRef<A> ref;
    uint64_t monitor = 0;
    Instant used = {};
    bool leaving = false;  // it was told to stop
  };
  using Actors = std::map<Key, Live>;

  const ShardsOptions& options() const { return plan_->options; }
  Instant Now() { return node().clock().Now(); }

  // --- The lock.

  // Parks until it has the lock, or is not wanted, or stopped. Meanwhile the mailbox fills.
  void AwaitLock() {
    absl::Status status = absl::OkStatus();
    bool was_told_free = false;
    while (!open_ && !absl::IsCancelled(status) && wanted_->load()) {
      status = Claim();
      if (open_ || absl::IsCancelled(status)) break;
      const Instant until = Now() + Pause();
      const absl::Status told = AwaitOther(until - Now());
      if (told.ok() && !std::exchange(was_told_free, true)) continue;
      was_told_free = false;
      status =
          absl::IsCancelled(told) ? told : Sleep(std::max(until - Now(), absl::ZeroDuration()));
    }
  }

  void ClaimAnew() {
    if (!StopActors(/*gracefully=*/false)) return;  // it looks again
    open_ = false;
    lost_ = false;
    (void)node().Unregister(lock_);
    AwaitLock();
    held_.TryAll(Now());
  }

  absl::Status Claim() {
    absl::Status status = home_.Ask(TakeTurn{shard_});
    if (!status.ok()) return status;
    status = node().template Register<Protocol<void(KeeperPing)>>(lock_, Self(this), &token_);
    open_ = status.ok();
    (void)home_.Tell(EndTurn{shard_});
    const bool is_usual = status.ok() || absl::IsCancelled(status) ||
                          absl::IsAlreadyExists(status) || absl::IsUnavailable(status);
    if (!is_usual && !std::exchange(complained_, true)) {
      node().log().Write(Severity::kWarning,
                         absl::StrCat(plan_->Describe(shard_), ": ", status.ToString()));
    }
    return status;
  }

  absl::Duration Pause() {
    const int64_t nanos = absl::ToInt64Nanoseconds(options().retry_every);
    return absl::Nanoseconds(random_.Between(nanos / 2, nanos));
  }

  // Parks until who has the lock says that it has given it back; OK: it has, or never had it.
  absl::Status AwaitOther(absl::Duration patience) {
    const absl::StatusOr<Location> owner = node().names()->Lookup(lock_);
    if (!owner.ok()) return owner.status();
    const auto table = plan_->board.table();
    const auto* const home = table->HomeOn(owner->node);
    if (home == nullptr || owner->node == node().name()) return absl::UnavailableError("nobody");
    return home->Ask(AwaitShard{.shard = shard_},
                     {.mailbox_timeout = patience, .reply_timeout = patience});
  }

  bool IsLost() {
    while (true) {
      const absl::StatusOr<NameChange> change =
          watch_->Next(node().DeadlineIn(absl::ZeroDuration()));
      if (!change.ok()) return false;
      if (change->kind == NameChange::Kind::kDown && change->location.token == token_) return true;
    }
  }

  // --- Messages.

  // The shard goes, or the actor has taken nothing for too long.
  template <typename M, typename R>
  void GiveUp(Keyed<Key, M>&& keyed, Reply<R>&& reply) {
    if (closing_) return PassBack(std::move(keyed), std::move(reply));
    Drop<M>(std::move(reply), absl::UnavailableError(absl::StrCat(plan_->Describe(shard_),
                                                                  ": its actor takes no message")));
  }

  // The shard is another's now, or will be: the home passes it on.
  template <typename M, typename R>
  void PassBack(Keyed<Key, M>&& keyed, Reply<R>&& reply) {
    if (!reply.wanted()) {
      (void)home_.TryTell(std::move(keyed));
    } else {
      std::move(reply).Refuse(
          absl::UnavailableError(absl::StrCat(plan_->Describe(shard_), " moves")));
    }
  }

  // False: the actor takes none just now.
  template <typename M, typename R>
  bool Pass(Keyed<Key, M>& keyed, Reply<R>& reply) {
    if (!open_ || lost_) return false;
    Live* const live = FindOrMake(keyed.key);
    if (live == nullptr) {
      Drop<M>(std::move(reply),
              absl::ResourceExhaustedError(
                  absl::StrCat(plan_->Describe(shard_), ": it has ", actors_.size(), " actors")));
      return true;
    }
    if (live->leaving) return false;
    live->used = Now();
    if (reply.wanted()) {
      Forward(std::move(reply), live->ref, std::move(keyed.message));
      return true;
    }
    return HasRoom(live->ref) && live->ref.TryTell(std::move(keyed.message)).ok();
  }

  template <typename M, typename R>
  void Drop(Reply<R>&& reply, absl::Status why) {
    DropMessage<M>(node(), std::move(reply), std::move(why),
                   "the sharded actor that it is for takes none");
  }

  // What waits for room in an actor's mailbox is tried again soon.
  void TryLater() {
    if (held_.empty() || std::exchange(trying_, true)) return;
    try_timer_ = SendAfter(Self(this), absl::Milliseconds(20), TryHeld());
  }

  // --- Actors.

  // Null: there are too many.
  Live* FindOrMake(const Key& key) {
    auto at = actors_.find(key);
    if (at != actors_.end() && at->second.ref.alive()) return &at->second;
    if (at != actors_.end()) Forget(at);  // its Down is on its way
    if (actors_.size() >= options().actors_max) return nullptr;
    ActorRef<A> ref = plan_->make(Sharded<Key>{
        .node = node(), .key = key, .shard = shard_, .token = token_, .keeper = Self(this)});
    const uint64_t monitor = Monitor(Self(this), ref);
    keys_.emplace(monitor, key);
    at = actors_.emplace(key, Live{.ref = std::move(ref), .monitor = monitor}).first;
    return &at->second;
  }

  void Forget(typename Actors::iterator at) {
    keys_.erase(at->second.monitor);
    actors_.erase(at);
  }

  static bool HasRoom(const AnyRef& ref) {
    return ref.mailbox_capacity() == 0 || ref.mailbox_size() < ref.mailbox_capacity();
  }

  void StopIdle() {
    if (options().idle_timeout == absl::InfiniteDuration() || Now() < look_for_idle_) return;
    look_for_idle_ = Now() + options().idle_timeout / 4;
    for (auto& [key, live] : actors_) {
      if (live.leaving || live.used + options().idle_timeout > Now()) continue;
      if (held_.Has(key) || live.ref.mailbox_size() != 0) continue;
      live.leaving = live.ref.StopGracefully().ok();
    }
  }

  // Within stop_timeout; whoever is not done by then is killed. False: one lives all the same.
  bool StopActors(bool gracefully) {
    const Instant end = Now() + options().stop_timeout;
    for (auto& [key, live] : actors_) {
      if (!gracefully || !HasRoom(live.ref) || !live.ref.StopGracefully().ok()) live.ref.Stop();
    }
    bool all_ended = true;
    for (auto& [key, live] : actors_) {
      absl::Status status = live.ref.Join(end - Now()).status();
      if (absl::IsDeadlineExceeded(status)) {
        live.ref.Kill();
        status = live.ref.Join(options().stop_timeout).status();
      } else if (!status.ok()) {  // this actor is being stopped, or that one waits for it
        live.ref.Stop();
      }
      all_ended = all_ended && status.ok();
    }
    if (!all_ended) return false;
    actors_.clear();
    keys_.clear();
    return true;
  }

  const std::shared_ptr<const Plan> plan_;
  const size_t shard_;
  const std::string lock_;
  const Home home_;
  const Wanted wanted_;
  Random random_;
  std::unique_ptr<NameWatch> watch_;
  MessageTimer look_timer_;
  MessageTimer try_timer_;
  bool open_ = false;  // it has the lock
  bool lost_ = false;  // and it is another's, or worth nothing
  bool closing_ = false;
  bool complained_ = false;
  bool trying_ = false;  // a TryHeld is on its way
  uint64_t token_ = 0;
  Actors actors_;
  std::map<uint64_t, Key> keys_;  // of actors, by monitor
  Instant look_for_idle_;
  HeldMessages<Key> held_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARD_H_
