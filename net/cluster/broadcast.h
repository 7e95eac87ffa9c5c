// One message to all actors that share a name, wherever they are.
//
//   absl::StatusOr<Broadcasted> done = Broadcast<CacheProtocol>(node, "caches", Evict{.key = "k"});

#ifndef REHEARSE_NET_CLUSTER_BROADCAST_H_
#define REHEARSE_NET_CLUSTER_BROADCAST_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/send_result.h"

namespace rehearse::net {

struct Broadcasted {
  size_t told = 0;    // whose mailbox, or whose node's stream, has taken it
  size_t missed = 0;  // who had no room, or was out of reach

  friend bool operator==(const Broadcasted&, const Broadcasted&) = default;
};

// Tells a copy of `message` to each actor that this node knows to have the name `group`, with the
// messages of P. Never waits for any of them: who has no room misses it. At most once each, and in
// order with whatever else the caller tells that actor. That something the caller has told it
// before may be lost (kDataLoss) is not made known.
//   the errors of Node::LookupAll
template <typename P, typename M>
absl::StatusOr<Broadcasted> Broadcast(Node& node, absl::string_view group, const M& message) {
  absl::StatusOr<std::vector<Found<P>>> all = node.LookupAll<P>(group);
  if (!all.ok()) return all.status();
  Broadcasted done;
  for (const Found<P>& found : *all) {
    SendResult sent = found.ref.TryTell(message);
    // Who has missed one message is to get the next all the same.
    if (sent.code() == absl::StatusCode::kDataLoss) sent = found.ref.TryTell(message);
    ++(sent.ok() ? done.told : done.missed);
  }
  return done;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_BROADCAST_H_
