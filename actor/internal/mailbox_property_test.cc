// The mailbox against a plain list: whatever is pushed, popped, queued, given up and closed, in
// whatever order, each message comes out once, in the order in which it was taken in, and never
// more are inside than the bound allows.

#include "rehearse/actor/internal/mailbox.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/block_pool.h"

namespace rehearse::internal {
namespace {

constexpr MessageOps kNumber = {"number", nullptr, kDestroy<int>};

enum class Verb : uint8_t {
  kPush,
  kPushSystem,
  kNext,
  kRelease,
  kPop,
  kIdle,
  kWaitForRoom,
  kGiveUp
};

struct Step {
  Verb verb = Verb::kPush;
  size_t which = 0;  // of those in line
};

void showValue(const Step& step, std::ostream& out) {
  constexpr std::array<const char*, 8> kNames = {"push", "push system", "next", "release",
                                                 "pop",  "idle",        "wait", "give up"};
  out << kNames[static_cast<size_t>(step.verb)] << " " << step.which;
}

rc::Gen<Step> AnyStep() {
  return rc::gen::build<Step>(
      rc::gen::set(&Step::verb, rc::gen::weightedElement<Verb>({{6, Verb::kPush},
                                                                {1, Verb::kPushSystem},
                                                                {5, Verb::kNext},
                                                                {5, Verb::kRelease},
                                                                {2, Verb::kPop},
                                                                {1, Verb::kIdle},
                                                                {3, Verb::kWaitForRoom},
                                                                {1, Verb::kGiveUp}})),
      rc::gen::set(&Step::which, rc::gen::inRange<size_t>(0, 8)));
}

class Sender final : public Waitable {
 public:
  Sender(EnvelopePtr message, int number) : number(number), message(std::move(message)) {
    waiter = {.envelope = this->message.get(), .token = Arm()};
  }
  bool woken() const { return reason() == WakeReason::kNotified; }
  bool taken() const { return waiter.envelope == nullptr; }

  const int number;
  EnvelopePtr message;
  RoomWaiter waiter;

 private:
  void OnWoken() override {}
};

// Both sides of the comparison, fed with the same steps.
class Comparison {
 public:
  explicit Comparison(uint16_t capacity) : mailbox_(capacity) {}
  ~Comparison() {
    Release();
    for (const auto& sender : line_) mailbox_.LeaveLine(sender->waiter);
    for (Envelope* left = mailbox_.Close(); left != nullptr;) {
      EnvelopePtr(std::exchange(left, left->next));
    }
    pool_->Release();
  }

  void Do(const Step& step) {
    switch (step.verb) {
      case Verb::kPush: return Push();
      case Verb::kPushSystem: return PushSystem();
      case Verb::kNext: return Next();
      case Verb::kRelease: return Release();
      case Verb::kPop: return Pop();
      case Verb::kIdle: return Idle();
      case Verb::kWaitForRoom: return WaitForRoom();
      case Verb::kGiveUp: return GiveUp(step.which);
    }
  }

  // Half of the time a message is still being handled.
  void Close() {
    std::vector<int> left;
    for (Envelope* at = mailbox_.Close(); at != nullptr;) {
      const EnvelopePtr envelope(std::exchange(at, at->next));
      left.push_back(envelope->As<int>());
    }
    std::vector<int> expected(system_.begin(), system_.end());
    expected.insert(expected.end(), inside_.begin(), inside_.end());
    RC_ASSERT(left == expected);
    for (const auto& sender : line_) {
      RC_ASSERT(sender->woken() && !sender->taken());
      RC_ASSERT(!mailbox_.LeaveLine(sender->waiter));
    }
    line_.clear();
    const EnvelopePtr late = Message(0);
    RC_ASSERT(mailbox_.TryPush(*late) == Mailbox::Push::kClosed);
    RC_ASSERT(mailbox_.PushSystem(*late) == Mailbox::Push::kClosed);
    Sender sender(Message(0), 0);
    RC_ASSERT(mailbox_.QueueForRoom(sender.waiter) == Mailbox::Push::kClosed);
    RC_ASSERT(mailbox_.Close() == nullptr);
    Release();
  }

 private:
  EnvelopePtr Message(int number) {
    return EnvelopePtr(MakeEnvelope<int, false>(*pool_, kNumber, number));
  }
  bool bounded() const { return mailbox_.capacity() != Mailbox::kUnbounded; }

  // Whether `push` is what an accepted message gets, and take note of it.
  void Accepted(Mailbox::Push push, EnvelopePtr message, std::deque<int>& into) {
    RC_ASSERT(push == (idle_ ? Mailbox::Push::kQueuedFirst : Mailbox::Push::kQueued));
    into.push_back(message.release()->As<int>());
    idle_ = false;
    if (bounded()) RC_ASSERT(inside_.size() <= mailbox_.capacity());
  }

  // A refusal needs a reason: somebody waits, or there is no more room than the receiver may keep
  // to itself for a while.
  void Refused() {
    RC_ASSERT(bounded());
    const size_t kept = mailbox_.capacity() <= 16 ? 0 : 15;
    RC_ASSERT(!line_.empty() || inside_.size() + kept >= mailbox_.capacity());
  }

  void Push() {
    EnvelopePtr message = Message(next_);
    const Mailbox::Push push = mailbox_.TryPush(*message);
    if (push == Mailbox::Push::kFull) return Refused();
    ++next_;
    RC_ASSERT(line_.empty());  // nobody overtakes those in line
    Accepted(push, std::move(message), inside_);
  }

  void PushSystem() {
    EnvelopePtr message = Message(next_++);
    const Mailbox::Push push = mailbox_.PushSystem(*message);
    Accepted(push, std::move(message), system_);
  }

  // Whether `message` is the one that should come now.
  void Came(Envelope* message) {
    NoteAdmitted();
    RC_ASSERT((message == nullptr) == (system_.empty() && inside_.empty()));
    if (message == nullptr) return;
    std::deque<int>& from = system_.empty() ? inside_ : system_;
    RC_ASSERT(message->As<int>() == from.front());
    from.pop_front();
    if (bounded()) RC_ASSERT(inside_.size() <= mailbox_.capacity());
  }

  void Pop() {
    if (idle_ || handled_ != nullptr) return;
    const EnvelopePtr message(mailbox_.Pop());
    Came(message.get());
  }

  void Next() {
    if (idle_ || handled_ != nullptr) return;
    handled_ = mailbox_.Next();
    Came(handled_);
    if (handled_ != nullptr) number_handled_ = handled_->As<int>();
  }

  // Whatever came meanwhile, it is still there.
  void Release() {
    if (handled_ == nullptr) return;
    RC_ASSERT(handled_->As<int>() == number_handled_);
    mailbox_.Release(*std::exchange(handled_, nullptr));
  }

  void Idle() {
    if (!inside_.empty() || !system_.empty() || handled_ != nullptr) return;
    const bool idle = mailbox_.TryIdle();
    NoteAdmitted();
    RC_ASSERT(idle == (inside_.empty() && line_.empty()));
    idle_ = idle;
  }

  void WaitForRoom() {
    if (!bounded()) return;
    auto sender = std::make_unique<Sender>(Message(next_), next_);
    const Mailbox::Push push = mailbox_.QueueForRoom(sender->waiter);
    ++next_;
    if (push != Mailbox::Push::kFull) {
      RC_ASSERT(line_.empty());
      return Accepted(push, std::move(sender->message), inside_);
    }
    Refused();
    line_.push_back(std::move(sender));
  }

  void GiveUp(size_t which) {
    if (line_.empty()) return;
    const auto at = line_.begin() + static_cast<ptrdiff_t>(which % line_.size());
    RC_ASSERT(!(*at)->woken());
    RC_ASSERT(mailbox_.LeaveLine((*at)->waiter));
    RC_ASSERT(!mailbox_.LeaveLine((*at)->waiter));
    RC_ASSERT(!(*at)->taken());
    line_.erase(at);
  }

  // Those at the head of the line may have been let in: they, and no one behind them.
  void NoteAdmitted() {
    while (!line_.empty() && line_.front()->taken()) {
      RC_ASSERT(line_.front()->woken());
      (void)line_.front()->message.release();
      inside_.push_back(line_.front()->number);
      line_.erase(line_.begin());
    }
    for (const auto& sender : line_) RC_ASSERT(!sender->taken() && !sender->woken());
  }

  BlockPool* const pool_ = BlockPool::Create();
  Mailbox mailbox_;
  std::deque<int> inside_;
  std::deque<int> system_;
  std::vector<std::unique_ptr<Sender>> line_;
  Envelope* handled_ = nullptr;
  int number_handled_ = 0;
  bool idle_ = true;
  int next_ = 1;
};

RC_GTEST_PROP(MailboxProperty, EachMessageComesOutOnceInOrderAndWithinTheBound, ()) {
  const uint16_t capacity = *rc::gen::element<uint16_t>(0, 1, 2, 3, 15, 16, 17, 40);
  const auto steps = *rc::gen::scale(3.0, rc::gen::container<std::vector<Step>>(AnyStep()));
  Comparison comparison(capacity);
  for (const Step& step : steps) comparison.Do(step);
  comparison.Close();
}

// What one side lets pile up, the other must be able to take: fill to the brim with some in line,
// then empty.
RC_GTEST_PROP(MailboxProperty, LineMovesUpWhenTheReceiverEmptiesAFullMailbox, ()) {
  const uint16_t capacity = *rc::gen::element<uint16_t>(1, 2, 16, 17, 64);
  const int waiting = *rc::gen::inRange(0, 50);
  Comparison comparison(capacity);
  for (int i = 0; i < capacity + 1; ++i) comparison.Do({Verb::kPush});
  for (int i = 0; i < waiting; ++i) comparison.Do({Verb::kWaitForRoom});
  for (int i = 0; i < capacity + waiting; ++i) {
    comparison.Do({Verb::kPop});
    comparison.Do({Verb::kIdle});
  }
  comparison.Do({Verb::kIdle});
  comparison.Close();
}

TEST(MailboxTest, TakesTheLastThatFitsAndRefusesTheFirstThatDoesNot) {
  BlockPool* const pool = BlockPool::Create();
  for (const uint16_t capacity : {1, 2, 16, 17, 65535}) {
    Mailbox mailbox(capacity);
    for (int i = 0; i < capacity; ++i) {
      Envelope* const message = MakeEnvelope<int, false>(*pool, kNumber, i);
      ASSERT_NE(mailbox.TryPush(*message), Mailbox::Push::kFull) << i << " of " << capacity;
    }
    const EnvelopePtr extra(MakeEnvelope<int, false>(*pool, kNumber, -1));
    EXPECT_EQ(mailbox.TryPush(*extra), Mailbox::Push::kFull) << capacity;
    for (Envelope* left = mailbox.Close(); left != nullptr;) {
      EnvelopePtr(std::exchange(left, left->next));
    }
  }
  pool->Release();
}

}  // namespace
}  // namespace rehearse::internal
