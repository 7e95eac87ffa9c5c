// The seam between Kademlia and what carries its requests.

#ifndef REHEARSE_NET_KADEMLIA_KAD_CALLS_H_
#define REHEARSE_NET_KADEMLIA_KAD_CALLS_H_

#include <cstdint>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/kademlia/kad_peer.h"

namespace rehearse::net {

// What stands behind it: streams of "/<net>/kad/1.0.0" on connections that prove who the other one
// is; in large simulations, a queue of messages with latencies.
class KadCalls {
 public:
  // Called once for each request, on a fiber or the loop of the node: it must not wait.
  //   kUnavailable       nobody is there, or the stream broke, or the other one refused.
  //   kDeadlineExceeded  no answer in time.
  // and, which tells nothing of `to`, since it was not asked:
  //   kResourceExhausted  as many calls are under way here as may be.
  //   kCancelled          this node is ending.
  // Empty: the request was sent, and no answer belongs to it.
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::string> answer)>;

  enum class Answered : uint8_t { kYes, kNo };

  virtual ~KadCalls() = default;

  // Sends `request` to `to`, and calls `done` with what comes back, not before this returns, and
  // not later than `deadline` (the worker's timebase). Never waits. Who answers has proven to be
  // `to`.
  virtual void Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
                    Done done) = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_CALLS_H_
