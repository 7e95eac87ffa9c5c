// Several actors of one class behind one ref.
//
//   using Clerks = Pool<Clerk, Stamp, Count>;            // the messages that go through the pool
//   auto clerks = node.Spawn<Clerks>(Clerks::Options{.workers = 3}, "ink");  // thrice Clerk("ink")
//   clerks.Tell(Stamp{});
//   absl::StatusOr<int> count = clerks.Ask(Count{});  // as one would ask a Clerk
//
// A message runs in the worker itself: the pool passes the owed answer on and waits for nobody, and
// what the worker answers, or how it fails, is what the asker gets. The order of one sender's
// messages is kept only among those that go to one worker, as those of one key do.

#ifndef REHEARSE_ACTOR_PATTERNS_POOL_H_
#define REHEARSE_ACTOR_PATTERNS_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/pool_job.h"
#include "rehearse/actor/patterns/pool_options.h"
#include "rehearse/actor/reply.h"

namespace rehearse {

// A copy for each worker, without answers. Asked, the pool answers how many workers took it.
template <typename M>
struct PoolBroadcast {
  M message;
};

// Finish what was sent so far, then end, and the pool with the workers. Answered before the pool
// ends:
//   kDeadlineExceeded  not all was finished in time; what is left is refused.
//   kCancelled         the pool is being stopped.
struct DrainPool {
  absl::Duration timeout = absl::InfiniteDuration();
};

// Answered with how many messages each worker has, the one in hand included.
struct GetPoolLoads {};

// An A that also takes a pool's jobs. Only its pool sends to it.
template <typename A>
class PoolWorker final : public A {
 public:
  using A::A;
  using A::Handle;

  struct Leave {};

  absl::Status Handle(PoolJob<A>&& job) { return job.Run(*this); }
  void Handle(const Leave&) { this->Stop(); }
};

// How a pool P of As takes messages of type M.
template <typename P, typename A, typename M>
class PoolEntry {
 public:
  void Handle(M message, Reply<ReturnOf<A, M>> reply) {
    static_assert(kHandles<A, M>, "the workers of this pool have no Handle(M) for its message M");
    P& pool = static_cast<P&>(*this);
    const auto& key = std::get<std::function<std::string(const M&)>>(pool.options_.keys);
    std::optional<uint64_t> hash;
    if (key != nullptr) hash = HashLabel(key(message));
    pool.Dispatch(Wrap(std::move(message), std::move(reply)), hash);
  }

  size_t Handle(const PoolBroadcast<M>& broadcast) {
    P& pool = static_cast<P&>(*this);
    size_t told = 0;
    for (size_t place = 0; place < pool.seats_.size(); ++place) {
      Reply<ReturnOf<A, M>> nobody(CurrentNode(), ReplyId{});
      told += pool.DispatchTo(place, Wrap(broadcast.message, std::move(nobody))) ? 1 : 0;
    }
    return told;
  }

 private:
  static PoolJob<A> Wrap(M message, Reply<ReturnOf<A, M>> reply) {
    return PoolJob<A>(std::make_unique<PoolTaskOf<A, M>>(std::move(message), std::move(reply)));
  }
};

// Handles each of Ms, with A's answer to it; with the messages above.
//
// What an asker may get besides the worker's own answer:
//   kAborted            the worker panicked, was killed, or dropped the answer (effect kMaybe).
//   kUnavailable        the worker ended before it got to the message (kNone): retry.
//   kResourceExhausted  the workers are full, with WhenPoolFull::kRefuse (kNone): slow down.
//   kCancelled          the pool was stopped while it waited for room (kNone).
template <typename A, typename... Ms>
class Pool final : public Actor, public PoolEntry<Pool<A, Ms...>, A, Ms>... {
 public:
  using Options = PoolOptions<Ms...>;
  // Starts the worker of `place`, 0 to workers - 1, by SpawnChildWith<PoolWorker<A>>(options, …).
  // On the pool's fiber.
  using Factory = std::function<ActorRef<PoolWorker<A>>(const SpawnOptions& options, size_t place)>;

  Pool(Options options, Factory factory)
      : options_(std::move(options)), factory_(std::move(factory)) {
    if (options_.workers == 0) throw std::invalid_argument("a pool of no workers");
    if (options_.queue_max < 1 || options_.queue_max > 65535) {
      throw std::invalid_argument(absl::StrCat("a pool with queues of ", options_.queue_max));
    }
  }
  // Each worker is an A of copies of `arguments`.
  template <typename... Arguments>
  requires std::is_constructible_v<A, const Arguments&...>
  explicit Pool(Options options, Arguments... arguments)
      : Pool(std::move(options), Factory([arguments...](const SpawnOptions& spawn, size_t) {
               return SpawnChildWith<PoolWorker<A>>(spawn, arguments...);
             })) {}

  absl::Status OnStart() override {
    seats_.resize(options_.workers);
    for (size_t place = 0; place < seats_.size(); ++place) Fill(place);
    return absl::OkStatus();
  }

  using PoolEntry<Pool, A, Ms>::Handle...;

  // The worker may have been replaced already, by who found it gone.
  void Handle(const Down& down) {
    for (size_t place = 0; place < seats_.size(); ++place) {
      if (seats_[place].monitor == down.monitor) Replace(place, down.reason.ToString());
    }
  }

  void Handle(const DrainPool& drain, Reply<absl::Status> reply) {
    const Instant deadline = node().clock().Now() + drain.timeout;
    absl::Status status;
    for (const Seat& seat : seats_) {
      const absl::Duration left = deadline - node().clock().Now();
      const absl::Status left_well = seat.worker.Ask(
          typename PoolWorker<A>::Leave{}, {.mailbox_timeout = left, .reply_timeout = left});
      // A worker that has ended has nothing left to do.
      if (absl::IsDeadlineExceeded(left_well) || absl::IsResourceExhausted(left_well) ||
          absl::IsCancelled(left_well)) {
        status = left_well;
      }
    }
    if (absl::IsResourceExhausted(status)) {
      status = absl::DeadlineExceededError("drain: a worker's queue was full to the end");
    }
    std::move(reply).Send(status);
    Stop();
  }

  std::vector<uint32_t> Handle(const GetPoolLoads&) {
    std::vector<uint32_t> loads;
    for (size_t place = 0; place < seats_.size(); ++place) loads.push_back(LoadOf(place));
    return loads;
  }

 private:
  template <typename P, typename B, typename M>
  friend class PoolEntry;

  // A place, and who has it now.
  struct Seat {
    ActorRef<PoolWorker<A>> worker;
    uint64_t monitor = 0;
    PoolLoad load;
  };

  // Where the pool refuses, it counts, and no mailbox does.
  void Fill(size_t place) {
    Seat& seat = seats_[place];
    const bool counts = options_.when_full == WhenPoolFull::kRefuse;
    seat.load = std::make_shared<std::atomic<uint32_t>>(0);
    seat.worker = factory_({.mailbox_capacity = counts ? 0 : options_.queue_max}, place);
    seat.monitor = Monitor(Self(this), seat.worker);
  }

  void Replace(size_t place, const std::string& why) {
    const Instant now = node().clock().Now();
    while (!replaced_.empty() && now - replaced_.front() > options_.replacements_window) {
      replaced_.pop_front();
    }
    if (replaced_.size() >= options_.replacements_max) {
      throw std::runtime_error(absl::StrCat("pool: ", replaced_.size(), " workers replaced within ",
                                            absl::FormatDuration(options_.replacements_window),
                                            "; the next ended too: ", why));
    }
    replaced_.push_back(now);
    Fill(place);
  }

  // Gives `job` to a worker, or refuses it.
  void Dispatch(PoolJob<A> job, std::optional<uint64_t> key) {
    const bool by_key = options_.choice == PoolChoice::kByKey && key.has_value();
    DispatchTo(by_key ? PlaceOfKey(*key, seats_.size()) : NextPlace(), std::move(job));
  }

  bool DispatchTo(size_t place, PoolJob<A> job) {
    const absl::Status taken = Offer(place, job);
    if (!taken.ok()) job.Refuse(node(), taken);
    return taken.ok();
  }

  // On failure `job` is still the caller's. May wait.
  absl::Status Offer(size_t place, PoolJob<A>& job) {
    if (options_.when_full == WhenPoolFull::kRefuse && Full(place)) {
      return absl::ResourceExhaustedError("pool: the workers have as much as they may");
    }
    SendResult sent = Send(place, job);
    if (sent.code() == absl::StatusCode::kNotFound) {
      Replace(place, "it took no more messages");
      sent = Send(place, job);
    }
    return sent;
  }

  SendResult Send(size_t place, PoolJob<A>& job) {
    job.CountIn(seats_[place].load);
    const SendResult sent = seats_[place].worker.Tell(std::move(job));
    if (!sent.ok()) job.CountIn(nullptr);
    return sent;
  }

  uint32_t LoadOf(size_t place) const {
    return seats_[place].load->load(std::memory_order_relaxed);
  }
  bool Full(size_t place) const {
    return LoadOf(place) > static_cast<uint32_t>(options_.queue_max);
  }

  // In turn, but past those that are full while others are not.
  size_t NextPlace() {
    const size_t first = turn_;
    turn_ = (turn_ + 1) % seats_.size();
    size_t best = first;
    for (size_t i = 0; i < seats_.size(); ++i) {
      const size_t place = (first + i) % seats_.size();
      if (options_.choice != PoolChoice::kLeastLoaded && !Full(place)) return place;
      if (LoadOf(place) < LoadOf(best)) best = place;
    }
    return best;
  }

  const Options options_;
  const Factory factory_;
  std::vector<Seat> seats_;
  std::deque<Instant> replaced_;  // when, within the window
  size_t turn_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_POOL_H_
