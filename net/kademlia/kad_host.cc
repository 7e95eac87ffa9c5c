#include "rehearse/net/kademlia/kad_host.h"

#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/net/kademlia/kad_stream.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

constexpr size_t kAddressesTriedMax = 8;  // of one peer

// Where `peer` alone answers: its addresses that can be read, with its id.
std::vector<std::string> DialableOf(const KadPeer& peer) {
  std::vector<std::string> texts;
  for (const std::string& bytes : peer.addresses) {
    const absl::StatusOr<Multiaddr> address = Multiaddr::FromBytes(bytes);
    if (!address.ok() || texts.size() == kAddressesTriedMax) continue;
    texts.push_back(absl::StrCat(address->WithoutPeer().ToString(), "/p2p/", peer.id.ToString()));
  }
  return texts;
}

// An equal share of what is left until `deadline`, for the first of `tries`.
Instant ShareOf(Instant deadline, size_t tries) {
  const Instant now = CurrentWorker()->RefreshNow();
  return now + (deadline - now) / static_cast<int64_t>(tries);
}

// What the peer at the other end of `stream` says about itself, on another stream of that
// connection.
absl::StatusOr<IdentifyMessage> AskWho(const PeerStream& stream, Libp2pNetwork& network,
                                       Instant deadline) {
  const PeerId peer = stream.peer_key().peer_id();
  REHEARSE_ASSIGN_OR_RETURN(
      const std::unique_ptr<PeerStream> asked,
      network.OpenStream(absl::StrCat("/p2p/", peer.ToString()), kIdentifyProtocol, deadline));
  return ReadIdentify(*asked, peer, deadline);
}

}  // namespace

class KadHost::Place {
 public:
  Place(KadHost& host, PeerId peer) : host_(host), peer_(std::move(peer)) {
    const Guard lock(host_.lock_);
    size_t& streams = host_.streams_[peer_];
    taken_ = streams < host_.options_.streams_per_peer_max;
    if (taken_) ++streams;
  }
  ~Place() {
    if (!taken_) return;
    const Guard lock(host_.lock_);
    const auto found = host_.streams_.find(peer_);
    if (--found->second == 0) host_.streams_.erase(found);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // False: it has as many streams as one may.
  bool taken() const { return taken_; }

 private:
  KadHost& host_;
  const PeerId peer_;
  bool taken_ = false;
};

KadHost::KadHost(Node& node, const KadHostOptions& options)
    : node_(node),
      options_(options),
      calls_(
          node, [this](const KadPeer& to, Instant deadline) { return Open(to, deadline); },
          options.calls_max),
      askers_(options.askers) {}

StreamHandlers KadHost::Handlers() {
  if (!options_.core.serves) return {};
  return {{options_.protocol, [this](PeerStream& stream) { Serve(stream); }}};
}

std::shared_ptr<KadCore> KadHost::Attach(Libp2pNetwork& network, KadPeer self,
                                         const RecordValidators& validators) {
  auto core =
      std::make_shared<KadCore>(std::move(self), validators, calls_, node_.clock(), options_.core);
  const Guard lock(lock_);
  attached_ = {&network, core};
  return core;
}

KadHost::Attached KadHost::attached() {
  const Guard lock(lock_);
  return attached_;
}

void KadHost::Serve(PeerStream& stream) {
  const Attached to = attached();
  const Place place(*this, stream.peer_key().peer_id());
  if (to.core == nullptr || !place.taken()) return;
  KadAsker asker = AskerOn(stream, *to.network);
  const KadPeer from{stream.peer_key().peer_id(), std::move(asker.addresses)};
  const absl::Status ended =
      AnswerOnStream(stream, *to.core, from, asker.serves, options_.idle_timeout);
  // Else it is reset, so that the peer learns that it was refused.
  if (ended.ok()) stream.Finish();
}

KadAsker KadHost::AskerOn(const PeerStream& stream, Libp2pNetwork& network) {
  const PeerId peer = stream.peer_key().peer_id();
  {
    const Guard lock(lock_);
    if (!askers_.ShouldAsk(peer, node_.clock().Now())) return askers_.Find(peer);
  }
  const absl::StatusOr<IdentifyMessage> said =
      AskWho(stream, network, node_.DeadlineIn(options_.identify_timeout));
  const absl::StatusOr<Multiaddr> seen_at = Multiaddr::Parse(stream.peer_address());
  const Guard lock(lock_);
  if (said.ok() && seen_at.ok()) {
    askers_.Learn(peer, KadAsker::From(*said, options_.protocol, *seen_at));
  }
  return askers_.Find(peer);
}

absl::StatusOr<std::unique_ptr<StreamSocket>> KadHost::Open(const KadPeer& to, Instant deadline) {
  Libp2pNetwork* const network = attached().network;
  const std::vector<std::string> addresses = DialableOf(to);
  for (size_t i = 0; i < addresses.size(); ++i) {
    absl::StatusOr<std::unique_ptr<PeerStream>> stream = network->OpenStream(
        addresses[i], options_.protocol, ShareOf(deadline, addresses.size() - i));
    if (absl::IsInvalidArgument(stream.status())) continue;  // of another transport
    const bool is_last = i + 1 == addresses.size();
    if (stream.ok() || is_last || absl::IsUnimplemented(stream.status())) return stream;
  }
  // Whoever has no address that we could dial may be connected to us.
  return network->OpenStream(absl::StrCat("/p2p/", to.id.ToString()), options_.protocol, deadline);
}

}  // namespace rehearse::net
