#include "rehearse/net/libp2p/streams/stream_services.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

constexpr absl::Duration kPingIdle = absl::Seconds(60);
constexpr absl::Duration kIdentifyTimeout = absl::Seconds(10);
constexpr size_t kReadBytesMax = 4096;

void AnswerPings(PeerStream& stream, const Node& node) {
  PingAnswerer answerer;
  for (;;) {
    std::string bytes;
    const absl::StatusOr<size_t> count =
        stream.Read(kReadBytesMax, bytes, node.DeadlineIn(kPingIdle));
    if (!count.ok()) return;
    if (*count == 0) break;
    const std::string answer = answerer.Receive(bytes);
    if (!stream.Write(answer, node.DeadlineIn(kPingIdle)).ok()) return;
  }
  stream.Finish();
}

// The end goes by itself, behind the message, and the stream stays until the peer has ended its
// side: a reset could overtake what the peer has not read yet.
void Identify(PeerStream& stream, const IdentifyMessage& message, const Node& node) {
  const absl::StatusOr<std::string> encoded = message.Encode();
  if (!encoded.ok()) return;
  std::string bytes;
  AppendCounted(*encoded, bytes);
  const Instant deadline = node.DeadlineIn(kIdentifyTimeout);
  if (!stream.Write(bytes, deadline).ok()) return;
  stream.Finish();
  std::string ignored;
  absl::StatusOr<size_t> count = 1;
  while (count.ok() && *count > 0) {
    ignored.clear();
    count = stream.Read(kReadBytesMax, ignored, deadline);
  }
}

bool IsWildcard(const Multiaddr& address) {
  const std::string& host = address.parts.front().value;
  return host == "0.0.0.0" || host == "::";
}

}  // namespace

std::vector<std::string> StreamServices::protocols() const {
  std::vector<std::string> all = {std::string(kPingProtocol), std::string(kIdentifyProtocol),
                                  std::string(kIdentifyPushProtocol)};
  for (const auto& [protocol, handler] : options_.protocols) all.push_back(protocol);
  return all;
}

void StreamServices::Serve(absl::string_view protocol, PeerStream& stream) {
  if (protocol == kPingProtocol) return AnswerPings(stream, node_);
  if (protocol == kIdentifyProtocol) return Identify(stream, Describe(stream), node_);
  if (protocol == kIdentifyPushProtocol) return TakePush(stream);
  const auto found = options_.protocols.find(std::string(protocol));
  if (found != options_.protocols.end()) found->second(stream);
}

void StreamServices::TakePush(PeerStream& stream) {
  const PeerId peer = stream.peer_key().peer_id();
  absl::StatusOr<IdentifyMessage> said =
      ReadIdentify(stream, peer, node_.DeadlineIn(kIdentifyTimeout));
  if (!said.ok()) return;
  known_.Learn(peer, *std::move(said));
  stream.Finish();
}

absl::Status StreamServices::Select(std::unique_ptr<PeerStream> stream, FrameStreams* frames) {
  std::vector<std::string> served = protocols();
  if (frames != nullptr && !frames->closed()) served.emplace_back(kFramesProtocol);
  absl::StatusOr<Agreement> agreed =
      AwaitProtocol(*stream, std::move(served), node_.DeadlineIn(options_.patience));
  if (!agreed.ok()) {
    const bool is_wrong =
        absl::IsDataLoss(agreed.status()) || absl::IsDeadlineExceeded(agreed.status());
    return is_wrong ? agreed.status() : absl::OkStatus();
  }
  stream->Chosen();
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol == kFramesProtocol) {
    frames->Offer(std::move(stream));
  } else {
    Serve(agreed->protocol, *stream);
  }
  return absl::OkStatus();
}

void StreamServices::AddAddress(Multiaddr address) {
  if (address.parts.empty() || IsWildcard(address)) return;
  const Lock lock(lock_);
  addresses_.push_back(std::move(address));
}

void StreamServices::RemoveAddress(const Multiaddr& address) {
  const Lock lock(lock_);
  const auto found = std::find(addresses_.begin(), addresses_.end(), address);
  if (found != addresses_.end()) addresses_.erase(found);
}

IdentifyMessage StreamServices::Describe(const PeerStream& stream) const {
  IdentifyMessage message;
  message.public_key = identity_.public_key();
  message.protocols = protocols();
  message.protocols.emplace_back(kFramesProtocol);
  absl::StatusOr<Multiaddr> observed = Multiaddr::Parse(stream.peer_address());
  if (observed.ok()) message.observed_address = *std::move(observed);
  message.protocol_version = options_.protocol_version;
  message.agent_version = options_.agent_version;
  const Lock lock(lock_);
  message.listen_addresses = addresses_;
  return message;
}

}  // namespace rehearse::net
