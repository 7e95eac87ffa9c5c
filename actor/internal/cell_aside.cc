// Messages that are not handled when they come: refused, stashed for later, or dropped for newer
// ones.

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/cell_cold.h"
#include "rehearse/actor/internal/observed.h"
#include "rehearse/actor/node.h"

namespace rehearse::internal {

void Cell::RefuseMessage(Envelope& envelope) {
  if (!envelope.reply_to()) {
    return CountDeadLetter(node(), envelope, actor_id(), "refused by the actor's OnMessage");
  }
  AnswerError(envelope,
              absl::FailedPreconditionError(
                  absl::StrCat("ask of ", Describe(), ": refused by its OnMessage")),
              Effect::kNone);
}

// --- The stash.

EnvelopePtr MovedOut(BlockPool& pool, Envelope& envelope) {
  const MessageOps& ops = *envelope.ops;
  const bool asks = envelope.has_ask;
  const uint8_t size_class = asks ? ops.ask_class : ops.tell_class;
  const size_t bytes =
      (asks ? EnvelopeBlock<0, true>::kBytes : EnvelopeBlock<0, false>::kBytes) + ops.payload_bytes;
  Blank blank(AllocateBlock(pool, size_class, bytes), ops, size_class, asks);
  ops.put(blank.place(), envelope.payload());
  EnvelopePtr moved(blank.Fill());
  moved->sender = envelope.sender;
  moved->set_stamp(envelope.stamp());
  if (asks) moved->ask() = std::exchange(envelope.ask(), AskPart());
  return moved;
}

// As many as the mailbox may hold.
void Cell::Stash(EnvelopePtr envelope) {
  Cold& cold = this->cold();
  const uint16_t stash_max = mailbox_.capacity();
  if (stash_max == Mailbox::kUnbounded || cold.stash.size() < stash_max) {
    cold.stash.push_back(std::move(envelope));
  } else if (!envelope->reply_to()) {
    CountDeadLetter(node(), *envelope, actor_id(), "the actor's stash is full");
  } else {
    AnswerError(
        *envelope,
        absl::ResourceExhaustedError(absl::StrCat("ask of ", Describe(), ": its stash is full")),
        Effect::kNone);
  }
}

void Cell::Unstash() {
  if (Envelope* const stashed = TakeStash(); stashed != nullptr) mailbox_.PutFirst(stashed);
}

Envelope* Cell::TakeStash() {
  Cold* const cold = cold_.load(std::memory_order_acquire);
  Envelope* first = nullptr;
  while (cold != nullptr && !cold->stash.empty()) {
    cold->stash.back()->next = first;
    first = cold->stash.back().release();
    cold->stash.pop_back();
  }
  return first;
}

// --- What an actor tells itself as it starts. It lies in the mailbox, among what others have told;
// where they have left no room, in the stash, which is empty otherwise as long as nothing was
// handled. What it told itself in an earlier life goes along, for it came before. A stop in order
// keeps its place, and nothing is put before it that was told after it.

bool Cell::KeepsOwn(EnvelopePtr& envelope) {
  if (this != CurrentCell() || phase() != Phase::kStarting) return false;
  if (envelope->ops == &kStopInOrder) return false;
  Cold& cold = this->cold();
  if (cold.stash.empty()) {
    // From now on it stays as it is: what is full remains so until something is handled.
    cold.own_in_mailbox =
        mailbox_.CountIf([this](const Envelope& left) { return left.sender == actor_id(); });
  }
  if (cold.own_in_mailbox + cold.stash.size() >= mailbox_.capacity()) return false;
  cold.stash.push_back(std::move(envelope));
  return true;
}

// Before the lane too: in it may be what an earlier life had stashed.
void Cell::MoveOwnFirst() {
  if ((special_ & kSlides) != 0) cold().sliding->PutFirst(actor_id());
  const auto is_own = [this](const Envelope& envelope) { return envelope.sender == actor_id(); };
  Envelope* own = nullptr;
  if (mailbox_.CountIf(is_own) != 0) {
    bool stops = false;
    own = mailbox_.TakeIf([&](const Envelope& envelope) {
      if (!is_own(envelope)) return false;
      stops = stops || envelope.ops == &kStopInOrder;
      return !stops;
    });
  }
  if (Envelope* const kept = TakeStash(); kept != nullptr) mailbox_.PutBeforeAll(kept);
  if (own != nullptr) mailbox_.PutBeforeAll(own);
}

// --- A mailbox that drops the oldest. Its messages are in a queue beside it; in the mailbox there
// is a token for each, in the lane that no bound delays.

const MessageOps Cell::kOldest = {"oldest", [](Cell& cell, Envelope&) { cell.HandleOldest(); },
                                  nullptr};

Mailbox::Push Cell::Slide(Envelope& envelope) {
  SlidingQueue::Pushed pushed = cold().sliding->Push(envelope);
  if (pushed.closed) return Mailbox::Push::kClosed;
  if (pushed.dropped == nullptr) {
    struct Nothing {};
    EnvelopePtr token(MakeEnvelope<Nothing, false>(node().scheduler().blocks(), kOldest));
    SendSystem(token);  // closed meanwhile, it takes what is in the queue with it
  } else if (pushed.dropped->reply_to()) {
    AnswerError(*pushed.dropped,
                absl::ResourceExhaustedError(absl::StrCat(
                    "ask of ", Describe(), ": its mailbox is full, and newer messages came")),
                Effect::kNone);
  } else {
    CountDeadLetter(node(), *pushed.dropped, actor_id(),
                    "dropped: the mailbox is full, and newer ones came");
  }
  return Mailbox::Push::kQueued;
}

EnvelopePtr Cell::TakeOldest() { return cold().sliding->Pop(); }

void Cell::HandleOldest() {
  const EnvelopePtr oldest = TakeOldest();
  if (oldest == nullptr) return;
  Worker& worker = *CurrentWorker();
  Trace(TraceKind::kHandle, oldest->ops->name, oldest->sender.value);
  if (oldest->ExpiredAt(worker.now())) return AnswerExpired(*oldest);
  const Instant began = worker.observer == nullptr ? Instant() : worker.poller().Now();
  const absl::Cleanup told = [&] {
    if (worker.observer == nullptr) return;
    worker.observer->Handled(ObservedAs(*this), ObservedAs(*oldest, false), began,
                             worker.poller().Now());
  };
  // If it is not returned from: what is caught, is caught as the token's.
  const absl::Cleanup unanswered = [&] {
    if (!oldest->reply_to()) return;
    AnswerError(*oldest, absl::AbortedError(absl::StrCat(Describe(), " panicked or was killed")),
                Effect::kMaybe);
  };
  worker.current().handling = oldest.get();
  oldest->ops->invoke(*this, *oldest);
}

// --- What is left at the end.

bool Cell::IsSignal(const Envelope& envelope) {
  return envelope.ops == &kNudge || envelope.ops == &kStartAwaited || envelope.ops == &kOldest ||
         envelope.ops == &kStopInOrder;
}

Envelope* Cell::CloseMailbox() {
  if ((special_ & kSlides) == 0) return mailbox_.Close();
  Envelope* const first = cold().sliding->Close();
  Envelope* const rest = mailbox_.Close();
  if (first == nullptr) return rest;
  Envelope* last = first;
  while (last->next != nullptr) last = last->next;
  last->next = rest;
  return first;
}

}  // namespace rehearse::internal
