// Answers that are still on their way, and waiting for one, all or some of them.

#ifndef REHEARSE_ACTOR_PENDING_H_
#define REHEARSE_ACTOR_PENDING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/router.h"

namespace rehearse {

struct AskOptions;

namespace internal {

class Cell;

// After a failure that took no wait: lets others run, and counts as a wait. So a handler that tries
// again and again neither starves its worker nor outlives a stop or a kill. Nothing on a plain
// thread.
void Rest();

// What does not depend on the answer's type.
class PendingBase {
 public:
  PendingBase(Node& node, ReplyId id, Instant deadline)
      : node_(&node), id_(id), deadline_(deadline) {}
  // The request has been sent to `asked`, or to another node as `remote`: given up, it is told.
  void SentTo(Cell& asked) { asked_ = WeakCell(asked); }
  void SentTo(const RemoteAsk& remote) { remote_ = remote; }
  explicit PendingBase(absl::Status failed) : failed_(std::move(failed)) {}
  PendingBase(PendingBase&& other) noexcept;
  PendingBase& operator=(PendingBase&& other) noexcept;
  ~PendingBase() { Cancel(); }

  // Whether Await would return at once.
  bool ready() const;
  // Gives up: the answer will be dropped when it comes, and whoever works on it may end that.
  void Cancel();

 protected:
  // Parks until the answer is there, or nobody will send it: then the envelope is null and `error`
  // set. A request that has failed before it was sent rests.
  EnvelopePtr Wait(absl::Status& error);
  EnvelopePtr TakeIfReady(absl::Status& error);

 private:
  // Null: there is none yet. Not of one that is over.
  EnvelopePtr TakeAnswerOrGiveUp();
  void GiveUp(Node& node);

  friend class PendingSet;
  friend EnvelopePtr AwaitAnswer(Cell& cell, EnvelopePtr envelope, const AskOptions& options,
                                 absl::Status& error);

  Node* node_ = nullptr;  // null if the request was never sent, or is over
  ReplyId id_;
  Instant deadline_ = Instant::Infinite();
  absl::Status failed_;
  WeakCell asked_;
  RemoteAsk remote_;
};

// Waits for several at once.
class PendingSet {
 public:
  void Add(PendingBase& pending) { members_.push_back(&pending); }
  // Parks until one that was not ready is, or `deadline` or the earliest of theirs passes.
  absl::Status WaitForMore(Instant deadline);
  // `timeout` from now by the clock of the node that `pending` asks.
  static Instant DeadlineIn(const PendingBase* pending, absl::Duration timeout);

 private:
  std::vector<PendingBase*> members_;
};

}  // namespace internal

// The answer to one Request: R is its value, void if there is none. Move it where you like within
// the node; dropped, it is cancelled.
template <typename R>
class Pending : public internal::PendingBase {
 public:
  explicit Pending(internal::PendingBase base) : PendingBase(std::move(base)) {}
  // A request that failed before it was sent.
  explicit Pending(absl::Status failed) : PendingBase(std::move(failed)) {}

  // Parks until the answer is there, or the request's reply_timeout is over. Once.
  AskResult<R> Await() {
    absl::Status error;
    EnvelopePtr reply = Wait(error);
    if (reply == nullptr) return error;
    return internal::TakeAnswer<R>(std::move(reply));
  }

  // The answer, if ready().
  AskResult<R> Take() {
    absl::Status error;
    EnvelopePtr reply = TakeIfReady(error);
    if (reply == nullptr) return error;
    return internal::TakeAnswer<R>(std::move(reply));
  }
};

// An answer and whose it is.
template <typename R>
struct Answered {
  size_t index;  // in the span of pendings
  AskResult<R> result;
};

// Waits until all are answered, each within its own reply_timeout. In the pendings' order.
template <typename R>
std::vector<AskResult<R>> AwaitAll(absl::Span<Pending<R>> pendings) {
  std::vector<AskResult<R>> results;
  results.reserve(pendings.size());
  for (Pending<R>& pending : pendings) results.push_back(pending.Await());
  return results;
}

// Waits until `count` answers were accepted, or it is clear that they won't come; cancels the rest.
// `accept` sees each answer once, errors too: in order of arrival, and in the span's where several
// have arrived before this actor ran again.
//   kDeadlineExceeded  `timeout` is over.
//   kUnavailable       all have answered, and too few were accepted.
//   kCancelled         this actor is being stopped, or whoever asked for what it does waits no
//   more.
template <typename R>
absl::StatusOr<std::vector<Answered<R>>> AwaitCount(
    absl::Span<Pending<R>> pendings, size_t count, absl::Duration timeout,
    absl::FunctionRef<bool(const AskResult<R>&)> accept) {
  std::vector<Answered<R>> accepted;
  std::vector<size_t> open;
  for (size_t i = 0; i < pendings.size(); ++i) open.push_back(i);
  Instant deadline = Instant::Infinite();
  for (const Pending<R>& pending : pendings) {  // those that are over already have no clock
    deadline = std::min(deadline, internal::PendingSet::DeadlineIn(&pending, timeout));
  }
  absl::Status status;
  while (accepted.size() < count && status.ok()) {
    internal::PendingSet set;
    std::vector<size_t> still_open;
    for (const size_t i : open) {
      if (accepted.size() == count || !pendings[i].ready()) {
        still_open.push_back(i);
        set.Add(pendings[i]);
        continue;
      }
      AskResult<R> result = pendings[i].Take();
      if (accept(result)) accepted.push_back({i, std::move(result)});
    }
    open = std::move(still_open);
    if (accepted.size() == count) break;
    if (accepted.size() + open.size() < count) {
      internal::Rest();
      status = FrameworkError(
          absl::UnavailableError(absl::StrCat("AwaitCount: ", accepted.size(), " of ", count,
                                              " answers accepted, ", open.size(), " to come")),
          Effect::kMaybe);
    } else {
      status = set.WaitForMore(deadline);
    }
  }
  for (const size_t i : open) pendings[i].Cancel();
  if (!status.ok()) return status;
  return accepted;
}

// The first answer that is not an error; cancels the rest. Errors as AwaitCount.
template <typename R>
absl::StatusOr<Answered<R>> AwaitAny(absl::Span<Pending<R>> pendings,
                                     absl::Duration timeout = absl::InfiniteDuration()) {
  auto first =
      AwaitCount<R>(pendings, 1, timeout, [](const AskResult<R>& result) { return result.ok(); });
  if (!first.ok()) return first.status();
  return std::move(first->front());
}

// The same for a vector of pendings.
template <typename R>
auto AwaitAll(std::vector<Pending<R>>& pendings) {
  return AwaitAll(absl::MakeSpan(pendings));
}
template <typename R>
auto AwaitAny(std::vector<Pending<R>>& pendings,
              absl::Duration timeout = absl::InfiniteDuration()) {
  return AwaitAny(absl::MakeSpan(pendings), timeout);
}
template <typename R>
auto AwaitCount(std::vector<Pending<R>>& pendings, size_t count, absl::Duration timeout,
                absl::FunctionRef<bool(const AskResult<R>&)> accept) {
  return AwaitCount(absl::MakeSpan(pendings), count, timeout, accept);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PENDING_H_
