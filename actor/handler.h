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

// What an overload of Handle answers with, and whether it does so by a Reply. Alike for all
// messages that are answered alike.
template <typename R, typename... Replies>
struct Answering;
template <typename R>
struct Answering<R> {
  using Return = R;
  static constexpr bool kFound = true;
  static constexpr bool kWithValue = IsReplyValue<R>::value;
  static constexpr bool kLater = false;
};
template <typename R>
struct Answering<void, Reply<R>> : Answering<R> {
  static constexpr bool kLater = true;
};

// One overload of Handle: a pointer to it, and what it answers with.
template <typename P, typename R, typename... Replies>
struct Overload : Answering<R, Replies...> {
  using Pointer = P;
};

struct NoOverload {
  using Return = void;
  static constexpr bool kFound = false;
  static constexpr bool kWithValue = true;  // that is another mistake
};

// The overload whose parameter is M, const M& or M&&, exactly. The compiler compares types, and
// looks for no conversions; and the usual form comes first, so that most handlers are compared with
// that one alone. A class of many handlers compiles several times as fast as by calls.
template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(const M&, Replies...), R, Replies...> UsualOverload(R (C::*)(const M&,
                                                                               Replies...));

template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(M, Replies...), R, Replies...> OtherOverload(R (C::*)(M, Replies...));
template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(M&&, Replies...), R, Replies...> OtherOverload(R (C::*)(M&&, Replies...));
template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(const M&, Replies...) const, R, Replies...> OtherOverload(R (C::*)(const M&,
                                                                                     Replies...)
                                                                                const);
template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(M, Replies...) const, R, Replies...> OtherOverload(R (C::*)(M, Replies...) const);
template <typename M, typename C, typename R, typename... Replies>
Overload<R (C::*)(M&&, Replies...) const, R, Replies...> OtherOverload(R (C::*)(M&&, Replies...)
                                                                           const);

template <typename M, typename A>
NoOverload FindOther(...);
template <typename M, typename A>
auto FindOther(int) -> decltype(OtherOverload<M>(&A::Handle));
template <typename M, typename A>
void FindUsual(...);
template <typename M, typename A>
auto FindUsual(int) -> decltype(UsualOverload<M>(&A::Handle));

// Found once for each A and M.
template <typename A, typename M, typename Usual = decltype(FindUsual<M, A>(0))>
struct HandlerIn {
  using Type = Usual;
};
template <typename A, typename M>
struct HandlerIn<A, M, void> {
  using Type = decltype(FindOther<M, A>(0));
};

// The overload of A's Handle for exactly M; NoOverload if there is none.
template <typename A, typename M>
using HandlerOf = typename HandlerIn<A, M>::Type;

}  // namespace internal

// Whether `a.Handle(m)` exists for exactly this message type.
template <typename A, typename M>
inline constexpr bool kHandles = internal::HandlerOf<A, std::decay_t<M>>::kFound;

// What Handle returns, or the R of its Reply<R>.
template <typename A, typename M>
using ReturnOf = typename internal::HandlerOf<A, std::decay_t<M>>::Return;

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_HANDLER_H_
