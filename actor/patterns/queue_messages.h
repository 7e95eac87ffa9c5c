// What a MessageQueue is told or asked, and what it tells its consumers.
//
// An error goes to who asked; told, a message that is wrong does nothing, and is no panic.

#ifndef REHEARSE_ACTOR_PATTERNS_QUEUE_MESSAGES_H_
#define REHEARSE_ACTOR_PATTERNS_QUEUE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "rehearse/actor/patterns/competing_queue.h"
#include "rehearse/actor/patterns/exchange.h"
#include "rehearse/actor/recipient.h"

namespace rehearse {

// A queue or exchange that is there already is left as it is.
//   kAlreadyExists    the exchange is of another kind.
//   kInvalidArgument  a queue for no messages; a name that is empty.
struct DeclareExchange {
  std::string name;
  ExchangeKind kind = ExchangeKind::kDirect;
};
struct DeclareQueue {
  std::string name;
  QueueLimits limits = {};
};
// With its bindings; of a queue, its messages and consumers too.
//   kNotFound  there is none.
struct DeleteExchange {
  std::string name;
};
struct DeleteQueue {
  std::string name;
};
//   kNotFound         no such exchange or queue; of Unbind, or no such binding.
//   kInvalidArgument  the key of a topic exchange is no pattern.
struct BindQueue {
  std::string exchange;
  Binding binding;
};
struct UnbindQueue {
  std::string exchange;
  Binding binding;
};

// Answered with how many queues it went to. The exchange without a name brings it to the queue
// whose name is the key. Told, a message that reaches no queue is a dead letter.
//   kNotFound           no such exchange.
//   kResourceExhausted  one of its queues is full: it went to none. Slow down.
template <typename M>
struct PublishTo {
  std::string exchange = {};
  std::string key = {};
  Headers headers = {};
  M message;
};

// What a consumer is told, until it has `prefetch` that it has not settled.
template <typename M>
struct QueueDelivery {
  std::string queue;
  uint64_t tag = 0;  // of this delivery alone
  bool redelivered = false;
  M message;
};

// Answered with the consumer's number. Its mailbox should have room for `prefetch` messages more
// than others send: while it is full, it is tried again from time to time.
//   kNotFound         no such queue.
//   kInvalidArgument  `prefetch` is 0, or `to` is no actor of this node: nobody could tell its end.
template <typename M>
struct Consume {
  std::string queue;
  Recipient<QueueDelivery<M>> to;
  size_t prefetch = 1;
};
// It gets nothing more, and what it has goes back to the queue.
//   kNotFound  no such consumer.
struct CancelConsumer {
  uint64_t consumer = 0;
};

// The message is done with.
//   kNotFound  it is not with this delivery's consumer any more: somebody else will have it.
struct Ack {
  std::string queue;
  uint64_t tag = 0;
};
// Not done: back to where it was in the queue, or, without `requeue`, a dead letter. As Ack.
struct Nack {
  std::string queue;
  uint64_t tag = 0;
  bool requeue = true;
};

// Answered with QueueCounts.
//   kNotFound  no such queue.
struct GetQueueCounts {
  std::string queue;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_QUEUE_MESSAGES_H_
