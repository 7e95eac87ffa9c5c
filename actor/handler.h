// How a class's Handle overloads become a set of messages with replies.

#ifndef REHEARSE_ACTOR_HANDLER_H_
#define REHEARSE_ACTOR_HANDLER_H_

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace rehearse {

template <typename R>
class Reply;

// A handler's return type R to what an Ask of it returns: Status for void and Status, StatusOr<T>
// for T and StatusOr<T>.
template <typename R>
struct AskTraits {
  using Value = R;
  using Result = absl::StatusOr<R>;
};
template <>
struct AskTraits<void> {
  using Value = void;
  using Result = absl::Status;
};
template <>
struct AskTraits<absl::Status> : AskTraits<void> {};
template <typename T>
struct AskTraits<absl::StatusOr<T>> : AskTraits<T> {};

template <typename R>
using AskResult = typename AskTraits<R>::Result;

namespace internal {

// Converts to a message of exactly type M and to nothing else, so that Handle(long) does not take
// an int.
template <typename M>
class Exact {
 public:
  explicit Exact(M& message) : message_(message) {}
  template <typename T>
  requires std::same_as<T, M>
  operator const T&() const& {  // NOLINT: the conversion is the point
    return message_;
  }
  template <typename T>
  requires std::same_as<T, M>
  operator T&&() && {  // NOLINT
    return std::move(message_);
  }

 private:
  M& message_;
};

template <typename M, typename C, typename R>
R DelayedReplyOf(void (C::*)(const M&, Reply<R>));
template <typename M, typename C, typename R>
R DelayedReplyOf(void (C::*)(M, Reply<R>));
template <typename M, typename C, typename R>
R DelayedReplyOf(void (C::*)(M&&, Reply<R>));

template <typename A, typename M>
concept RepliesByReturn = requires(A& actor, M& message) {
  actor.Handle(Exact<M>(message));
};

template <typename A, typename M>
concept RepliesLater = requires {
  DelayedReplyOf<M>(&A::Handle);
};

template <typename A, typename M>
struct HandlerTraits {
  static constexpr bool kHandles = RepliesByReturn<A, M> || RepliesLater<A, M>;
  static constexpr bool kLater = !RepliesByReturn<A, M> && RepliesLater<A, M>;

  static auto ReturnOf() {
    if constexpr (RepliesByReturn<A, M>) {
      return std::type_identity<decltype(std::declval<A&>().Handle(
          Exact<M>(std::declval<M&>())))>();
    } else if constexpr (RepliesLater<A, M>) {
      return std::type_identity<decltype(DelayedReplyOf<M>(&A::Handle))>();
    } else {
      return std::type_identity<void>();
    }
  }
  using Return = typename decltype(ReturnOf())::type;
};

// Whether an R may be an answer: a value, which outlives the handler.
template <typename R>
struct IsReplyValue : std::bool_constant<!std::is_reference_v<R> && !std::is_pointer_v<R>> {};
template <typename T>
struct IsReplyValue<absl::StatusOr<T>> : IsReplyValue<T> {};
template <typename T>
struct IsReplyValue<absl::StatusOr<absl::StatusOr<T>>> : std::false_type {};
template <>
struct IsReplyValue<absl::string_view> : std::false_type {};
template <typename C>
struct IsReplyValue<std::basic_string_view<C>> : std::false_type {};
template <typename T>
struct IsReplyValue<absl::Span<T>> : std::false_type {};
template <typename T, size_t kExtent>
struct IsReplyValue<std::span<T, kExtent>> : std::false_type {};

}  // namespace internal

// Whether `a.Handle(m)` exists for exactly this message type.
template <typename A, typename M>
inline constexpr bool kHandles = internal::HandlerTraits<A, std::decay_t<M>>::kHandles;

// What Handle returns, or the R of its Reply<R>.
template <typename A, typename M>
using ReturnOf = typename internal::HandlerTraits<A, std::decay_t<M>>::Return;

namespace internal {

// True also for a message that is not handled: that is another mistake.
template <typename A, typename M>
inline constexpr bool kRepliesWithValue = IsReplyValue<ReturnOf<A, M>>::value;

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_HANDLER_H_
