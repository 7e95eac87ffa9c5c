// An answer that is still owed.

#ifndef REHEARSE_ACTOR_REPLY_H_
#define REHEARSE_ACTOR_REPLY_H_

#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/handler.h"
#include "rehearse/actor/internal/answer.h"

namespace rehearse {

// Taken by a handler as its second parameter, kept, moved to where the answer becomes known, and
// sent from there, once. Dropped, it answers kAborted. For a tell there is nobody to answer: Send
// does nothing. Must not outlive the node.
template <typename R>
class Reply {
  static_assert(internal::IsReplyValue<R>::value,
                "a reply is a value, Status or StatusOr: no references, pointers, views");

 public:
  Reply(Node& node, ReplyId reply_to) : node_(&node), reply_to_(reply_to) {}
  Reply(Reply&& other) noexcept
      : node_(other.node_), reply_to_(std::exchange(other.reply_to_, ReplyId{})) {}
  Reply& operator=(Reply&& other) noexcept {
    Drop();
    node_ = other.node_;
    reply_to_ = std::exchange(other.reply_to_, ReplyId{});
    return *this;
  }
  ~Reply() { Drop(); }

  // Whether somebody waits for it.
  bool wanted() const { return static_cast<bool>(reply_to_); }

  // Any thread of the node. R, absl::StatusOr<R> or an error; nothing for R = void.
  template <typename... V>
  void Send(V&&... value) && {
    if (!wanted()) return;
    internal::SendAnswer<typename AskTraits<R>::Value>(*node_, std::exchange(reply_to_, ReplyId{}),
                                                       std::forward<V>(value)...);
  }

  // Answers that the request was not handled, now or later, because of `why`, an error: the asker
  // may try elsewhere. For who stands before the handler that would have answered.
  void Refuse(absl::Status why) && {
    if (wanted()) {
      internal::AnswerRefused(*node_, std::exchange(reply_to_, ReplyId{}), std::move(why));
    }
  }

  Node& node() const { return *node_; }
  // Gives the right to answer away; see forward.h.
  ReplyId Release() && { return std::exchange(reply_to_, ReplyId{}); }

 private:
  void Drop() {
    if (wanted()) internal::AnswerDropped(*node_, std::exchange(reply_to_, ReplyId{}));
  }

  Node* node_;
  ReplyId reply_to_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_REPLY_H_
