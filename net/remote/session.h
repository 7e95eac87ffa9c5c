// This node's requests to one other node: a stream, and the asks that wait for its answers.

#ifndef REHEARSE_NET_REMOTE_SESSION_H_
#define REHEARSE_NET_REMOTE_SESSION_H_

#include <atomic>
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
#include "rehearse/net/remote/unsettled.h"
#include "rehearse/net/remote/withdrawals.h"

namespace rehearse::net {

struct Hello;
struct WireEnvelope;

// Dials when there is something to send, and again after the stream broke. One stream carries all
// requests to the node, so what one actor sends another arrives in order. Who sends to an actor
// that takes no more waits for it, and the others go on. Any fiber of the node.
//
// Where a tell may have been lost with a stream, the next message that its sender has for that
// actor is not sent and fails (kDataLoss), once; see unsettled.h. All tasks of the node are one
// sender. An acknowledged tell that is about to be sent again fails so too, for what its sender had
// told the actor before it: it would arrive behind the gap.
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
  // Whether there are any.
  bool is_asking() const;

  // Ends the stream and all that waits for answers. Sends fail from now on.
  void Close();

 private:
  enum class State : uint8_t { kIdle, kDialling, kConnected, kClosed };
  struct Ask {
    ReplyId reply_to;
    ParseReply parse;
    bool is_ask;  // or a tell that is to be acknowledged
  };

  // The way for one message: it has credit, and its turn among those that have begun.
  struct Way {
    std::shared_ptr<Stream> stream;  // null: there is none, and `error` says why
    uint64_t turn = 0;
    SendResult error;
  };

  // Dials if need be.
  Way Open(const Outbound& message);
  Way AwaitOpen(const Outbound& message);
  bool IsOpen(const Outbound& message, WaitToken waiter, Way& way);
  bool TakeWay(const Outbound& message, Way& way);
  bool WasOvertaken(const Way& way) const {
    return turns_.load(std::memory_order_relaxed) != way.turn;
  }
  bool RememberLate(const Way& way, absl::string_view actor);
  SendResult Write(const Outbound& message, const Way& way, WireEnvelope& envelope, const Ask* ask);
  // Whether what was not sent may have left all the same.
  enum class Unsent : uint8_t { kForSure, kPerhaps };
  void Forget(const Way& way, const WireEnvelope& envelope, Unsent unsent);
  void ReturnCredit(const Way& way, absl::string_view actor, Unsent unsent);
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
  absl::StatusOr<Hello> Greet(Stream& stream, uint64_t number);
  void BeginStream(std::shared_ptr<Stream> stream, uint64_t number, const Hello& hello);
  void ReadAnswers(const std::shared_ptr<Stream>& stream);
  // Not OK: it is no answer, and the stream is to end.
  absl::Status OnFrame(const std::shared_ptr<Stream>& stream, absl::string_view frame);
  void OnAnswer(const std::shared_ptr<Stream>& stream, const WireEnvelope& answer);
  void TellWithdrawn();
  void TellWithdrawnIfAny();
  void NobodyAsked(const std::shared_ptr<Stream>& stream, uint64_t request_id);
  void GiveBack(const std::shared_ptr<Stream>& stream, const WireEnvelope& room);
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
  uint64_t dials_ = 0;          // which are the numbers of its streams
  uint64_t stream_number_ = 0;  // of stream_
  Unsettled unsettled_;
  std::atomic<uint64_t> turns_ = 0;  // messages that began; written with the lock
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SESSION_H_
