// Another node's requests to this one: a stream, and the answers that it is owed.

#ifndef REHEARSE_NET_REMOTE_INBOUND_H_
#define REHEARSE_NET_REMOTE_INBOUND_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/answer_book.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

struct WireEnvelope;

// The frame that carries `reply` to who is owed it, or the error that there is instead: an answer
// may be too large for a frame. Made in the memory of `frame`, which is empty.
std::string AnswerFrame(const Owed& owed, Envelope& reply, std::string frame);

// Shared by the task that reads, the task that writes answers, and the asks in between.
//
// What a peer can pile up here is bounded: while its asks that are in progress and the answers that
// it has not taken are as many as may be, its stream is not read, and so its writes wait.
class Inbound : public std::enable_shared_from_this<Inbound> {
 public:
  // Asks in progress and answers not taken, together.
  static constexpr size_t kUnansweredMax = 4096;
  // Of answers not taken. Asks in progress may still add theirs.
  static constexpr size_t kOutboxBytesMax = size_t{1} << 20;

  // `refusals` takes the lines about streams that are closed. All outlive it.
  Inbound(Node& node, AnswerBook& answers, FramePool& frames, RemoteCounters& counters,
          LimitedLog& refusals, absl::Duration hello_timeout, std::unique_ptr<Stream> stream);

  // Reads until the stream ends or the peer misbehaves; on a task of its own.
  void Serve();

  // Queues the answer to an ask in progress; the writing task sends it. Any fiber; never waits.
  void Answer(std::string frame);

  void Close();

 private:
  absl::Status Greet();
  void CountRefusedHello(const absl::Status& why);
  // Of these: not OK if the stream is to end, and why.
  absl::Status AwaitRoom();
  absl::Status OnFrame(absl::string_view frame);
  absl::Status Deliver(const WireEnvelope& envelope);
  void Refuse(const WireEnvelope& envelope, const absl::Status& status);
  absl::Status RefuseForGood(const WireEnvelope& envelope, const absl::Status& status);
  bool HasRoom() const {
    return in_progress_ + outbox_.size() < kUnansweredMax && outbox_bytes_ < kOutboxBytesMax;
  }
  void QueueAnswer(std::string frame, size_t asks_over);
  void WriteAnswers();
  bool AwaitAnswer();
  std::string TakeAnswer();

  Node& node_;
  AnswerBook& answers_;
  FramePool& frames_;
  RemoteCounters& counters_;
  LimitedLog& refusals_;
  const absl::Duration hello_timeout_;
  const std::unique_ptr<Stream> stream_;
  std::string peer_;

  SpinLock lock_;  // over what follows
  std::deque<std::string> outbox_;
  size_t outbox_bytes_ = 0;
  size_t in_progress_ = 0;  // asks
  WaitToken reader_;        // while it waits for room
  WaitToken writer_;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_INBOUND_H_
