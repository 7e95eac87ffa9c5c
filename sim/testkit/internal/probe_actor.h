// The actor behind a Probe, and how it takes messages of all types.
//
// An ordinary actor takes what its class has a Handle for. This one is written before the messages
// are, so its refs bring along how it takes each of theirs, as the refs of a protocol do.

#ifndef REHEARSE_SIM_TESTKIT_INTERNAL_PROBE_ACTOR_H_
#define REHEARSE_SIM_TESTKIT_INTERNAL_PROBE_ACTOR_H_

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"

namespace rehearse::sim::internal {

// Their addresses tell types apart.
template <typename M>
inline constexpr char kMessageKey = 0;
template <typename R>
inline constexpr char kReplyKeyOf = 0;
// void and Status are one type of answer, T and StatusOr<T> another.
template <typename R>
inline constexpr const char& kReplyKey = kReplyKeyOf<AskResult<R>>;

// A message that has reached a probe.
struct Arrival {
  virtual ~Arrival() = default;
  virtual std::string Print() const = 0;

  Instant when;
  absl::string_view type_name;
  const void* type = nullptr;
  const void* reply_type = nullptr;  // null: came by a lane without answers
};

template <typename M>
struct ArrivalOf : Arrival {
  explicit ArrivalOf(M&& message) : message(std::move(message)) {
    type_name = TypeName<M>();
    type = &kMessageKey<M>;
  }
  std::string Print() const override { return testing::PrintToString(message); }

  M message;
};

// What came by a ref whose answers are R; told, the reply is not wanted.
template <typename M, typename R>
struct AskOf final : ArrivalOf<M> {
  AskOf(M&& message, Reply<R>&& reply) : ArrivalOf<M>(std::move(message)), reply(std::move(reply)) {
    this->reply_type = &kReplyKey<R>;
  }

  Reply<R> reply;
};

// The probe's and its actor's. One thread's.
using Arrivals = std::deque<std::unique_ptr<Arrival>>;

class ProbeActor final : public Actor {
 public:
  explicit ProbeActor(std::shared_ptr<Arrivals> arrivals) : arrivals_(std::move(arrivals)) {}

  void Take(std::unique_ptr<Arrival> arrival) {
    arrival->when = node().clock().Now();
    arrivals_->push_back(std::move(arrival));
  }
  // Of the actors that it watches.
  void Handle(Down down) { Take(std::make_unique<ArrivalOf<Down>>(std::move(down))); }

 private:
  const std::shared_ptr<Arrivals> arrivals_;
};

template <typename R, typename M>
void TakeAsked(rehearse::internal::Cell& cell, Envelope& envelope) {
  static_cast<ProbeActor*>(cell.object())
      ->Take(std::make_unique<AskOf<M, R>>(
          std::move(envelope.As<M>()),
          Reply<R>(rehearse::internal::NodeOf(cell), envelope.TakeReplyTo())));
}

template <typename R, typename M>
inline constexpr MessageOps kProbeOps = {TypeName<M>(), &TakeAsked<R, M>, kDestroy<M>,
                                         kPut<M>,       sizeof(M),        kAssign<M>};

// How a probe is seen by who knows it as a T: see Probe::ref.
template <typename... Signatures>
struct ProbeRef;
template <typename... Signatures>
struct ProbeRef<Protocol<Signatures...>> {
  static ActorRef<Protocol<Signatures...>> Of(const rehearse::internal::CellRef& cell) {
    static constexpr const MessageOps* kTable[] = {
        &kProbeOps<typename SignatureTraits<Signatures>::Return,
                   typename SignatureTraits<Signatures>::Message>...,
        nullptr};
    return ActorRef<Protocol<Signatures...>>(cell, kTable);
  }
};
template <typename R, typename M>
struct ProbeRef<R(M)> {
  static ReplyRecipient<std::decay_t<M>, R> Of(const rehearse::internal::CellRef& cell) {
    return ProbeRef<Protocol<R(M)>>::Of(cell);
  }
};
template <typename M>
struct ProbeRef<M> {
  static Recipient<M> Of(const rehearse::internal::CellRef& cell) {
    return ProbeRef<Protocol<void(M)>>::Of(cell);
  }
};

// What a matcher says.
class Words final : public testing::MatchResultListener {
 public:
  Words() : MatchResultListener(&text_) {}
  std::ostream& stream() { return text_; }
  std::string str() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

// What the test gave to say which M it expects, as a matcher.
template <typename M, typename Predicate>
class PredicateMatcher final : public testing::MatcherInterface<const M&> {
 public:
  explicit PredicateMatcher(Predicate predicate) : predicate_(std::move(predicate)) {}
  bool MatchAndExplain(const M& message, testing::MatchResultListener*) const override {
    return predicate_(message);
  }
  void DescribeTo(std::ostream* out) const override { *out << "the test's predicate accepts"; }

 private:
  const Predicate predicate_;
};

template <typename M, typename Matching>
testing::Matcher<const M&> MatcherOf(Matching&& matching) {
  using Predicate = std::decay_t<Matching>;
  if constexpr (std::is_invocable_r_v<bool, const Predicate&, const M&>) {
    return testing::Matcher<const M&>(
        new PredicateMatcher<M, Predicate>(std::forward<Matching>(matching)));
  } else {
    return std::forward<Matching>(matching);
  }
}

}  // namespace rehearse::sim::internal

#endif  // REHEARSE_SIM_TESTKIT_INTERNAL_PROBE_ACTOR_H_
