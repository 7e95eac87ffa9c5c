// Items of a source that is pulled, as messages to an actor.
//
//   auto lines = AttachStream<std::string>(Self(this), [file]() { return file->ReadLine(); });
//
//   void Handle(const StreamStarted&);                       // the actor
//   void Handle(const StreamNext<std::string>& next);
//   void Handle(const StreamFinished& finished);
//
// An item is pulled when the one before it is in the actor's mailbox: the mailbox's bound is the
// stream's backpressure.

#ifndef REHEARSE_ACTOR_PATTERNS_STREAM_H_
#define REHEARSE_ACTOR_PATTERNS_STREAM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/weak_ref.h"

namespace rehearse {

// Returns the next item, nothing at the end. Called on a fiber of its own, one call at a time; may
// park. When that wait returns kCancelled the stream is to end: return nothing. An exception ends
// the stream.
template <typename T>
using StreamSource = std::function<std::optional<T>()>;

// What an actor gets, in this order: Started, any number of Next, Finished; each once but Next.
// `stream` is what the stream was attached with, to tell several apart.
struct StreamStarted {
  uint64_t stream = 0;
};
template <typename T>
struct StreamNext {
  uint64_t stream = 0;
  T item;
};
struct StreamFinished {
  uint64_t stream = 0;
  //   kAborted    the source threw; the message says what.
  //   kCancelled  the source was killed.
  absl::Status status;
};

// Pulls. A message to itself for each item, so that a stop is seen between two even if the source
// never waits.
template <typename A, typename T>
class StreamPump final : public Actor {
 public:
  StreamPump(WeakRef<A> to, StreamSource<T> source, uint64_t stream)
      : to_(std::move(to)), source_(std::move(source)), stream_(stream) {}

  absl::Status OnStart() override {
    TellAndGoOn(StreamStarted{stream_});
    return absl::OkStatus();
  }

  struct Pull {};
  void Handle(const Pull&) {
    std::optional<T> item = source_();
    if (!item.has_value()) return Stop();
    TellAndGoOn(StreamNext<T>{stream_, *std::move(item)});
  }

 private:
  template <typename M>
  void TellAndGoOn(M message) {
    const ActorRef<A> to = to_.Upgrade();
    if (!to || !to.Tell(std::move(message)).ok()) return Stop();
    Self(this).Tell(Pull{});
  }

  const WeakRef<A> to_;
  const StreamSource<T> source_;
  const uint64_t stream_;
};

// One stream. Ends when the source does, when the actor ends, or when it is stopped: then the actor
// gets no StreamFinished. A pump that is parked in its source does not see these; this does.
template <typename A, typename T>
class Stream final : public Actor {
 public:
  Stream(WeakRef<A> to, StreamSource<T> source, uint64_t stream)
      : to_(std::move(to)), source_(std::move(source)), stream_(stream) {}

  absl::Status OnStart() override {
    // A ref is kept no longer than this: a stream keeps nobody alive.
    to_monitor_ = Monitor(Self(this), to_.Upgrade());
    if (to_monitor_ == 0) {
      Stop();
      return absl::OkStatus();
    }
    const auto pump = SpawnChild<StreamPump<A, T>>(to_, std::move(source_), stream_);
    Monitor(Self(this), pump);
    return absl::OkStatus();
  }

  void Handle(const Down& down) {
    if (down.monitor != to_monitor_) Finish(down.reason);
    Stop();
  }

 private:
  // All that the pump told is in the mailbox.
  void Finish(const ExitReason& reason) {
    const ActorRef<A> to = to_.Upgrade();
    if (!to) return;
    absl::Status status;
    if (reason.kind == ExitReason::Kind::kPanicked) {
      status = absl::AbortedError(absl::StrCat("the stream's source ", reason.ToString()));
    } else if (reason.bad()) {
      status = absl::CancelledError(absl::StrCat("the stream's source was ", reason.ToString()));
    }
    to.Tell(StreamFinished{stream_, std::move(status)});
  }

  const WeakRef<A> to_;
  StreamSource<T> source_;
  const uint64_t stream_;
  uint64_t to_monitor_ = 0;
};

// Feeds `to` from `source` until one of the two ends, or the stream is stopped. On the fibers of
// `to`'s node. The source is destroyed when the stream ends; what it waits for then returns
// kCancelled. Keeps no strong ref of `to`, but while an item waits for room.
template <typename T, typename A>
ActorRef<Stream<A, T>> AttachStream(const ActorRef<A>& to, StreamSource<T> source,
                                    uint64_t stream = 0) {
  static_assert(
      kHandles<A, StreamStarted> && kHandles<A, StreamNext<T>> && kHandles<A, StreamFinished>,
      "the actor A needs Handle for StreamStarted, StreamNext<T> and StreamFinished");
  return CurrentNode().Spawn<Stream<A, T>>(WeakRef<A>(to), std::move(source), stream);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_STREAM_H_
