// Asks of one stream that are in progress here: who handles each, so that he can be told when
// nobody waits for it any more.

#ifndef REHEARSE_NET_REMOTE_OPEN_ASKS_H_
#define REHEARSE_NET_REMOTE_OPEN_ASKS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/weak_cell.h"

namespace rehearse::net {

struct OpenAsk {
  ReplyId reply_to;          // the answer book's
  internal::WeakCell actor;  // that was asked
};

// Whoever shares it has a lock of their own. As many as Outbox::kOwedMax.
class OpenAsks {
 public:
  // By the peer's number. False: there is one of that number.
  bool Add(uint64_t request_id, OpenAsk ask) {
    return asks_.try_emplace(request_id, std::move(ask)).second;
  }

  // Null if it is not there, or no more.
  const OpenAsk* Find(uint64_t request_id) const {
    const auto at = asks_.find(request_id);
    return at == asks_.end() ? nullptr : &at->second;
  }

  // Takes it out, to `ask`; false if it is not there, or no more.
  bool Take(uint64_t request_id, OpenAsk& ask) {
    const auto at = asks_.find(request_id);
    if (at == asks_.end()) return false;
    ask = std::move(at->second);
    asks_.erase(at);
    return true;
  }

  // Takes out all, in the order in which they came.
  std::vector<OpenAsk> TakeAll() {
    std::vector<OpenAsk> all;
    for (auto& [request_id, ask] : asks_) all.push_back(std::move(ask));
    asks_.clear();
    std::sort(all.begin(), all.end(), [](const OpenAsk& a, const OpenAsk& b) {
      return a.reply_to.value < b.reply_to.value;
    });
    return all;
  }

  size_t size() const { return asks_.size(); }

 private:
  absl::flat_hash_map<uint64_t, OpenAsk> asks_;  // order-free: what leaves it all at once is sorted
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_OPEN_ASKS_H_
