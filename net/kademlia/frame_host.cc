#include "rehearse/net/kademlia/frame_host.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {
namespace {

constexpr size_t kAddressBytesMax = 256;
constexpr absl::Duration kExhaustedPause = absl::Milliseconds(10);

// A request's frame: who asks, and what.
namespace request_field {
constexpr uint32_t kPeer = 1;
constexpr uint32_t kAddress = 2;  // where it answers; left out by who does not
constexpr uint32_t kMessage = 3;
}  // namespace request_field

// An answer's.
namespace answer_field {
constexpr uint32_t kRefusal = 1;  // a status's code
constexpr uint32_t kMessage = 2;  // left out if none belongs to the request
}  // namespace answer_field

struct Request {
  std::string peer;
  std::string address;
  std::string message;
};

absl::StatusOr<Request> ReadRequest(absl::string_view frame) {
  Request request;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(frame));
    if (!field.has_value()) return request;
    if (field->IsBytes(request_field::kPeer)) request.peer = std::string(field->bytes);
    if (field->IsBytes(request_field::kAddress)) request.address = std::string(field->bytes);
    if (field->IsBytes(request_field::kMessage)) request.message = std::string(field->bytes);
  }
}

absl::StatusOr<std::string> ReadAnswer(absl::string_view frame) {
  std::string message;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(frame));
    if (!field.has_value()) return message;
    if (field->IsBytes(answer_field::kMessage)) message = std::string(field->bytes);
    if (field->IsNumber(answer_field::kRefusal)) {
      return absl::FailedPreconditionError("kademlia: the peer refuses the request");
    }
  }
}

// Who asks, as far as the network knows.
absl::StatusOr<KadPeer> AskerOf(const Request& request, const std::string& from) {
  REHEARSE_ASSIGN_OR_RETURN(PeerId id, PeerId::FromBytes(request.peer));
  const size_t proven = from.rfind("/p2p/");
  if (proven != std::string::npos && from.substr(proven + 5) != id.ToString()) {
    return absl::PermissionDeniedError("kademlia: says it is another than it has proven to be");
  }
  KadPeer peer{std::move(id), {}};
  if (!request.address.empty() && request.address.size() <= kAddressBytesMax) {
    peer.addresses.push_back(request.address);
  }
  return peer;
}

// One more of something, as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<size_t>& count)
      : count_(count), before_(count.fetch_add(1, std::memory_order_relaxed)) {}
  ~Counted() { count_.fetch_sub(1, std::memory_order_relaxed); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  size_t before() const { return before_; }

 private:
  std::atomic<size_t>& count_;
  const size_t before_;
};

// Told once, whatever becomes of the fiber: one that is killed unwinds through this.
class Promise {
 public:
  explicit Promise(KadCalls::Done done) : done_(std::move(done)) {}
  ~Promise() { Keep(absl::CancelledError("kademlia: this node is ending")); }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  void Keep(absl::StatusOr<std::string> answer) {
    if (done_ != nullptr) std::exchange(done_, nullptr)(std::move(answer));
  }

 private:
  KadCalls::Done done_;
};

}  // namespace

std::shared_ptr<KadCore> FrameHost::Attach(KadPeer self, const RecordValidators& validators) {
  core_ =
      std::make_shared<KadCore>(std::move(self), validators, *this, node_.clock(), options_.core);
  return core_;
}

void FrameHost::Serve(Listener& listener) {
  while (true) {
    absl::StatusOr<std::unique_ptr<Stream>> stream = listener.Accept();
    if (stream.ok()) {
      std::shared_ptr<Stream> shared = *std::move(stream);
      Task::Start(node_, "kademlia answer", [self = shared_from_this(), shared] {
        const Counted place(self->streams_);
        if (place.before() < self->options_.streams_max) self->Answer(*shared);
      }).Unref();
      continue;
    }
    if (!absl::IsResourceExhausted(stream.status()) || !Sleep(kExhaustedPause).ok()) return;
  }
}

void FrameHost::Answer(Stream& stream) {
  const Instant deadline = node_.DeadlineIn(options_.request_timeout);
  const absl::StatusOr<std::string> frame = stream.Read(deadline);
  if (!frame.ok()) return;
  const absl::StatusOr<Request> request = ReadRequest(*frame);
  if (!request.ok()) return;
  const absl::StatusOr<KadPeer> from = AskerOf(*request, stream.peer());
  if (!from.ok()) return;
  const absl::StatusOr<std::optional<std::string>> answer =
      core_->OnRequest(*from, !from->addresses.empty(), request->message);
  std::string reply;
  if (!answer.ok()) {
    AppendProtobufNumber(answer_field::kRefusal, static_cast<uint64_t>(answer.status().code()),
                         reply);
  } else if (answer->has_value()) {
    AppendProtobufBytes(answer_field::kMessage, **answer, reply);
  }
  if (!stream.Write(std::move(reply), deadline).ok()) return;
  // Who asked closes: what closes first may take the answer with it.
  (void)stream.Read(deadline);
}

void FrameHost::Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
                     Done done) {
  auto place = std::make_unique<Counted>(calls_);
  auto promise = std::make_unique<Promise>(std::move(done));
  Task::Start(
      node_, "kademlia call",
      [self = shared_from_this(), to, request = std::move(request), answered, deadline,
       place = std::move(place), promise = std::move(promise)] {
        promise->Keep(place->before() >= self->options_.calls_max
                          ? absl::ResourceExhaustedError("kademlia: too many calls are under way")
                          : self->Ask(to, request, answered, deadline));
      })
      .Unref();
}

absl::StatusOr<std::string> FrameHost::Ask(const KadPeer& to, absl::string_view request,
                                           Answered answered, Instant deadline) {
  if (to.addresses.empty()) {
    return absl::UnavailableError(
        absl::StrCat("kademlia: no address of ", to.id.ToString(), " is known"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream,
                            network_.Dial(to.addresses.front(), deadline));
  const std::string at = stream->peer();
  const size_t proven = at.rfind("/p2p/");
  if (proven != std::string::npos && at.substr(proven + 5) != to.id.ToString()) {
    return absl::UnavailableError(absl::StrCat("kademlia: another than ", to.id.ToString(),
                                               " answers at ", to.addresses.front()));
  }
  const KadPeer& own = core_->self();
  std::string frame;
  AppendProtobufBytes(request_field::kPeer, own.id.bytes(), frame);
  if (!own.addresses.empty()) {
    AppendProtobufBytes(request_field::kAddress, own.addresses.front(), frame);
  }
  AppendProtobufBytes(request_field::kMessage, request, frame);
  REHEARSE_RETURN_IF_ERROR(stream->Write(std::move(frame), deadline));
  REHEARSE_ASSIGN_OR_RETURN(const std::string reply, stream->Read(deadline));
  REHEARSE_ASSIGN_OR_RETURN(std::string message, ReadAnswer(reply));
  if (answered == Answered::kYes && message.empty()) {
    return absl::UnavailableError("kademlia: the peer answers nothing");
  }
  return message;
}

}  // namespace rehearse::net
