// What all parts of sharded actors know of each other.

#ifndef REHEARSE_NET_CLUSTER_SHARD_OPTIONS_H_
#define REHEARSE_NET_CLUSTER_SHARD_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/recipient.h"

namespace rehearse::net {

struct ShardsOptions {
  // How many shards the keys are spread over: 1 to kShardsMax, the same on all nodes, for as long
  // as any of them runs. About ten for each node that there may be.
  size_t shards = 64;
  // Whether actors live on this node too, or it only sends.
  bool serves = true;
  // After a node has come or gone, until shards move: others may follow it. A node that has just
  // started waits three times as long.
  absl::Duration settle = absl::Seconds(1);
  // How often a node that is not given a shard's lock tries again. Some of it is drawn.
  absl::Duration retry_every = absl::Seconds(1);
  // How often it looks whether it has lost one.
  absl::Duration look_every = absl::Milliseconds(250);
  // Locks that a node claims at a time.
  size_t claims_max = 8;
  // How long the actors of a shard may take to handle what they have, and to stop, before the shard
  // moves; then they are killed.
  absl::Duration stop_timeout = absl::Seconds(5);
  // An actor that was sent nothing for so long is stopped, and made anew when it is.
  absl::Duration idle_timeout = absl::InfiniteDuration();
  // Of one shard, here. One more is not made: asks of it get kResourceExhausted.
  size_t actors_max = 65536;
  // Messages that wait here for a shard or an actor, besides those in mailboxes; and for how long.
  size_t held_max = 1024;
  absl::Duration hold = absl::Seconds(10);
  // The reply_timeout of asks that have none.
  absl::Duration ask_timeout = absl::Seconds(10);
  // Of the actors that stand before the sharded ones.
  int32_t mailbox_capacity = 1024;

  // A node has 256 names, and each shard needs one.
  static constexpr size_t kShardsMax = 200;
};

// What is used with a shard's token has seen a greater one. Told to the shard's keeper, that makes
// it give up its lock, stop its actors, and claim the lock anew, with a greater token.
//
// The parts of a cluster that was cut may each have given a shard away. If who had the greater
// token has ended by the time they meet, who has the smaller one keeps the shard, and learns what
// it missed from nobody else.
struct TokenRefused {
  uint64_t token = 0;
};

// Which actor is to be made.
template <typename Key>
struct Sharded {
  Node& node;
  const Key& key;
  size_t shard;
  // Of the shard: greater than that of all who had it before. What must not be used by two is given
  // it, and refuses whoever comes with a smaller one than it has seen.
  uint64_t token;
  Recipient<TokenRefused> keeper;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_SHARD_OPTIONS_H_
