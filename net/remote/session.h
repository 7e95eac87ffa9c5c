// This node's requests to one other node: a stream, and the asks that wait for its answers.

#ifndef REHEARSE_NET_REMOTE_SESSION_H_
#define REHEARSE_NET_REMOTE_SESSION_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/flow.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/lives.h"
#include "rehearse/net/remote/numbered.h"
#include "rehearse/net/remote/remote_counters.h"
#include "rehearse/net/remote/session_options.h"
#include "rehearse/net/remote/withdrawals.h"

namespace rehearse::net {

struct WireEnvelope;

// Dials when there is something to send, and again after the stream broke. One stream carries all
// requests to the node, so what one actor sends another arrives in order. Who sends to an actor
// that takes no more waits for it, and the others go on. Any fiber of the node.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // What is passed by reference is the router's, who outlives it, and knows it by `index`.
  Session(Node& node, Network& network, Lives& lives, FramePool& frames, RemoteCounters& counters,
          std::string peer, std::string address, const SessionOptions& options, uint32_t index);

  SendResult Send(const Outbound& message);

  // The ask of that number is given up: it is forgotten, and the peer is told, now or with what
  // comes next. Any thread.
  void Withdraw(uint64_t number);

  // Has `probe` follow what `wait` is for, if that is under way, and there is room; see
  // ring_watch.h.
  void SendProbe(const RemoteWait& wait, const std::string& probe);

  // The ask of that number is over, for that reason, and the peer is told.
  void FailAsk(uint64_t number, const absl::Status& why);

  // Writes a frame that asks for nothing, if an answer is waited for, and there is room: so a
  // stream that the peer has given up is found out.
  void Probe();

  // The node is lost, `why` in words: the stream, if there is one, and all that waits for answers
  // ends. The next send dials.
  void Lose(const std::string& why);

  // Asks that wait for answers. Takes as long as there are. Any thread.
  size_t asks_in_progress() const;

  // Ends the stream and all that waits for answers. Sends fail from now on.
  void Close();

 private:
  enum class State : uint8_t { kIdle, kDialling, kConnected, kClosed };
  struct Ask {
    ReplyId reply_to;
    ParseReply parse;
    bool is_ask;  // or a tell that is to be acknowledged
  };

  // The stream, dialled if need be; null with the reason in `error`.
  // With credit for a message to the actor.
  std::shared_ptr<Stream> Open(const Outbound& message, SendResult& error);
  std::shared_ptr<Stream> AwaitOpen(const Outbound& message, SendResult& error);
  bool IsOpen(const Outbound& message, WaitToken waiter, SendResult& error);
  SendResult Write(const Outbound& message, const std::shared_ptr<Stream>& stream,
                   WireEnvelope& envelope, const Ask* ask);
  void Forget(const std::shared_ptr<Stream>& stream, const WireEnvelope& envelope);
  void ReturnCredit(const std::shared_ptr<Stream>& stream, absl::string_view actor);
  SendResult SendAcknowledged(const Outbound& message);
  SendResult SendOnce(const Outbound& message, uint64_t sequence, uint64_t& incarnation,
                      Effect& effect);
  uint64_t BeginSequence();
  void EndSequence(uint64_t sequence);
  bool HasPassed(Instant deadline) const {
    return deadline <= node_.DeadlineIn(absl::ZeroDuration());
  }
  SendResult NotWritten(const Outbound& message, const std::shared_ptr<Stream>& stream,
                        const absl::Status& why);
  void Dial();
  void LogDial(const absl::Status& why);
  absl::StatusOr<uint64_t> Greet(Stream& stream);
  void ReadAnswers(const std::shared_ptr<Stream>& stream);
  // Not OK: it is no answer, and the stream is to end.
  absl::Status OnFrame(const std::shared_ptr<Stream>& stream, absl::string_view frame);
  void OnAnswer(const std::shared_ptr<Stream>& stream, const WireEnvelope& answer);
  void TellWithdrawn();
  void TellWithdrawnIfAny();
  void NobodyAsked(const std::shared_ptr<Stream>& stream, uint64_t request_id);
  void GiveBack(absl::string_view actor, uint64_t count);
  void Broke(const std::shared_ptr<Stream>& stream, const absl::Status& why);
  static void WakeAll(const std::vector<WaitToken>& waiting);
  void Fail(const std::vector<Ask>& asks, const absl::Status& why);
  // The request's number; 0: `stream` broke meanwhile, and no answer would come.
  uint64_t AddAsk(const std::shared_ptr<Stream>& stream, const Ask& ask);
  bool TakeAsk(uint64_t request_id, Ask& ask);

  Node& node_;
  Network& network_;
  Lives& lives_;
  FramePool& frames_;
  RemoteCounters& counters_;
  const std::string peer_;
  const std::string address_;
  const SessionOptions options_;
  const uint32_t index_;
  const uint64_t number_;  // names it to the peer, over all its streams

  mutable SpinLock lock_;  // over what follows
  State state_ = State::kIdle;
  std::shared_ptr<Stream> stream_;
  std::vector<WaitToken> waiting_for_dial_;
  Numbered<Ask> asks_;            // of stream_
  Withdrawals withdrawals_;       // the same
  CreditOut credit_;              // the same
  uint64_t incarnation_ = 0;      // of the peer, as it greeted last
  uint64_t next_sequence_ = 1;    // of tells that are acknowledged
  std::set<uint64_t> sequences_;  // of those under way
  Instant retry_at_;
  absl::Duration backoff_;
  uint64_t dials_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SESSION_H_
