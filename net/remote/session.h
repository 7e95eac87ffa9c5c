// This node's requests to one other node: a stream, and the asks that wait for its answers.

#ifndef REHEARSE_NET_REMOTE_SESSION_H_
#define REHEARSE_NET_REMOTE_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/numbered.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

struct SessionOptions {
  absl::Duration dial_timeout = absl::Seconds(5);
  // How long a peer, of either side, may take to say who it is once the stream stands.
  absl::Duration hello_timeout = absl::Seconds(10);
  // After a failed dial further sends fail at once for this long; doubled each time, up to the
  // second.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(2);
  // Lines about streams from others that were closed for what they said; the rest are counted.
  int refusal_lines_per_second = 10;
};

// Dials when there is something to send, and again after the stream broke. One stream carries all
// requests to the node, so what one actor sends another arrives in order. Any fiber of the node.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `frames` and `counters` are the router's, who outlives it.
  Session(Node& node, Network& network, FramePool& frames, RemoteCounters& counters,
          std::string peer, std::string address, const SessionOptions& options);

  SendResult Send(const Outbound& message);

  // Ends the stream and all that waits for answers. Sends fail from now on.
  void Close();

 private:
  enum class State : uint8_t { kIdle, kDialling, kConnected, kClosed };
  struct Ask {
    ReplyId reply_to;
    ParseReply parse;
  };

  // The stream, dialled if need be; null with the reason in `error`.
  std::shared_ptr<Stream> Connected(Instant deadline, SendResult& error);
  std::shared_ptr<Stream> AwaitConnected(Instant deadline, SendResult& error);
  bool HasPassed(Instant deadline) const {
    return deadline <= node_.DeadlineIn(absl::ZeroDuration());
  }
  SendResult NotWritten(const Outbound& message, const std::shared_ptr<Stream>& stream,
                        const absl::Status& why);
  void Dial();
  void LogDial(const absl::Status& why);
  absl::Status Greet(Stream& stream);
  void ReadAnswers(const std::shared_ptr<Stream>& stream);
  // Not OK: it is no answer, and the stream is to end.
  absl::Status OnAnswer(const std::shared_ptr<Stream>& stream, absl::string_view frame);
  void NobodyAsked(const std::shared_ptr<Stream>& stream, uint64_t request_id);
  void Broke(const std::shared_ptr<Stream>& stream, const absl::Status& why);
  void Fail(const std::vector<Ask>& asks, const absl::Status& why);
  // The request's number; 0: `stream` broke meanwhile, and no answer would come.
  uint64_t AddAsk(const std::shared_ptr<Stream>& stream, const Ask& ask);
  bool TakeAsk(uint64_t request_id, Ask& ask);

  Node& node_;
  Network& network_;
  FramePool& frames_;
  RemoteCounters& counters_;
  const std::string peer_;
  const std::string address_;
  const SessionOptions options_;

  SpinLock lock_;  // over what follows
  State state_ = State::kIdle;
  std::shared_ptr<Stream> stream_;
  std::vector<WaitToken> waiting_for_dial_;
  Numbered<Ask> asks_;  // of stream_
  Instant retry_at_;
  absl::Duration backoff_;
  uint64_t dials_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SESSION_H_
