// What comes back on a session's stream, and asks that are given up before it does.

#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/answer.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/session.h"

namespace rehearse::net {
namespace {

absl::Status StatusOf(const WireEnvelope& error) {
  const absl::Status status(error.status_code, std::string(error.status_message));
  if (error.effect == kNotTheFrameworks) return status;
  return FrameworkError(status, static_cast<Effect>(error.effect));
}

}  // namespace

// Until the stream ends; on the task that dialled it.
void Session::ReadAnswers(const std::shared_ptr<Stream>& stream) {
  while (true) {
    absl::StatusOr<std::string> frame = stream->Read();
    if (!frame.ok()) return Broke(stream, frame.status());
    if (const absl::Status status = OnFrame(stream, *frame); !status.ok()) {
      ++counters_.refused_answer;
      node_.log().Write(Severity::kWarning,
                        absl::StrCat("stream to ", peer_, " closed: ", status.message()));
      return Broke(stream, status);
    }
    frames_.GiveBack(*std::move(frame));
    TellWithdrawnIfAny();
  }
}

absl::Status Session::OnFrame(const std::shared_ptr<Stream>& stream, absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const WireEnvelope envelope, DecodeEnvelope(frame));
  switch (envelope.kind) {
    case EnvelopeKind::kReply:
    case EnvelopeKind::kError: OnAnswer(stream, envelope); return absl::OkStatus();
    case EnvelopeKind::kRoom: GiveBack(stream, envelope); return absl::OkStatus();
    default: break;
  }
  return absl::DataLossError(
      absl::StrCat("an envelope of kind ", static_cast<int>(envelope.kind), " is no answer"));
}

void Session::OnAnswer(const std::shared_ptr<Stream>& stream, const WireEnvelope& answer) {
  Ask ask;
  if (!TakeAsk(answer.request_id, ask)) return NobodyAsked(stream, answer.request_id);
  BlockPool& pool = node_.scheduler().blocks();
  if (answer.kind == EnvelopeKind::kError) {
    return node_.Answer(ask.reply_to, internal::MakeStatusReply(pool, StatusOf(answer)));
  }
  absl::StatusOr<EnvelopePtr> reply = ask.parse(pool, answer.payload);
  node_.Answer(
      ask.reply_to,
      reply.ok() ? *std::move(reply)
                 : internal::MakeStatusReply(pool, FrameworkError(reply.status(), Effect::kMaybe)));
}

// Credit, for messages that the actor's node has done with.
void Session::GiveBack(const std::shared_ptr<Stream>& stream, const WireEnvelope& room) {
  std::vector<WaitToken> waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;
    waiting = credit_.GiveBack(room.target, room.request_id);
    if (credit_.IsUnderWay(room.target)) {
      unsettled_.Settle(room.target, room.settled);
    } else {
      unsettled_.SettleAll(room.target);
    }
  }
  WakeAll(waiting);
}

// An answer that comes on `stream` to a question that was given up, or has had one.
void Session::NobodyAsked(const std::shared_ptr<Stream>& stream, uint64_t request_id) {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ != stream) return;
    if (withdrawals_.IsLate(request_id)) {
      ++counters_.late_answers;
      return;
    }
  }
  ReplyWatch* const watch = node_.reply_watch();
  if (watch != nullptr) watch->AnsweredAgain(node_, peer_, request_id);
}

// --- Asks that are given up.

void Session::Withdraw(uint64_t number) {
  {
    Ask ask;
    const std::lock_guard<SpinLock> lock(lock_);
    if (!asks_.Take(number, ask)) return;
    if (!ask.is_ask) return withdrawals_.Add(number);
    withdrawals_.AddUntold(number);
  }
  TellWithdrawn();
}

void Session::TellWithdrawnIfAny() {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (!withdrawals_.has_untold()) return;
  }
  TellWithdrawn();
}

// As far as there is room: whoever gives up does not wait.
void Session::TellWithdrawn() {
  while (true) {
    std::shared_ptr<Stream> stream;
    std::optional<uint64_t> number;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      stream = stream_;
      number = withdrawals_.TakeUntold();
    }
    if (stream == nullptr || !number.has_value()) return;
    std::string frame = frames_.Take();
    EncodeEnvelope({.kind = EnvelopeKind::kCancel, .request_id = *number}, frame);
    const absl::Status written = stream->Write(std::move(frame), Instant());
    if (written.ok()) continue;
    const std::lock_guard<SpinLock> lock(lock_);
    if (stream_ == stream && !absl::IsUnavailable(written)) withdrawals_.PutBack(*number);
    return;
  }
}

}  // namespace rehearse::net
