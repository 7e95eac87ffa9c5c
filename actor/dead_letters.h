// Where messages go that reach nobody.

#ifndef REHEARSE_ACTOR_DEAD_LETTERS_H_
#define REHEARSE_ACTOR_DEAD_LETTERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"

namespace rehearse {

struct DeadLetter {
  absl::string_view message;  // its type
  ActorId target;             // 0 if it was not even known
  const char* why = "";
};

// One node's. Any thread may count; set the hook before the first message.
class DeadLetters {
 public:
  using Hook = std::function<void(const DeadLetter&)>;

  void Add(const DeadLetter& letter) {
    count_.fetch_add(1, std::memory_order_relaxed);
    if (hook_ != nullptr) hook_(letter);
  }

  uint64_t count() const { return count_.load(std::memory_order_relaxed); }

  // Called for each one, on the thread that found it undeliverable. Must not park or throw.
  void set_hook(Hook hook) { hook_ = std::move(hook); }

 private:
  std::atomic<uint64_t> count_{0};
  Hook hook_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_DEAD_LETTERS_H_
