// Several requests under way, and one fiber that waits for what comes back.

#ifndef REHEARSE_NET_KADEMLIA_QUESTIONS_H_
#define REHEARSE_NET_KADEMLIA_QUESTIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

// Dropped, it forgets what is under way: what still comes back goes nowhere. One fiber.
class Questions {
 public:
  struct Reply {
    uint32_t tag;  // of the question
    absl::StatusOr<std::string> answer;
  };
  // Where an answer goes. Outlives the questions if need be. Any thread.
  class Box {
   public:
    void Put(Reply reply);

   private:
    friend class Questions;
    SpinLock lock_;
    std::deque<Reply> arrived_;
    WaitToken waiting_;
  };

  explicit Questions(Scheduler& scheduler) : scheduler_(scheduler) {}

  // One more is under way; its answer is to be put there.
  std::shared_ptr<Box> Add() {
    ++open_;
    return box_;
  }

  // What came back, in order of arrival; parks until there is something. Only while open() > 0.
  //   kDeadlineExceeded  nothing came until `deadline` (the worker's timebase).
  //   kCancelled         the caller is being stopped.
  absl::StatusOr<Reply> Next(Instant deadline);

  size_t open() const { return open_; }

 private:
  Scheduler& scheduler_;
  const std::shared_ptr<Box> box_ = std::make_shared<Box>();
  size_t open_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_QUESTIONS_H_
