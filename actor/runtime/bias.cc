#include "rehearse/actor/runtime/bias.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

// So many of a worker's looks, each after some dozens of activations, without anybody else: then a
// revocation, some microseconds each, is the smaller cost.
constexpr uint8_t kQuietLooks = 64;

bool RegisterForBarriers() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void BarrierOnEachThread() {
  const auto barrier = [] {
    return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
  };
  // A process that was forked has yet to register.
  const bool done = barrier() || (RegisterForBarriers() && barrier());
  REHEARSE_CHECK(done, "membarrier, which worked when this scheduler began, is refused now");
}

}  // namespace

Bias::Bias() : possible_(RegisterForBarriers()), holder_(Nobody()) {}

// The entry is counted before the state is read, and who takes the bias writes the state before it
// reads the count: either it sees that somebody is here, or the bias is seen and revoked.
void Bias::Enter() {
  inside_.fetch_add(kEntry + 1, std::memory_order_seq_cst);
  State seen = state_.load(std::memory_order_seq_cst);
  while (seen != State::kShared) {
    if (seen == State::kHeld && state_.compare_exchange_strong(seen, State::kRevoking)) {
      BarrierOnEachThread();
      while (in_section_.load(std::memory_order_acquire)) std::this_thread::yield();
      state_.store(State::kShared, std::memory_order_seq_cst);
      return;
    }
    std::this_thread::yield();
    seen = state_.load(std::memory_order_seq_cst);
  }
}

void Bias::Leave() { inside_.fetch_sub(1, std::memory_order_release); }

bool Bias::Take(const Worker* worker) {
  const auto is_alone = [this] { return inside_.load(std::memory_order_seq_cst) % kEntry == 1; };
  if (state_.load(std::memory_order_relaxed) != State::kShared || !is_alone()) return false;
  holder_.store(worker, std::memory_order_relaxed);
  state_.store(State::kHeld, std::memory_order_seq_cst);
  if (is_alone()) return true;
  // Somebody has come. They may have seen the state before; else they are revoking it by now.
  Drop();
  return false;
}

void Bias::Drop() {
  State expected = State::kHeld;
  state_.compare_exchange_strong(expected, State::kShared, std::memory_order_seq_cst);
  holder_.store(Nobody(), std::memory_order_relaxed);
}

void BiasSeat::Enter() {
  bias_.Enter();
  SetCurrentBias(&bias_);
  const auto entries =
      static_cast<uint32_t>(bias_.inside_.load(std::memory_order_relaxed) / Bias::kEntry);
  if (held_before_ && entries == seen_entries_ + 1) Take();
  held_before_ = false;
  seen_entries_ = entries;
  quiet_ = 0;
}

void BiasSeat::Leave() {
  held_before_ = held_ != nullptr && bias_.held();
  seen_entries_ =
      static_cast<uint32_t>(bias_.inside_.load(std::memory_order_relaxed) / Bias::kEntry);
  if (held_ != nullptr) bias_.Drop();
  held_ = nullptr;
  SetCurrentBias(nullptr);
  bias_.Leave();
}

void BiasSeat::TakeIfQuiet() {
  if (!bias_.possible_) return;
  const uint64_t inside = bias_.inside_.load(std::memory_order_acquire);
  const auto entries = static_cast<uint32_t>(inside / Bias::kEntry);
  if (entries != seen_entries_ || inside % Bias::kEntry != 1) {
    seen_entries_ = entries;
    quiet_ = 0;
    return;
  }
  if (++quiet_ < kQuietLooks) return;
  quiet_ = 0;
  Take();
}

void BiasSeat::Take() {
  if (bias_.possible_ && bias_.Take(worker_)) held_ = &bias_;
}

}  // namespace rehearse
