// Told of answers that reach nobody, and of askers that wait no more.
//
// Neither lies on a message's usual way, so that being watched costs nothing there. Together they
// tell a late answer from a second one.

#ifndef REHEARSE_ACTOR_REPLY_WATCH_H_
#define REHEARSE_ACTOR_REPLY_WATCH_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "rehearse/actor/envelope.h"

namespace rehearse {

class Node;

// One for each node, or one for all. Called on any thread of theirs; must not park or throw.
class ReplyWatch {
 public:
  virtual ~ReplyWatch() = default;

  // Whoever has asked, of an actor of `node` or through its router, waits for `ask` no more: it was
  // over before its answer came. There is one answer at most that comes yet.
  virtual void GivenUp(const Node& node, ReplyId ask) = 0;

  // An answer came to `ask`, and nobody waits for it.
  virtual void Unwanted(const Node& node, ReplyId ask) = 0;

  // The same over the network: `peer` has answered `node`'s request, by its number on their
  // present stream, again.
  virtual void AnsweredAgain(const Node& node, absl::string_view peer, uint64_t request) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_REPLY_WATCH_H_
