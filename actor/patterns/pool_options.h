// How a pool chooses among its workers, and what it does when they are full or fail.

#ifndef REHEARSE_ACTOR_PATTERNS_POOL_OPTIONS_H_
#define REHEARSE_ACTOR_PATTERNS_POOL_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"

namespace rehearse {

enum class PoolChoice : uint8_t {
  kLeastLoaded,  // who has the fewest messages; of equals, the next in turn
  kRoundRobin,   // the next in turn
  kByKey,        // one worker for all messages of one key, see PoolOptions::KeyBy
};

enum class WhenPoolFull : uint8_t {
  kWait,    // the pool waits for room, and with it who sends to it
  kRefuse,  // the asker gets kResourceExhausted; a told message is a dead letter
};

// For a pool of messages Ms.
template <typename... Ms>
struct PoolOptions {
  size_t workers = 4;
  PoolChoice choice = PoolChoice::kLeastLoaded;
  WhenPoolFull when_full = WhenPoolFull::kWait;
  // Messages that wait for one worker, besides the one in hand: 1..65535.
  int32_t queue_max = 64;
  // Workers that end, however they do, are replaced. One more than this within the window, and the
  // pool panics: what ends them is not cured by starting more.
  size_t replacements_max = 10;
  absl::Duration replacements_window = absl::Seconds(10);

  // What `key` returns for an M decides who gets it, under kByKey. Keys keep their worker's place
  // when a worker is replaced, and most of them when pools of another size are made. Messages that
  // have no key function go round in turn. It is called on the pool's fiber; it must not wait, and
  // an exception that leaves it is a panic of the pool.
  template <typename M>
  void KeyBy(std::function<std::string(const M&)> key) {
    std::get<std::function<std::string(const M&)>>(keys) = std::move(key);
  }

  std::tuple<std::function<std::string(const Ms&)>...> keys = {};
};

// Which of `places` has the key that hashes to `key`. Rendezvous hashing: of n places one more
// takes 1/(n+1) of the keys, and moves no others (Thaler and Ravishankar, 1998).
inline size_t PlaceOfKey(uint64_t key, size_t places) {
  size_t best = 0;
  uint64_t best_weight = 0;
  for (size_t place = 0; place < places; ++place) {
    const uint64_t weight = Mix64(key ^ Mix64(place + 1));
    if (weight <= best_weight) continue;
    best = place;
    best_weight = weight;
  }
  return best;
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_POOL_OPTIONS_H_
