// How a handler's result becomes the envelope that its asker waits for, and back.

#ifndef REHEARSE_ACTOR_INTERNAL_ANSWER_H_
#define REHEARSE_ACTOR_INTERNAL_ANSWER_H_

#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/wire.h"

namespace rehearse {

class Node;

namespace internal {

extern const MessageOps kStatusReply;
EnvelopePtr MakeStatusReply(BlockPool& pool, absl::Status status);

BlockPool& BlocksOf(Node& node);
void DeliverAnswer(Node& node, ReplyId reply_to, EnvelopePtr&& reply);
void AnswerDropped(Node& node, ReplyId reply_to);
void AnswerRefused(Node& node, ReplyId reply_to, absl::Status why);

template <typename T>
inline constexpr MessageOps kValueReply = {TypeName<T>(), nullptr, kDestroy<T>};

template <typename T>
EnvelopePtr MakeValueReply(BlockPool& pool, T&& value) {
  using Value = std::decay_t<T>;
  return EnvelopePtr(MakeEnvelope<Value, false>(pool, kValueReply<Value>, std::forward<T>(value)));
}

// T is the answer's value, void if there is none.
template <typename T>
void SendAnswer(Node& node, ReplyId reply_to) {
  static_assert(std::is_void_v<T>, "this reply needs a value");
  DeliverAnswer(node, reply_to, MakeStatusReply(BlocksOf(node), absl::OkStatus()));
}

template <typename T, typename V>
void SendAnswer(Node& node, ReplyId reply_to, V&& value) {
  BlockPool& pool = BlocksOf(node);
  if constexpr (std::is_same_v<std::decay_t<V>, absl::Status>) {
    if constexpr (!std::is_void_v<T>) {
      if (value.ok()) return AnswerDropped(node, reply_to);  // OK, but no value
    }
    DeliverAnswer(node, reply_to, MakeStatusReply(pool, HandlersError(std::forward<V>(value))));
  } else if constexpr (std::is_same_v<std::decay_t<V>, absl::StatusOr<T>>) {
    DeliverAnswer(node, reply_to,
                  value.ok() ? MakeValueReply(pool, *std::forward<V>(value))
                             : MakeStatusReply(pool, HandlersError(value.status())));
  } else {
    DeliverAnswer(node, reply_to, MakeValueReply<T>(pool, T(std::forward<V>(value))));
  }
}

// What an ask returns, out of what came.
template <typename R>
AskResult<R> TakeAnswer(EnvelopePtr reply) {
  using Value = typename AskTraits<R>::Value;
  if constexpr (std::is_void_v<Value>) {
    return std::move(reply->As<absl::Status>());
  } else {
    if (reply->ops == &kStatusReply) return std::move(reply->As<absl::Status>());
    return std::move(reply->As<Value>());
  }
}

// The same for answers that came as bytes.
template <typename R>
absl::StatusOr<EnvelopePtr> ParseAnswer(BlockPool& pool, absl::string_view bytes) {
  using Value = typename AskTraits<R>::Value;
  if constexpr (std::is_void_v<Value>) {
    return MakeStatusReply(pool, absl::OkStatus());
  } else {
    absl::StatusOr<Value> value = ParseWire<Value>(bytes);
    if (!value.ok()) return value.status();
    return MakeValueReply(pool, *std::move(value));
  }
}

// The payload of a good answer, as bytes; the error of a bad one.
template <typename R>
absl::Status AppendAnswer(Envelope& reply, std::string& out) {
  using Value = typename AskTraits<R>::Value;
  if (reply.ops == &kStatusReply) return reply.As<absl::Status>();
  if constexpr (!std::is_void_v<Value>) AppendWire<Value>(reply.As<Value>(), out);
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace rehearse

#endif  // REHEARSE_ACTOR_INTERNAL_ANSWER_H_
