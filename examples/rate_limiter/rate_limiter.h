// An answer that comes later: those who ask too fast wait in line, and a timer lets them through.
//
//   bazel run //examples/rate_limiter

#ifndef EXAMPLES_RATE_LIMITER_RATE_LIMITER_H_
#define EXAMPLES_RATE_LIMITER_RATE_LIMITER_H_

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"

namespace examples::rate_limiter {

// Answered when the asker may go on.
struct Acquire {};
// From the limiter's own timer.
struct Refill {};

struct Limit {
  int burst = 1;          // so many may pass at once after a pause
  absl::Duration period;  // then one in each
};

// A token bucket. A handler that takes a Reply does not answer by returning: it keeps the reply and
// sends it when it likes, while other messages are handled. A reply that is destroyed unsent, as
// those in line are when the limiter ends, answers kAborted by itself.
class RateLimiter : public rehearse::Actor {
 public:
  explicit RateLimiter(const Limit& limit) : limit_(limit), tokens_(limit.burst) {}

  absl::Status OnStart() override {
    rehearse::SendEvery(Self(this), limit_.period, Refill{});  // ends with the actor
    return absl::OkStatus();
  }

  void Handle(const Acquire&, rehearse::Reply<void> reply) {
    if (tokens_ == 0) return line_.push_back(std::move(reply));
    --tokens_;
    std::move(reply).Send();
  }

  void Handle(const Refill&) {
    if (line_.empty()) {
      tokens_ = std::min(tokens_ + 1, limit_.burst);
      return;
    }
    std::move(line_.front()).Send();
    line_.pop_front();
  }

 private:
  const Limit limit_;
  int tokens_;
  std::deque<rehearse::Reply<void>> line_;
};

// Acquires `count` times, and says when each was let through, counted from the beginning.
inline absl::Status Hurry(rehearse::Node& node, const Limit& limit, int count,
                          const std::function<void(int, absl::Duration)>& passed) {
  const auto limiter = node.Spawn<RateLimiter>(limit);
  const auto start = node.clock().Now();
  for (int i = 1; i <= count; ++i) {
    if (absl::Status status = limiter.Ask(Acquire{}); !status.ok()) return status;
    passed(i, node.clock().Now() - start);
  }
  return absl::OkStatus();
}

}  // namespace examples::rate_limiter

#endif  // EXAMPLES_RATE_LIMITER_RATE_LIMITER_H_
