#include "rehearse/actor/pending.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/asker.h"
#include "rehearse/actor/internal/wait_cycle.h"
#include "rehearse/actor/internal/waiter_reply.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {
namespace {

absl::Status WaitError(WakeReason reason, absl::string_view what) {
  return FrameworkError(WaitStatus(reason, what), Effect::kMaybe);
}

absl::Status Misused(absl::string_view what) {
  return FrameworkError(absl::FailedPreconditionError(what), Effect::kMaybe);
}

}  // namespace

void Rest() {
  Worker* const worker = CurrentWorker();
  if (worker == nullptr || worker->current().strand() == nullptr) return;
  rehearse::Wait wait(worker->scheduler(), "Rest");
  (void)wait.Until(worker->now());
}

void GiveUpAnswer(const Node& node, ReplyId id) {
  if (ReplyWatch* const watch = node.reply_watch(); watch != nullptr) watch->GivenUp(node, id);
}

void GiveUpAnswer(Cell& asked, ReplyId id) {
  GiveUpAnswer(asked.node(), id);
  asked.AskGivenUp(id);
}

PendingBase::PendingBase(PendingBase&& other) noexcept
    : node_(std::exchange(other.node_, nullptr)),
      id_(other.id_),
      deadline_(other.deadline_),
      failed_(std::move(other.failed_)),
      asked_(std::move(other.asked_)),
      remote_(other.remote_) {}

PendingBase& PendingBase::operator=(PendingBase&& other) noexcept {
  Cancel();
  node_ = std::exchange(other.node_, nullptr);
  id_ = other.id_;
  deadline_ = other.deadline_;
  failed_ = std::move(other.failed_);
  asked_ = std::move(other.asked_);
  remote_ = other.remote_;
  return *this;
}

bool PendingBase::ready() const { return node_ == nullptr || node_->replies().Ready(id_); }

void PendingBase::Cancel() {
  if (node_ == nullptr) return;
  TakeAnswerOrGiveUp();
  if (failed_.ok()) {
    failed_ =
        FrameworkError(absl::CancelledError("ask: the request was cancelled"), Effect::kMaybe);
  }
}

EnvelopePtr PendingBase::TakeAnswerOrGiveUp() {
  Node& node = *std::exchange(node_, nullptr);
  EnvelopePtr reply = node.replies().Close(id_);
  if (reply == nullptr) GiveUp(node);
  asked_ = {};
  return reply;
}

void PendingBase::GiveUp(Node& node) {
  if (asked_.get() != nullptr) return GiveUpAnswer(*asked_.get(), id_);
  GiveUpAnswer(node, id_);
  Router* const router = node.router();
  if (remote_.number != 0 && router != nullptr) router->Withdraw(remote_);
}

EnvelopePtr PendingBase::Wait(absl::Status& error) {
  if (node_ == nullptr) {
    Rest();
    return TakeIfReady(error);
  }
  Node& node = *node_;
  WakeReason reason = WakeReason::kNotified;
  if (!node.replies().Ready(id_) && AskerHasLeft()) {
    Rest();
    reason = WakeReason::kGivenUp;
  } else if (!node.replies().Ready(id_)) {
    rehearse::Wait wait(node.scheduler(), "Ask");
    const RemoteWait afar{remote_};
    const WaitsAfar waits(remote_.number != 0 ? wait.worker() : nullptr, afar);
    if (node.replies().Notify(id_, wait.token())) reason = wait.Until(deadline_);
  }
  EnvelopePtr reply = TakeAnswerOrGiveUp();
  if (reply == nullptr) error = WaitError(reason, "ask");
  return reply;
}

EnvelopePtr PendingBase::TakeIfReady(absl::Status& error) {
  if (node_ == nullptr) {
    error = failed_.ok() ? Misused("ask: the answer was taken already") : failed_;
    return nullptr;
  }
  EnvelopePtr reply = TakeAnswerOrGiveUp();
  if (reply == nullptr) error = Misused("ask: the answer was taken before it was there");
  return reply;
}

absl::Status PendingSet::WaitForMore(Instant deadline) {
  if (members_.empty()) return absl::OkStatus();
  Node* node = nullptr;
  for (const PendingBase* const pending : members_) {
    if (pending->node_ == nullptr) return absl::OkStatus();
    node = pending->node_;
  }
  if (AskerHasLeft()) {
    Rest();
    return WaitError(WakeReason::kGivenUp, "await");
  }
  Instant earliest = deadline;
  PendingBase* first_to_expire = nullptr;
  rehearse::Wait wait(node->scheduler(), "Await");
  for (PendingBase* const pending : members_) {
    if (!pending->node_->replies().Notify(pending->id_, wait.token())) return absl::OkStatus();
    if (pending->deadline_ < earliest) {
      earliest = pending->deadline_;
      first_to_expire = pending;
    }
  }
  const WakeReason reason = wait.Until(earliest);
  if (reason == WakeReason::kDeadline && first_to_expire != nullptr) {
    // One of them is over, which is an answer too.
    first_to_expire->Cancel();
    first_to_expire->failed_ = WaitError(reason, "ask");
    return absl::OkStatus();
  }
  return WaitError(reason, "await");
}

Instant PendingSet::DeadlineIn(const PendingBase* pending, absl::Duration timeout) {
  if (pending == nullptr || pending->node_ == nullptr) return Instant::Infinite();
  return pending->node_->DeadlineIn(timeout);
}

}  // namespace rehearse::internal
