// Atomic operations without the atomic instructions, for a worker that is alone.
//
// A locked instruction costs a worker more than all else that it does to hand on a message, though
// nearly always nobody else touches the word. So the only worker of a scheduler that is awake may
// hold its bias: then it changes a word by plain loads and stores, inside a section that it marks.
// Before anyone else changes such a word they revoke the bias: they say so, have the kernel run a
// memory barrier on each of the process's threads, and wait until the holder is outside its
// section. From then on all use locked instructions, until a worker has seen nobody else for a
// while and takes the bias again. (Vasudevan, Namjoshi, Edwards: Simple and Fast Biased Locks, PACT
// 2010; membarrier(2).)

#ifndef REHEARSE_ACTOR_RUNTIME_BIAS_H_
#define REHEARSE_ACTOR_RUNTIME_BIAS_H_

#include <atomic>
#include <cstdint>

#include "rehearse/actor/runtime/current.h"

namespace rehearse {

// One scheduler's.
class Bias {
 public:
  // Where the kernel has no membarrier nobody ever holds it.
  Bias();
  Bias(const Bias&) = delete;
  Bias& operator=(const Bias&) = delete;

  // As compare_exchange_strong. The holder only, or who held it last and is still inside.
  bool CompareExchange(std::atomic<uint64_t>& word, uint64_t& expected, uint64_t desired) {
    in_section_.store(true, std::memory_order_relaxed);
    // The processor may look at the state before others see the mark; a revoker's membarrier is
    // what puts the two in order.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (state_.load(std::memory_order_relaxed) == State::kHeld) [[likely]] {
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
    if (holder_.load(std::memory_order_relaxed) == CurrentWorker()) [[likely]] {
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
        : bias_(CurrentBias() == &bias || !bias.possible_ ? nullptr : &bias) {
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

  bool held() const { return state_.load(std::memory_order_relaxed) == State::kHeld; }

 private:
  friend class BiasSeat;
  enum class State : uint8_t { kHeld, kRevoking, kShared };
  // [63..32 entries so far][31..0 inside now]
  static constexpr uint64_t kEntry = uint64_t{1} << 32;

  // While inside, nobody else has the bias.
  void Enter();
  void Leave();
  // Of `worker`, who is inside: whether it alone is, and so holds the bias now.
  bool Take(const Worker* worker);
  // Of the holder, on its own thread.
  void Drop();
  // Nobody's address, and not null, which is that of plain threads.
  const Worker* Nobody() const { return reinterpret_cast<const Worker*>(this); }

  const bool possible_;
  std::atomic<const Worker*> holder_;
  std::atomic<State> state_{State::kShared};
  std::atomic<bool> in_section_{false};
  alignas(64) std::atomic<uint64_t> inside_{0};
};

// A worker's part in it. Its thread only.
class BiasSeat {
 public:
  BiasSeat(Bias& bias, const Worker* worker) : bias_(bias), worker_(worker) {}

  // Before the worker touches anything that others may, and after. What it held when it left it
  // holds again if nobody was here meanwhile.
  void Enter();
  void Leave();

  // Takes the bias if nobody else has come for a while. Now and then, while inside.
  void Look() {
    if (!bias_.held()) [[unlikely]] {
      TakeIfQuiet();
    }
  }

  // The bias, if this worker holds it, or did and has not left since; else null: then it uses
  // locked instructions.
  Bias* held() const { return held_; }
  Bias& bias() const { return bias_; }
  bool inside() const { return CurrentBias() == &bias_; }

 private:
  void TakeIfQuiet();
  void Take();

  Bias& bias_;
  const Worker* const worker_;
  Bias* held_ = nullptr;
  bool held_before_ = true;  // as good as
  uint8_t quiet_ = 0;
  uint32_t seen_entries_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_BIAS_H_
