// A recipient of one message for who takes another.
//
//   Recipient<Celsius> celsius = Map<Celsius>(Recipient<Kelvin>(ref), ToKelvin);

#ifndef REHEARSE_ACTOR_MAP_H_
#define REHEARSE_ACTOR_MAP_H_

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/send_result.h"

namespace rehearse {

namespace internal {

// Each message is made into another on its way. On the sender's fiber or thread.
template <typename From, typename To, typename Function>
class MapDetour final : public Detour<From> {
 public:
  MapDetour(Recipient<To> to, Function function)
      : to_(std::move(to)), function_(std::move(function)) {}

  SendResult Send(const From& message, Patience patience) const override {
    if constexpr (std::is_convertible_v<std::invoke_result_t<const Function&, const From&>, To>) {
      return Pass(function_(message), patience);
    } else {
      absl::StatusOr<To> mapped = function_(message);
      if (mapped.ok()) return Pass(*std::move(mapped), patience);
      return {mapped.status().code(), "the message could not be mapped to the receiver's"};
    }
  }
  std::string ToString() const override { return to_.ToString(); }

 private:
  SendResult Pass(To message, Patience patience) const {
    return patience == Patience::kWaits ? to_.Tell(std::move(message))
                                        : to_.TryTell(std::move(message));
  }

  const Recipient<To> to_;
  const Function function_;
};

}  // namespace internal

// Takes `From`s and passes `function(message)` on to `to`. `function` is called by each sender, at
// once from several threads; it must not wait. If it returns absl::StatusOr<To>, an error is what
// the sender gets, and nothing is sent.
template <typename From, typename To, typename Function>
Recipient<From> Map(Recipient<To> to, Function function) {
  return Recipient<From>(std::make_shared<internal::MapDetour<From, To, Function>>(
      std::move(to), std::move(function)));
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_MAP_H_
