// Atomic operations without the atomic instructions, for a worker that is alone.
//
// A locked instruction costs a worker more than all else that it does to hand on a message, though
// nearly always nobody else touches the word. So a scheduler with one worker begins biased: its
// worker, the owner, changes a word by plain loads and stores, inside a section that it marks.
// Before anyone else changes such a word it revokes the bias: it says so, has the kernel run a
// memory barrier on each of the process's threads, and waits until the owner is outside its
// section. From then on all use locked instructions, until the owner has seen nobody else for a
// while and takes the bias back. (Vasudevan, Namjoshi, Edwards: Simple and Fast Biased Locks, PACT
// 2010; membarrier(2).)

#ifndef REHEARSE_ACTOR_RUNTIME_BIAS_H_
#define REHEARSE_ACTOR_RUNTIME_BIAS_H_

#include <atomic>
#include <cstdint>

#include "rehearse/actor/runtime/current.h"

namespace rehearse {

class Bias {
 public:
  // `owner`: the only worker of its scheduler. Null: there are several, and no bias. Nor is there
  // one where the kernel has no membarrier.
  explicit Bias(const Worker* owner);
  Bias(const Bias&) = delete;
  Bias& operator=(const Bias&) = delete;

  // As compare_exchange_strong. The owner only.
  bool CompareExchange(std::atomic<uint64_t>& word, uint64_t& expected, uint64_t desired) {
    in_section_.store(true, std::memory_order_relaxed);
    // The processor may look at the state before others see the mark; a revoker's membarrier is
    // what puts the two in order.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (state_.load(std::memory_order_relaxed) == State::kBiased) [[likely]] {
      const uint64_t seen = word.load(std::memory_order_acquire);
      if (seen == expected) [[likely]] {
        word.store(desired, std::memory_order_release);
        in_section_.store(false, std::memory_order_release);
        return true;
      }
      in_section_.store(false, std::memory_order_release);
      expected = seen;
      return false;
    }
    in_section_.store(false, std::memory_order_release);
    return word.compare_exchange_strong(expected, desired, std::memory_order_acq_rel,
                                        std::memory_order_acquire);
  }

  // The same for whoever calls.
  bool Change(std::atomic<uint64_t>& word, uint64_t& expected, uint64_t desired) {
    if (owner_ == CurrentWorker()) [[likely]] {
      return CompareExchange(word, expected, desired);
    }
    const Access access(*this);
    return word.compare_exchange_strong(expected, desired, std::memory_order_acq_rel,
                                        std::memory_order_acquire);
  }

  // While one lives, the calling thread may change the words by locked instructions, whoever it is.
  class Access {
   public:
    explicit Access(Bias& bias)
        : bias_(bias.owner_ == CurrentWorker() || !bias.possible_ ? nullptr : &bias) {
      if (bias_ != nullptr) bias_->Enter();
    }
    ~Access() {
      if (bias_ != nullptr) bias_->Leave();
    }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

   private:
    Bias* const bias_;
  };

  // There is no bias any more. Any thread.
  void GiveUp();

  // Takes the bias back if nobody else has come for a while. The owner only, now and then.
  void TakeBack() {
    if (state_.load(std::memory_order_relaxed) != State::kBiased) [[unlikely]] {
      TakeBackIfQuiet();
    }
  }

  bool biased() const { return state_.load(std::memory_order_relaxed) == State::kBiased; }

 private:
  enum class State : uint8_t { kBiased, kRevoking, kShared };

  void Enter();
  void Leave();
  void TakeBackIfQuiet();

  const Worker* const owner_;
  const bool possible_;
  std::atomic<State> state_;
  std::atomic<bool> in_section_{false};
  // The owner's.
  uint8_t quiet_ = 0;
  uint32_t seen_entries_ = 0;
  // [63..32 entries so far][31..0 inside now], of the others.
  alignas(64) std::atomic<uint64_t> others_{0};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_BIAS_H_
