// Another node's requests to this one: a stream, and the answers that it is owed.

#ifndef REHEARSE_NET_REMOTE_INBOUND_H_
#define REHEARSE_NET_REMOTE_INBOUND_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/answer_book.h"
#include "rehearse/net/remote/berths.h"
#include "rehearse/net/remote/distant_links.h"
#include "rehearse/net/remote/flow.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/outbox.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/peer_lanes.h"
#include "rehearse/net/remote/permissions.h"
#include "rehearse/net/remote/receipts.h"
#include "rehearse/net/remote/remote_counters.h"
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
  const Permissions& permissions;
  DistantLinks& links;
  const PeerLanes& lanes;
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
  void Answer(std::string frame) { outbox_->Add(std::move(frame), 1); }

  void Close();

 private:
  absl::Status Greet();
  // Waits until nothing of it reaches a mailbox any more.
  absl::Status AwaitEnd(Instant deadline);
  void TellSuccessor();
  void CountRefusedHello(const absl::Status& why);
  // Of these: not OK if the stream is to end, and why.
  absl::Status ServeLane();
  absl::Status ServeLives();
  absl::Status ServeMessages();
  absl::Status ServeOther();
  absl::Status OnFrame(absl::string_view frame);
  absl::Status Deliver(const WireEnvelope& envelope);
  void Owe(const WireEnvelope& envelope, const internal::RemoteMethod& method, Envelope& message);
  // Whether it is to go to a mailbox: it has not come before.
  bool IsNew(const WireEnvelope& envelope);
  void Put(const internal::CellRef& actor, const WireEnvelope& envelope, EnvelopePtr message);
  void Settle(EnvelopePtr message, const Receipt& receipt, const SendResult& sent);
  void GiveCredit(absl::string_view target);
  void Acknowledge(const Receipt& receipt);
  void Refuse(const Receipt& receipt, const absl::Status& status);
  absl::Status RefuseForGood(const WireEnvelope& envelope, const absl::Status& status);
  void WriteAnswers();

  const InboundParts& parts_;
  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Outbox> outbox_;
  Berths berths_;
  Hello peer_;               // once it has greeted
  std::string vouched_for_;  // its name, for permissions; empty if it could be anybody's

  SpinLock lock_;  // over what follows
  CreditIn credit_;
  WaitToken successor_;
  bool is_read_ = true;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_INBOUND_H_
