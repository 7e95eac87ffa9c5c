// Kademlia's requests over streams: one request a stream, on a fiber of its own.

#ifndef REHEARSE_NET_KADEMLIA_STREAM_CALLS_H_
#define REHEARSE_NET_KADEMLIA_STREAM_CALLS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/kademlia/kad_calls.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class StreamCalls final : public KadCalls {
 public:
  // Dials `to` if need be, and opens a stream on which Kademlia was agreed on; parks until then, or
  // `deadline`. Fails unless the peer has proven to be `to`.
  using Open = absl::AnyInvocable<absl::StatusOr<std::unique_ptr<StreamSocket>>(const KadPeer& to,
                                                                                Instant deadline)>;

  // Works on fibers of `domain`; no more than `calls_max` at a time, further ones fail at once with
  // kResourceExhausted.
  // `open` may be called by several of them.
  StreamCalls(Domain& domain, Open open, size_t calls_max = 256);

  void Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
            Done done) override;

  // Parks until no call is under way, or `deadline` (the worker's timebase).
  //   kDeadlineExceeded, kCancelled
  absl::Status AwaitCalls(Instant deadline);

 private:
  // Outlives the calls object while fibers use it.
  struct Shared {
    Open open;
    size_t calls_max;
    SpinLock lock;
    size_t calls = 0;
    std::vector<WaitToken> waiters;  // for the last call's end
  };
  class Place;

  Domain& domain_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_STREAM_CALLS_H_
