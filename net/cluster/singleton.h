// One actor of a kind in the whole cluster.
//
//   // On each node that may run it.
//   StartSingleton<LedgerProtocol>(node, "ledger", [](Node& node, uint64_t token) {
//     return node.Spawn<Ledger>(token);
//   });
//   …
//   auto ledger = node.Lookup<LedgerProtocol>("ledger");   // anywhere; again when it is gone
//
// The nodes contend for a unique name, a lock. Who has it starts the actor, registers it, and stops
// it before giving the lock back. A node that cannot be reached is no node that has stopped: while
// the cluster is in parts there may be one actor in each. What must not be used by two is given the
// actor's token, which is greater for each later one, and refuses whoever comes with a smaller one
// than it has seen.

#ifndef REHEARSE_NET_CLUSTER_SINGLETON_H_
#define REHEARSE_NET_CLUSTER_SINGLETON_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/net/cluster/cluster.h"

namespace rehearse::net {

struct SingletonOptions {
  // How often a node that does not have the lock tries to get it, besides when it hears that it is
  // free; and one whose actor has ended makes another. Some of it is drawn.
  absl::Duration retry_every = absl::Seconds(2);
  // How often who has the lock looks whether its actor lives.
  absl::Duration look_every = absl::Milliseconds(250);
  // How long the actor may take to stop before it is killed.
  absl::Duration stop_timeout = absl::Seconds(5);
};

// A node's contender for one singleton. Stop it, and the singleton moves elsewhere.
template <typename P>
class SingletonKeeper final : public Actor {
 public:
  // Makes the actor; its token is greater than that of any before it.
  using Make = std::function<ActorRef<P>(Node& node, uint64_t token)>;

  SingletonKeeper(std::string name, Make make, const SingletonOptions& options)
      : name_(std::move(name)),
        lock_(absl::StrCat("lock/", name_)),
        make_(std::move(make)),
        options_(options),
        random_(node().random("singleton").Split(name_)) {}

  struct Keep {};

  absl::Status OnStart() override { return Self(this).Tell(Keep{}).status(); }

  void Handle(const KeeperPing&) {}

  // For as long as the keeper lives: it is told nothing else.
  void Handle(const Keep&) {
    const std::unique_ptr<NameWatch> watch = node().names()->Watch(lock_);
    absl::Status status = absl::OkStatus();
    while (!absl::IsCancelled(status)) {
      uint64_t token = 0;
      status = node().template Register<Protocol<void(KeeperPing)>>(lock_, Self(this), &token);
      locked_ = status.ok();
      if (locked_) {
        status = Serve(*watch, token);
        if (absl::IsCancelled(status)) return;  // OnStop has time for the rest
        Release();
        status = Sleep(options_.look_every);
      } else if (!absl::IsCancelled(status)) {
        status = AwaitFree(*watch);
      }
    }
  }

  void OnStop(const ExitReason&) override { Release(); }

 private:
  using Kind = NameChange::Kind;

  // Parks until the lock may be free.
  absl::Status AwaitFree(NameWatch& watch) {
    const int64_t nanos = absl::ToInt64Nanoseconds(options_.retry_every);
    const Instant end = node().DeadlineIn(absl::Nanoseconds(random_.Between(nanos / 2, nanos)));
    while (true) {
      const absl::StatusOr<NameChange> change = watch.Next(end);
      if (absl::IsDeadlineExceeded(change.status())) return absl::OkStatus();
      if (absl::IsUnavailable(change.status())) return absl::CancelledError("the node ends");
      if (!change.ok()) return change.status();
      if (change->kind == Kind::kDown) return absl::OkStatus();
    }
  }

  // Has the lock: runs the actor until it ends, or the lock is lost.
  absl::Status Serve(NameWatch& watch, uint64_t token) {
    actor_ = make_(node(), token);
    const std::unique_ptr<NameWatch> named_watch = node().names()->Watch(name_);
    uint64_t named_token = 0;
    absl::Status status = absl::OkStatus();
    while (status.ok() && actor_.alive() && !IsLost(watch, token, status)) {
      if (registered_ && !IsNameLost(*named_watch, named_token)) continue;
      if (std::exchange(registered_, false)) (void)node().Unregister(name_);
      const absl::Status named = node().template Register<P>(name_, actor_, &named_token);
      registered_ = named.ok();
      if (absl::IsCancelled(named)) return named;
    }
    return status;
  }

  // Looks for a while.
  bool IsLost(NameWatch& watch, uint64_t token, absl::Status& status) {
    const absl::StatusOr<NameChange> change = watch.Next(node().DeadlineIn(options_.look_every));
    if (absl::IsDeadlineExceeded(change.status())) return false;
    status = absl::IsUnavailable(change.status()) ? absl::CancelledError("the node ends")
                                                  : change.status();
    return !change.ok() || (change->kind == Kind::kDown && change->location.token == token);
  }

  // Another had the actor's name by a greater token, and has the lock no longer: the name may be
  // nobody's now. Looks at what has changed, and waits for nothing more.
  bool IsNameLost(NameWatch& watch, uint64_t token) {
    while (true) {
      const absl::StatusOr<NameChange> change = watch.Next(node().DeadlineIn(absl::ZeroDuration()));
      if (!change.ok()) return false;
      if (change->kind == Kind::kDown && change->location.token == token) return true;
    }
  }

  // The actor first: nobody has the lock while it may still run.
  void Release() {
    actor_.Stop();
    if (actor_ && !actor_.Join(options_.stop_timeout).ok()) {
      actor_.Kill();
      (void)actor_.Join(options_.stop_timeout);
    }
    actor_ = {};
    if (std::exchange(registered_, false)) (void)node().Unregister(name_);
    if (std::exchange(locked_, false)) (void)node().Unregister(lock_);
  }

  const std::string name_;
  const std::string lock_;
  const Make make_;
  const SingletonOptions options_;
  Random random_;
  ActorRef<P> actor_;        // that runs here
  bool registered_ = false;  // it, as name_
  bool locked_ = false;
};

// Makes `node` one of those that may run the actor called `name`. The node has Names. The keeper
// can be stopped: then this node does not run it any more.
template <typename P>
ActorRef<SingletonKeeper<P>> StartSingleton(Node& node, std::string name,
                                            typename SingletonKeeper<P>::Make make,
                                            const SingletonOptions& options = {}) {
  return node.Spawn<SingletonKeeper<P>>(std::move(name), std::move(make), options);
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SINGLETON_H_
