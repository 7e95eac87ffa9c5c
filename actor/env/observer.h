// Who watches actors at work. Figures and drawings are made of what it is told.
//
// A TraceSink is told what makes a run this run and no other; an observer is told what a person
// wants to see of it: who handled what, how long that took, and how long it had waited. Without one
// nothing is measured or kept, and a message costs two branches.

#ifndef REHEARSE_ACTOR_ENV_OBSERVER_H_
#define REHEARSE_ACTOR_ENV_OBSERVER_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

// When a message was sent: nanoseconds of the timebase, modulo 2^48 (78 hours), one more than the
// last where that would be no later. So no two of one worker are the same, within that time, and
// one names a message. 0: nobody observed it.
struct SendStamp {
  uint64_t value = 0;

  static constexpr int kBits = 48;
  static constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;

  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr bool operator==(SendStamp, SendStamp) = default;

  // How long before `later`, in nanoseconds. 0 if it was not: stamps run ahead of a clock that
  // stands, and another worker's clock was read at another moment.
  constexpr int64_t NanosUntil(Instant later) const {
    const uint64_t passed = (static_cast<uint64_t>(later.nanos()) - value) & kMask;
    return passed > kMask / 2 ? 0 : static_cast<int64_t>(passed);
  }
};

struct ObservedActor {
  NodeId node = {};
  ActorId id = {};
  absl::string_view class_name = {};  // lives for ever; one address a class
};

struct ObservedMessage {
  absl::string_view name = {};  // its type; lives for ever
  ActorId sender = {};          // 0: no actor of this node
  SendStamp stamp = {};
  uint64_t flow = 0;  // of a message from another node: what its sender's SentElsewhere was told
  bool own = false;   // the framework's: a start, a nudge
};

// Told by one worker, on its thread, while it is at work: must not park, throw or send. All times
// are of the timebase, read afresh. A fenced node tells nothing more.
class Observer {
 public:
  virtual ~Observer() = default;

  // A node of this name begins, for the first time or again.
  virtual void NodeBegan(NodeId node, absl::string_view name, Instant at) = 0;

  // `actor` begins its `life`-th life: 1, or it was restarted.
  virtual void Began(const ObservedActor& actor, uint32_t life, Instant at) = 0;

  // `actor` took `message` at `began` and was done with it, one way or another, at `ended`. A
  // handler that never ends is never told of.
  virtual void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
                       Instant ended) = 0;

  virtual void Panicked(const ObservedActor& actor, Instant at) = 0;

  // For good.
  virtual void Ended(const ObservedActor& actor, Instant at) = 0;

  // `sender` (id 0: a program) sends a message of type `name` to another node. Returns whether it
  // is to carry `flow`, a number of its own, so that the observer there can tell where it is from.
  virtual bool SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                             Instant at) = 0;
};

// Several, told in order. Not owned.
class Observers final : public Observer {
 public:
  void Add(Observer& observer) { observers_.push_back(&observer); }
  bool empty() const { return observers_.empty(); }

  void NodeBegan(NodeId node, absl::string_view name, Instant at) override {
    for (Observer* const each : observers_) each->NodeBegan(node, name, at);
  }
  void Began(const ObservedActor& actor, uint32_t life, Instant at) override {
    for (Observer* const each : observers_) each->Began(actor, life, at);
  }
  void Handled(const ObservedActor& actor, const ObservedMessage& message, Instant began,
               Instant ended) override {
    for (Observer* const each : observers_) each->Handled(actor, message, began, ended);
  }
  void Panicked(const ObservedActor& actor, Instant at) override {
    for (Observer* const each : observers_) each->Panicked(actor, at);
  }
  void Ended(const ObservedActor& actor, Instant at) override {
    for (Observer* const each : observers_) each->Ended(actor, at);
  }
  bool SentElsewhere(const ObservedActor& sender, absl::string_view name, uint64_t flow,
                     Instant at) override {
    bool carry = false;
    for (Observer* const each : observers_) carry |= each->SentElsewhere(sender, name, flow, at);
    return carry;
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_OBSERVER_H_
