// Asks from other nodes that are being handled here: where each answer goes, and how it becomes
// bytes.

#ifndef REHEARSE_NET_REMOTE_ANSWER_BOOK_H_
#define REHEARSE_NET_REMOTE_ANSWER_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/exports.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/remote/numbered.h"

namespace rehearse::net {

class Inbound;

struct Owed {
  std::shared_ptr<Inbound> to;
  uint64_t request_id = 0;
  const internal::RemoteMethod* method = nullptr;
  bool is_taken_over = false;  // by somebody else than the actor that was asked
};

// One node's; any thread.
class AnswerBook {
 public:
  // The number under which the handler's reply will come back, with the top bit that says
  // "elsewhere".
  ReplyId Add(Owed owed) {
    const std::lock_guard<SpinLock> lock(lock_);
    return {owed_.Add(std::move(owed)) | ReplyId::kElsewhere};
  }

  // Takes it out; `to` is null if it is not there.
  Owed Take(ReplyId id) {
    Owed owed;
    const std::lock_guard<SpinLock> lock(lock_);
    owed_.Take(id.value & ~ReplyId::kElsewhere, owed);
    return owed;
  }

  void MarkTakenOver(ReplyId id) {
    const std::lock_guard<SpinLock> lock(lock_);
    if (Owed* const owed = owed_.At(id.value & ~ReplyId::kElsewhere)) owed->is_taken_over = true;
  }
  // Whether the actor that was asked is still the one to answer.
  bool IsTheActors(ReplyId id) {
    const std::lock_guard<SpinLock> lock(lock_);
    const Owed* const owed = owed_.At(id.value & ~ReplyId::kElsewhere);
    return owed != nullptr && !owed->is_taken_over;
  }

  size_t size() {
    const std::lock_guard<SpinLock> lock(lock_);
    return owed_.size();
  }
  bool Has(ReplyId id) {
    const std::lock_guard<SpinLock> lock(lock_);
    return owed_.Has(id.value & ~ReplyId::kElsewhere);
  }

 private:
  SpinLock lock_;
  Numbered<Owed> owed_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_ANSWER_BOOK_H_
