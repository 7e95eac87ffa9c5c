#include "rehearse/actor/internal/send.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::internal {
namespace {

// Each send is work that the present activation has done.
void ChargeSend() {
  if (Worker* const worker = CurrentWorker(); worker != nullptr) --worker->budget;
}

Instant AnswerDeadline(Node& node, const AskOptions& options) {
  Instant deadline = Instant::Infinite();
  if (options.reply_timeout != absl::InfiniteDuration()) {
    deadline = node.DeadlineIn(options.reply_timeout);
  }
  if (Cell* const self = CurrentCell(); self != nullptr) {
    deadline = std::min(deadline, self->current_deadline());
  }
  return deadline;
}

Instant RoomDeadline(Node& node, const AskOptions& options, Instant answer) {
  if (options.mailbox_timeout == absl::InfiniteDuration()) return answer;
  return std::min(answer, node.DeadlineIn(options.mailbox_timeout));
}

}  // namespace

ActorId CurrentActorId() {
  Worker* const worker = CurrentWorker();
  Strand* const strand = worker == nullptr ? nullptr : worker->current().strand();
  return strand == nullptr ? ActorId{} : strand->actor_id();
}

BlockPool& BlocksOf(Node& node) { return node.scheduler().blocks(); }

void DeliverAnswer(Node& node, ReplyId reply_to, EnvelopePtr reply) {
  node.Answer(reply_to, std::move(reply));
}

void AnswerDropped(Node& node, ReplyId reply_to) {
  node.Answer(reply_to,
              MakeStatusReply(node.scheduler().blocks(),
                              FrameworkError(absl::AbortedError("the handler dropped its reply"),
                                             Effect::kMaybe)));
}

absl::StatusOr<ExitReason> JoinCell(const CellRef& cell, absl::Duration timeout) {
  if (!cell) return absl::NotFoundError("join: the ref names no actor");
  const Instant deadline =
      timeout == absl::InfiniteDuration() ? Instant::Infinite() : cell->node().DeadlineIn(timeout);
  switch (const WakeReason reason = cell->WaitForEnd(deadline)) {
    case WakeReason::kNotified: return cell->exit_reason();
    case WakeReason::kDeadline:
      return absl::DeadlineExceededError(absl::StrCat("join: ", cell->Describe(), " still lives"));
    default:
      return FrameworkError(WaitStatus(reason, absl::StrCat("join of ", cell->Describe())),
                            Effect::kNone);
  }
}

SendResult SendTell(const CellRef& cell, EnvelopePtr& envelope, Patience patience) {
  ChargeSend();
  const SendResult result =
      patience == Patience::kWaits ? cell->Send(envelope) : cell->TrySend(envelope);
  if (!result.ok()) {
    CountDeadLetter(cell->node(), *envelope, cell->actor_id(), "the mailbox did not take it");
  }
  return result;
}

PendingBase SendAsk(const CellRef& cell, EnvelopePtr envelope, const AskOptions& options) {
  ChargeSend();
  Node& node = cell->node();
  if (cell.get() == CurrentCell()) {
    return PendingBase(FrameworkError(
        absl::FailedPreconditionError(absl::StrCat(
            cell->Describe(), " asked itself: it can't answer while it waits; call the handler")),
        Effect::kNone));
  }
  const Instant deadline = AnswerDeadline(node, options);
  const ReplyId id = node.replies().Open();
  PendingBase pending(node, id, deadline);
  envelope->ask() = {.reply_to = id, .deadline = deadline};
  const SendResult result = cell->Send(envelope, RoomDeadline(node, options, deadline));
  if (result.ok()) return pending;
  pending.Cancel();
  const absl::Status status = result.status();
  return PendingBase(FrameworkError(
      absl::Status(status.code(),
                   absl::StrCat("ask of ", cell->Describe(), ": ", status.message())),
      Effect::kNone));
}

SendResult SendTellRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes) {
  ChargeSend();
  Router* const router = target.from->router();
  if (router == nullptr) {
    return {absl::StatusCode::kUnavailable, "this node has no network"};
  }
  const SendResult result = router->Send({.node = target.node,
                                          .actor = target.actor,
                                          .message = message,
                                          .name = name,
                                          .bytes = bytes,
                                          .reply_to = {},
                                          .parse_reply = nullptr});
  if (!result.ok()) target.from->dead_letters().Add({name, {}, "its node can't be reached"});
  return result;
}

PendingBase SendAskRemote(const RemoteTarget& target, MessageId message, absl::string_view name,
                          absl::string_view bytes, ParseReply parse, const AskOptions& options) {
  ChargeSend();
  Node& node = *target.from;
  Router* const router = node.router();
  if (router == nullptr) {
    return PendingBase(
        FrameworkError(absl::UnavailableError(absl::StrCat("ask of ", target.ToString(),
                                                           ": this node has no network")),
                       Effect::kNone));
  }
  const Instant deadline = AnswerDeadline(node, options);
  const ReplyId id = node.replies().Open();
  PendingBase pending(node, id, deadline);
  const SendResult result = router->Send({.node = target.node,
                                          .actor = target.actor,
                                          .message = message,
                                          .name = name,
                                          .bytes = bytes,
                                          .reply_to = id,
                                          .parse_reply = parse,
                                          .deadline = deadline});
  if (result.ok()) return pending;
  pending.Cancel();
  const absl::Status status = result.status();
  return PendingBase(FrameworkError(
      absl::Status(status.code(),
                   absl::StrCat("ask of ", target.ToString(), ": ", status.message())),
      EffectOf(status)));
}

}  // namespace rehearse::internal
