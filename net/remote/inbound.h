// Another node's requests to this one: a stream, and the answers that it is owed.

#ifndef REHEARSE_NET_REMOTE_INBOUND_H_
#define REHEARSE_NET_REMOTE_INBOUND_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/answer_book.h"
#include "rehearse/net/remote/arrivals.h"
#include "rehearse/net/remote/berths.h"
#include "rehearse/net/remote/distant_links.h"
#include "rehearse/net/remote/flow.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/open_asks.h"
#include "rehearse/net/remote/outbox.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/peer_lanes.h"
#include "rehearse/net/remote/peer_streams.h"
#include "rehearse/net/remote/permissions.h"
#include "rehearse/net/remote/receipts.h"
#include "rehearse/net/remote/remote_counters.h"
#include "rehearse/net/remote/ring_watch.h"
#include "rehearse/net/remote/session_options.h"
#include "rehearse/net/remote/successions.h"

namespace rehearse::net {

struct WireEnvelope;

// The frame that carries `reply` to who is owed it, or the error that there is instead: an answer
// may be too large for a frame. Made in the memory of `frame`, which is empty.
std::string AnswerFrame(const Owed& owed, Envelope& reply, std::string frame);

// What all streams from others share: their node's, and its router's.
struct InboundParts {
  Node& node;
  const PeerBook& peers;
  const SessionOptions& options;
  AnswerBook& answers;
  FramePool& frames;
  RemoteCounters& counters;
  LimitedLog& refusals;  // takes the lines about streams that are closed
  Receipts& receipts;
  Successions& successions;
  PeerStreams& peer_streams;
  const Permissions& permissions;
  DistantLinks& links;
  const PeerLanes& lanes;
  RingWatch& rings;
};

// Shared by the task that reads, the task that writes answers, those that wait for room in a
// mailbox, and the asks in between. Of the lane of lives, it only greets; the rest is WatchDesk's.
class Inbound : public std::enable_shared_from_this<Inbound> {
 public:
  // `parts` and all in it outlive it.
  Inbound(const InboundParts& parts, std::unique_ptr<Stream> stream);

  // Reads until the stream ends or the peer misbehaves; on a task of its own.
  void Serve();

  // Writes or queues the answer to an ask in progress. Any thread; never waits.
  void Answer(uint64_t request_id, std::string frame);

  void Close();

 private:
  absl::Status Greet();
  // Among the streams of its peer; those of the lives before lose theirs.
  absl::Status TakePlace();
  // Takes the place of the session's last stream, once that has ended.
  absl::Status Succeed(Instant deadline);
  // Waits until nothing of it, and of those that it waits for, reaches a mailbox any more.
  absl::Status AwaitEnd(Instant deadline);
  absl::Status AwaitOwnEnd(Instant deadline);
  // The first of those before, this one included, that has not ended; null if there is none.
  static std::shared_ptr<Inbound> FirstToEnd(std::shared_ptr<Inbound> stream);
  bool HasEnded();
  std::shared_ptr<Inbound> before();
  Successions::Key session_key() const { return {identity_, peer_.place.session}; }
  // For those that follow: how far its messages have come. Once it has ended.
  void KeepSettled();
  void TellSuccessor();
  void CountRefusedHello(const absl::Status& why);
  // Of these: not OK if the stream is to end, and why.
  absl::Status ServeLane();
  absl::Status ServeLives();
  absl::Status ServeMessages();
  absl::Status ServeOther();
  // `frame` may be gone afterwards: a message may take it along.
  absl::Status OnFrame(std::string& frame);
  // Of the next message of the stream. OK: it is taken.
  absl::Status DeliverNext(const WireEnvelope& envelope, std::string& frame);
  absl::Status Deliver(const WireEnvelope& envelope, std::string& frame);
  absl::Status Take(const WireEnvelope& envelope, std::string& frame,
                    const internal::Export& target, size_t method);
  bool Owe(const WireEnvelope& envelope, const internal::RemoteMethod& method,
           const internal::CellRef& actor, Envelope& message);
  // The ask is over, by whoever is first. False: somebody else was.
  bool EndAsk(uint64_t request_id, OpenAsk& ask);
  void OnCancel(uint64_t request_id);
  absl::Status OnProbe(const WireEnvelope& envelope);
  void CancelAll();
  // Whether it is to go to a mailbox: it has not come before.
  bool IsNew(const WireEnvelope& envelope);
  void Put(const internal::CellRef& actor, const WireEnvelope& envelope, EnvelopePtr message);
  void Settle(EnvelopePtr message, const Receipt& receipt, const SendResult& sent);
  void GiveCredit(absl::string_view target, uint64_t held_place = 0);
  void Acknowledge(const Receipt& receipt);
  void Refuse(const Receipt& receipt, const absl::Status& status);
  absl::Status RefuseForGood(const WireEnvelope& envelope, const absl::Status& status);
  void WriteAnswers();

  const InboundParts& parts_;
  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Outbox> outbox_;
  Berths berths_;
  Hello peer_;                      // once it has greeted
  std::string identity_;            // the same; see PeerBook::IdentityOf
  uint64_t place_ = 0;              // among the streams of its peer; 0: none
  std::string vouched_for_;         // its name, for permissions; empty if it could be anybody's
  uint64_t reading_ = 0;            // the reader's: the place of the message that it deals with
  std::atomic<uint64_t> done_ = 0;  // up to which place all are in mailboxes, wait, or are refused

  SpinLock lock_;  // over what follows
  CreditIn credit_;
  Arrivals arrivals_;
  OpenAsks asks_;
  WaitToken successor_;
  std::shared_ptr<Inbound> before_;  // that it has not seen end
  bool is_read_ = true;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_INBOUND_H_
