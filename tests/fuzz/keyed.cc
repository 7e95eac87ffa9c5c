// A message with a key, as another node sends it to a home of sharded actors.

#include "rehearse/net/cluster/keyed.h"

#include <string>

#include "rehearse/net/cluster/cluster.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

template <typename Key>
void FuzzWith(absl::string_view bytes) {
  using Message = net::Keyed<Key, net::AwaitShard>;
  const absl::StatusOr<Message> keyed = Message::Parse(bytes);
  if (!keyed.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(keyed.status()), "refused as something else");
    return;
  }
  std::string again;
  keyed->AppendTo(again);
  const absl::StatusOr<Message> back = Message::Parse(again);
  REHEARSE_CHECK(back.ok() && back->key == keyed->key && back->shards == keyed->shards &&
                     back->hops == keyed->hops && back->message == keyed->message,
                 "another message when it is read again");
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  FuzzWith<std::string>(bytes);
  FuzzWith<int32_t>(bytes);
}

}  // namespace rehearse
