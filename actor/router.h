// The seam to other nodes: carries what is addressed elsewhere, and brings the answers.

#ifndef REHEARSE_ACTOR_ROUTER_H_
#define REHEARSE_ACTOR_ROUTER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/message_id.h"
#include "rehearse/actor/send_result.h"

namespace rehearse {

namespace internal {
class Cell;
}  // namespace internal

// Turns the bytes of an answer into the envelope that the asker waits for; kDataLoss if it can't.
using ParseReply = absl::StatusOr<EnvelopePtr> (*)(BlockPool& pool, absl::string_view bytes);

// An ask that another node has been sent, for who gives it up.
struct RemoteAsk {
  uint32_t session = 0;  // the router's number for the way to that node
  uint64_t number = 0;   // of the ask there; 0: none
};

// What a fiber waits for that another node alone can give: the answer to an ask of a session, or,
// where `ask` has no number, room in the mailbox of `actor` there. Kept by who waits.
struct RemoteWait {
  RemoteAsk ask;
  absl::string_view actor = {};
};

// One message for an actor of another node. The views live as long as the call.
struct Outbound {
  absl::string_view node = {};
  absl::string_view actor = {};
  uint64_t incarnation = 0;  // of the node: another's actor is not meant; 0: any
  MessageId message = {};
  absl::string_view name = {};
  absl::string_view bytes = {};
  ReplyId reply_to = {};                   // none for a tell
  ParseReply parse_reply = nullptr;        // with reply_to
  RemoteAsk* ask = nullptr;                // with reply_to: where Send says what to withdraw
  Instant deadline = Instant::Infinite();  // of the answer; the worker's timebase
  // How long the sender waits for a connection, and for room in it and in the actor's mailbox, as
  // far as that is known to be full; one that has passed: not at all.
  Instant room_deadline = Instant::Infinite();
  uint64_t flow = 0;  // for the other node's observer; 0: none
  // Of a tell: Send returns when the actor's mailbox has it, and sends it again until then, as long
  // as the node goes on in the life in which it was sent to it first.
  bool acknowledged = false;
};

// A node's. Called on its fibers.
class Router {
 public:
  virtual ~Router() = default;

  // Hands `message` to the connection to its node, dialling first if there is none; parks while
  // that takes, until the message's `room_deadline`. The answer,
  // or what went wrong after OK, goes to `reply_to`. Messages to one actor arrive in the order of
  // these calls, each once at most. While the actor's mailbox is full, and while the connection is,
  // it waits. Without effect unless the result says otherwise:
  //   kUnavailable        no connection, and none can be had now. Of a sender that does not wait:
  //                       none yet; one is being dialled.
  //   kDeadlineExceeded   no connection or no room until `room_deadline`.
  //   kResourceExhausted  no room just now, and the sender does not wait.
  //   kNotFound           no address of the node is known.
  //   kInvalidArgument    the message is larger than a frame may be.
  //   kCancelled          the sender is being stopped, or the node shuts down.
  //   kDataLoss           what the sender has told the actor before may be lost with the connection
  //                       that carried it. Said once; then messages go again.
  virtual SendResult Send(const Outbound& message) = 0;

  // The answer to an ask that came from another node: `reply_to` has its top bit set.
  virtual void Answer(ReplyId reply_to, EnvelopePtr reply) = 0;

  // Who sent `ask` waits for its answer no more: it is forgotten here, and the other node is told,
  // so that what is done there for it may end. An answer that is on its way already is dropped.
  // Never waits; any thread.
  virtual void Withdraw(const RemoteAsk& ask) = 0;

  // Whether the asker to whom Answer(`reply_to`) would bring an answer still waits for it. Any
  // thread.
  virtual bool Wants(ReplyId reply_to) = 0;

  // The actor that was asked has handed the answer to `reply_to` on: who asked waits for whoever
  // has it now, not for that actor. Any thread.
  virtual void IsTakenOver(ReplyId reply_to) = 0;

  // Other actors watch `stand_in` (internal/stand_ins.h) than before. While any does, it is ended
  // when the actor that it stands for has ended, when the node has started anew, or has been out of
  // reach for too long. And the other node ends those that stand there for actors of this node
  // that are linked to it, in the same way. Never waits.
  virtual void WatchersChanged(internal::Cell& stand_in) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ROUTER_H_
