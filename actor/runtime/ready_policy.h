// Who runs next.
//
// There is one worker loop. Production and simulation differ in the policy behind this seam and in
// the poller, so that each simulated run exercises the loop that ships.

#ifndef REHEARSE_ACTOR_RUNTIME_READY_POLICY_H_
#define REHEARSE_ACTOR_RUNTIME_READY_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "rehearse/actor/runtime/bias.h"
#include "rehearse/actor/runtime/runnable.h"

namespace rehearse {

// The ready set of one worker. Links through Runnable::next are the policy's while it holds one.
class ReadyPolicy {
 public:
  virtual ~ReadyPolicy() = default;

  // `runnable` became ready. The worker's thread only.
  virtual void Push(Runnable& runnable) = 0;

  // Takes the one to run next; null if none is ready. The worker's thread only.
  virtual Runnable* Pop() = 0;

  // Another worker's thread, out of work, takes activations, the oldest first: half of what there
  // is, one at least, and no more than `taken` has room for. Returns how many.
  virtual size_t Steal(std::span<Runnable*> taken) = 0;

  // How many there are for others to take, and a number that changes whenever one of them is taken.
  // Any thread; what it says may be over by then.
  struct Stock {
    uint64_t count = 0;
    uint64_t taken = 0;
  };
  virtual Stock stock() const { return {}; }

  // What its worker has of the scheduler's bias, for a policy with words that others change too.
  virtual void set_seat(const BiasSeat&) {}

  // Whether it is first come, first served, so that priorities may change that. A policy that
  // chooses by other means ignores them.
  virtual bool by_arrival() const { return false; }

  // Whether nothing is ready. The worker's thread only.
  virtual bool empty() const = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_READY_POLICY_H_
