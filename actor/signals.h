// What the process is told from outside (signals), as messages.
//
//   SignalsOf(node).Subscribe(Signal::kHangUp, Self(this));   // void Handle(const Signal&)
//
// For real the host raises them (kill, a terminal, a service manager); in the simulator the test
// does, by World::Raise.

#ifndef REHEARSE_ACTOR_SIGNALS_H_
#define REHEARSE_ACTOR_SIGNALS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/group.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse {

enum class Signal : uint8_t {
  kHangUp,     // SIGHUP: by custom, read the configuration again
  kInterrupt,  // SIGINT
  kTerminate,  // SIGTERM
  kUser1,      // SIGUSR1
  kUser2,      // SIGUSR2
};
inline constexpr size_t kSignals = 5;

// Whether the usual course of `signal` is the node's end in good order.
inline bool EndsNode(Signal signal) {
  return signal == Signal::kInterrupt || signal == Signal::kTerminate;
}

// "SIGHUP".
absl::string_view SignalName(Signal signal);

// A node's. A signal that nobody takes runs its usual course: SIGINT and SIGTERM end the node, as
// Node::Shutdown does; the others end the process at once, unless it was started with them ignored.
// Once the node is ending, none is told any more. Signals that come in quick succession may be told
// as one, as the host does. Any thread.
class Signals {
 public:
  Signals() = default;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // From now on `to` is told each `signal`, until its actor has ended; once, however often it
  // subscribes. Nobody waits for room in its mailbox: while that is full, it does not take it.
  void Subscribe(Signal signal, Recipient<Signal> to);
  void Unsubscribe(Signal signal, const Recipient<Signal>& to);

  // For who carries the node: tells all that subscribed, in that order. Returns whether somebody
  // took it.
  bool Raise(Signal signal);

 private:
  Group<Signal>& Of(Signal signal) { return subscribers_[static_cast<size_t>(signal)]; }

  SpinLock lock_;
  std::array<Group<Signal>, kSignals> subscribers_;
};

// Of a node that RunNode or sim::World carries; elsewhere provide one (Node::Provide). Throws
// std::logic_error if there is none.
Signals& SignalsOf(const Node& node);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SIGNALS_H_
