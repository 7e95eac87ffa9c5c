#include "rehearse/net/remote/berths.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

bool Berths::Holds(const internal::Cell& actor) const {
  if (empty()) return false;
  const std::lock_guard<SpinLock> lock(lock_);
  return berths_.contains(actor.actor_id().value);
}

void Berths::Put(const internal::CellRef& actor, EnvelopePtr message, const Receipt& receipt,
                 size_t bytes, std::shared_ptr<void> owner) {
  const uint64_t number = actor->actor_id().value;
  outbox_.Hold(bytes);
  const std::lock_guard<SpinLock> lock(lock_);
  const auto [at, is_new] = berths_.try_emplace(number);
  Berth& berth = at->second;
  berth.line.push_back({std::move(message), receipt, bytes});
  if (!is_new) return;
  berth.actor = actor;
  count_.fetch_add(1, std::memory_order_relaxed);
  berth.task = &Task::Start(node_, absl::StrCat("room in ", receipt.target),
                            [this, number, owner = std::move(owner)] { Fill(number); });
}

void Berths::Close() {
  const std::lock_guard<SpinLock> lock(lock_);
  closed_ = true;
  for (const auto& [number, berth] : berths_) berth.task->RequestStop();
}

// On a task of the berth's own.
void Berths::Fill(uint64_t number) {
  internal::CellRef actor;
  Waiting next;
  while (TakeNext(number, actor, next)) {
    const SendResult sent = actor->Send(next.message, Instant::Infinite());
    outbox_.LetGo(next.bytes);
    settle_(std::move(next.message), next.receipt, sent);
  }
}

// False: nothing waits any more, and the berth is gone.
bool Berths::TakeNext(uint64_t number, internal::CellRef& actor, Waiting& next) {
  std::deque<Waiting> refused;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    Berth& berth = berths_.find(number)->second;
    if (!closed_ && !berth.line.empty()) {
      actor = berth.actor;
      next = std::move(berth.line.front());
      berth.line.pop_front();
      return true;
    }
    refused.swap(berth.line);
    berth.task->Unref();
    berths_.erase(number);
  }
  for (Waiting& waiting : refused) {
    outbox_.LetGo(waiting.bytes);
    settle_(std::move(waiting.message), waiting.receipt,
            {absl::StatusCode::kCancelled, "the stream that it came on has ended"});
  }
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) on_empty_();
  return false;
}

}  // namespace rehearse::net
