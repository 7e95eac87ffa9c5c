// A message and the key of the actor that it is for: what nodes with sharded actors tell each
// other.

#ifndef REHEARSE_NET_CLUSTER_KEYED_H_
#define REHEARSE_NET_CLUSTER_KEYED_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/message_id.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/wire.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {

// What actors may be called by: text, or a whole number.
template <typename Key>
concept ShardKey = std::same_as<Key, std::string> ||
    (std::integral<Key> && !std::same_as<Key, bool>);

template <ShardKey Key, typename M>
struct Keyed {
  // The message's own, mixed with the kind of key.
  static constexpr MessageId IdOf() {
    uint64_t kind = 1;
    if constexpr (std::integral<Key>) kind = 2 * sizeof(Key) + (std::signed_integral<Key> ? 1 : 0);
    return {Mix64(M::kMessageId.high ^ 0x5348415244454421u) ^ kind,
            Mix64(M::kMessageId.low ^ 0x6b6579656421u) ^ kind};
  }
  static constexpr MessageId kMessageId = IdOf();

  Key key = {};
  uint64_t shards = 0;  // as its sender counts them
  uint64_t hops = 0;    // homes that have passed it on to another
  M message = {};

  void AppendTo(std::string& out) const {
    AppendUvarint(shards, out);
    AppendUvarint(hops, out);
    std::string bytes;
    AppendWire<Key>(key, bytes);
    AppendCounted(bytes, out);
    message.AppendTo(out);
  }

  //   kDataLoss  the bytes are none.
  static absl::StatusOr<Keyed> Parse(absl::string_view bytes) {
    Keyed keyed;
    REHEARSE_ASSIGN_OR_RETURN(keyed.shards, TakeWholeUvarint(bytes));
    REHEARSE_ASSIGN_OR_RETURN(keyed.hops, TakeWholeUvarint(bytes));
    REHEARSE_ASSIGN_OR_RETURN(const absl::string_view key, TakeCounted(bytes));
    REHEARSE_ASSIGN_OR_RETURN(keyed.key, ParseWire<Key>(key));
    REHEARSE_ASSIGN_OR_RETURN(keyed.message, M::Parse(bytes));
    return keyed;
  }
};

// Of the actors at whose doors messages with keys arrive: for each of a protocol's, a Handle that
// calls Derived::Take(Keyed&&, Reply&&).
template <typename Derived, typename Key, typename Signature>
struct KeyedHandler;
template <typename Derived, typename Key, typename R, typename M>
struct KeyedHandler<Derived, Key, R(M)> {
  using Message = typename SignatureTraits<R(M)>::Message;

  void Handle(Keyed<Key, Message>&& keyed, Reply<R> reply) {
    static_cast<Derived*>(this)->Take(std::move(keyed), std::move(reply));
  }
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_KEYED_H_
