// Another node's requests to this one: a stream, and the answers that it is owed.

#ifndef REHEARSE_NET_REMOTE_INBOUND_H_
#define REHEARSE_NET_REMOTE_INBOUND_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/answer_book.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

struct WireEnvelope;

// The frame that carries `reply` to who is owed it.
std::string AnswerFrame(const Owed& owed, Envelope& reply);

// Shared by the task that reads, the task that writes answers, and the asks in between.
class Inbound : public std::enable_shared_from_this<Inbound> {
 public:
  // `refusals` takes the lines about streams that are closed. All outlive it.
  Inbound(Node& node, AnswerBook& answers, RemoteCounters& counters, LimitedLog& refusals,
          std::unique_ptr<Stream> stream);

  // Reads until the stream ends or the peer misbehaves; on a task of its own.
  void Serve();

  // Queues an answer; the writing task sends it. Any fiber; never waits.
  void QueueAnswer(std::string frame);

  void Close();

 private:
  absl::Status Greet();
  // Of both: not OK if the stream is to end, and why.
  absl::Status OnFrame(absl::string_view frame);
  absl::Status Deliver(const WireEnvelope& envelope);
  void Refuse(const WireEnvelope& envelope, const absl::Status& status);
  absl::Status RefuseForGood(const WireEnvelope& envelope, const absl::Status& status);
  void WriteAnswers();

  Node& node_;
  AnswerBook& answers_;
  RemoteCounters& counters_;
  LimitedLog& refusals_;
  const std::unique_ptr<Stream> stream_;
  std::string peer_;

  SpinLock lock_;  // over what follows
  std::deque<std::string> outbox_;
  WaitToken writer_;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_INBOUND_H_
