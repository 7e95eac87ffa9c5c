#include "rehearse/actor/runtime/bias.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

constexpr uint64_t kEntry = uint64_t{1} << 32;
// So many of the owner's looks, each after some dozens of activations, without anybody else: then a
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

Bias::Bias(const Worker* owner)
    : owner_(owner),
      possible_(owner != nullptr && RegisterForBarriers()),
      state_(possible_ ? State::kBiased : State::kShared) {}

// The entry is counted before the state is read, and the owner writes the state before it reads the
// count: either it sees that somebody is here, or the bias is seen and revoked.
void Bias::Enter() {
  others_.fetch_add(kEntry + 1, std::memory_order_seq_cst);
  State seen = state_.load(std::memory_order_seq_cst);
  while (seen != State::kShared) {
    if (seen == State::kBiased && state_.compare_exchange_strong(seen, State::kRevoking)) {
      BarrierOnEachThread();
      while (in_section_.load(std::memory_order_acquire)) std::this_thread::yield();
      state_.store(State::kShared, std::memory_order_seq_cst);
      return;
    }
    std::this_thread::yield();
    seen = state_.load(std::memory_order_seq_cst);
  }
}

// As an access that never ends.
void Bias::GiveUp() {
  if (!possible_) return;
  if (owner_ != CurrentWorker()) return Enter();
  others_.fetch_add(kEntry + 1, std::memory_order_seq_cst);
  State biased = State::kBiased;  // else it is being revoked, or has been
  state_.compare_exchange_strong(biased, State::kShared, std::memory_order_seq_cst);
}

void Bias::Leave() { others_.fetch_sub(1, std::memory_order_release); }

void Bias::TakeBackIfQuiet() {
  if (!possible_ || state_.load(std::memory_order_relaxed) != State::kShared) return;
  const uint64_t others = others_.load(std::memory_order_acquire);
  const auto entries = static_cast<uint32_t>(others / kEntry);
  if (entries != seen_entries_ || others % kEntry != 0) {
    seen_entries_ = entries;
    quiet_ = 0;
    return;
  }
  if (++quiet_ < kQuietLooks) return;
  quiet_ = 0;
  state_.store(State::kBiased, std::memory_order_seq_cst);
  if (others_.load(std::memory_order_seq_cst) % kEntry == 0) return;
  // Somebody has come. They may have seen the state before; else they are revoking it by now.
  State expected = State::kBiased;
  state_.compare_exchange_strong(expected, State::kShared, std::memory_order_seq_cst);
}

}  // namespace rehearse
