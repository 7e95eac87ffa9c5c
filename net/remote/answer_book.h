// Asks from other nodes that are being handled here: where each answer goes, and how it becomes
// bytes.

#ifndef REHEARSE_NET_REMOTE_ANSWER_BOOK_H_
#define REHEARSE_NET_REMOTE_ANSWER_BOOK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/exports.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

class Inbound;

struct Owed {
  std::shared_ptr<Inbound> to;
  uint64_t request_id = 0;
  const internal::RemoteMethod* method = nullptr;
};

// One node's; any thread.
class AnswerBook {
 public:
  // The number under which the handler's reply will come back, with the top bit that says
  // "elsewhere".
  ReplyId Add(Owed owed) {
    const std::lock_guard<SpinLock> lock(lock_);
    const uint64_t id = next_++ | kElsewhere;
    owed_[id] = std::move(owed);
    return {id};
  }

  // Takes it out; `to` is null if it is not there.
  Owed Take(ReplyId id) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = owed_.find(id.value);
    if (at == owed_.end()) return {};
    Owed owed = std::move(at->second);
    owed_.erase(at);
    return owed;
  }

 private:
  static constexpr uint64_t kElsewhere = uint64_t{1} << 63;

  SpinLock lock_;
  uint64_t next_ = 1;
  std::map<uint64_t, Owed> owed_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_ANSWER_BOOK_H_
