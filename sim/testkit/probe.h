// An actor that stands in for others in a test: whatever it is told waits there for the test to
// look.
//
//   TestKit kit;
//   Probe customer(kit);
//   kit.Spawn<Kitchen>().Tell(Order{.dish = "soup", .who = customer.ref<Meal>()});
//   EXPECT_EQ(customer.Expect<Meal>().dish, "soup");
//   customer.ExpectNone(absl::Minutes(1));

#ifndef REHEARSE_SIM_TESTKIT_PROBE_H_
#define REHEARSE_SIM_TESTKIT_PROBE_H_

#include <gtest/gtest.h>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"
#include "rehearse/sim/testkit/internal/probe_actor.h"
#include "rehearse/sim/testkit/place.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace rehearse::sim {

// An ask that a probe was asked. Dropped with its reply unsent, it answers kAborted.
template <typename M, typename R>
struct Asked {
  M message;
  Reply<R> reply;  // std::move(asked.reply).Send(value)
};

// Takes messages of all types, any number of them, in the order in which they arrive. An Expect
// that is not met ends the test, with what was expected, what came instead, and when. `matching`,
// where there is one, is a message, a predicate or a GoogleTest matcher:
//
//   probe.Expect<Total>({.value = 42});                                       // needs operator==
//   probe.Expect<Total>([](const Total& total) { return total.value > 0; });
//   probe.Expect<Total>(testing::Field(&Total::value, testing::Gt(0)));       // from gmock
//
// On the kit's thread, and gone before the kit; then it takes nothing more.
class Probe {
 public:
  explicit Probe(TestKit& kit, std::string name = "probe");
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // The probe as the code under test is to see it:
  //   ref<M>()               a Recipient<M>
  //   ref<R(M)>()            a ReplyRecipient<M, R>
  //   ref<Protocol<...>>()   an ActorRef<Protocol<...>>
  template <typename T>
  auto ref() const {
    return internal::ProbeRef<T>::Of(self_.cell());
  }

  // The next message is an M, and is here within `within` of now (the kit's patience). If it was an
  // ask, nobody is going to answer it: see ExpectAsk.
  template <typename M>
  M Expect(Place place = Place::Here()) {
    return Expect<M>(kit_.options().patience, place);
  }
  template <typename M>
  M Expect(absl::Duration within, Place place = Place::Here()) {
    return std::move(TakeNext<M>(nullptr, within, place)->message);
  }
  template <typename M, typename Matching = M>
  requires(!std::same_as<std::decay_t<Matching>, absl::Duration>) M
      Expect(Matching&& matching, Place place = Place::Here()) {
    return Expect<M>(std::forward<Matching>(matching), kit_.options().patience, place);
  }
  template <typename M, typename Matching = M>
  M Expect(Matching&& matching, absl::Duration within, Place place = Place::Here()) {
    const auto matcher = internal::MatcherOf<M>(std::forward<Matching>(matching));
    return std::move(TakeNext<M>(&matcher, within, place)->message);
  }

  // The next message is an M that somebody waits to have answered with an R: ExpectAsk<R(M)>().
  template <typename Signature>
  auto ExpectAsk(Place place = Place::Here()) {
    return ExpectAsk<Signature>(kit_.options().patience, place);
  }
  template <typename Signature>
  auto ExpectAsk(absl::Duration within, Place place = Place::Here());

  // Nothing waits here, and for `length` nothing comes. Otherwise the test fails and goes on,
  // without the message that came.
  void ExpectNone(absl::Duration length, Place place = Place::Here());

  // From now on a rehearse::Down comes when `actor` ends; at once if it has.
  template <typename A>
  void Watch(const ActorRef<A>& actor) {
    Monitor(self_, actor);
  }

  const std::string& name() const { return name_; }

 private:
  // The next message, whatever it is. Ends the test if none comes.
  std::unique_ptr<internal::Arrival> Await(const std::string& wanted, absl::Duration within,
                                           Place place);
  [[noreturn]] void Unmet(const std::string& wanted, const internal::Arrival& came,
                          absl::string_view why, Place place) const;
  // `matcher` may be null.
  template <typename M>
  std::unique_ptr<internal::ArrivalOf<M>> TakeNext(const testing::Matcher<const M&>* matcher,
                                                   absl::Duration within, Place place);

  TestKit& kit_;
  const std::string name_;
  const std::shared_ptr<internal::Arrivals> arrivals_;
  const ActorRef<internal::ProbeActor> self_;
};

template <typename M>
std::unique_ptr<internal::ArrivalOf<M>> Probe::TakeNext(const testing::Matcher<const M&>* matcher,
                                                        absl::Duration within, Place place) {
  internal::Words wanted;
  wanted.stream() << TypeName<M>() << (matcher == nullptr ? "" : " that ");
  if (matcher != nullptr) matcher->DescribeTo(&wanted.stream());

  std::unique_ptr<internal::Arrival> next = Await(wanted.str(), within, place);
  if (next->type != &internal::kMessageKey<M>) Unmet(wanted.str(), *next, "", place);
  std::unique_ptr<internal::ArrivalOf<M>> taken(
      static_cast<internal::ArrivalOf<M>*>(next.release()));
  internal::Words why;
  if (matcher != nullptr && !matcher->MatchAndExplain(taken->message, &why)) {
    Unmet(wanted.str(), *taken, why.str(), place);
  }
  return taken;
}

template <typename Signature>
auto Probe::ExpectAsk(absl::Duration within, Place place) {
  using M = typename SignatureTraits<Signature>::Message;
  using R = typename SignatureTraits<Signature>::Return;
  const std::string wanted = absl::StrCat("an ask ", TypeName<Signature>());
  std::unique_ptr<internal::Arrival> next = Await(wanted, within, place);
  if (next->type != &internal::kMessageKey<M>) Unmet(wanted, *next, "", place);
  auto& ask = static_cast<internal::ArrivalOf<M>&>(*next);
  if (next->reply_type != &internal::kReplyKey<R>) {
    Unmet(wanted, *next, "the ref it came by has another type of answer", place);
  }
  auto& answerable = static_cast<internal::AskOf<M, R>&>(ask);
  if (!answerable.reply.wanted()) Unmet(wanted, *next, "told, not asked", place);
  return Asked<M, R>{std::move(answerable.message), std::move(answerable.reply)};
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TESTKIT_PROBE_H_
