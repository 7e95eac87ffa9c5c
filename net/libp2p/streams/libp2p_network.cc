#include "rehearse/net/libp2p/streams/libp2p_network.h"

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"

namespace rehearse::net {

absl::StatusOr<IdentifyMessage> Libp2pNetwork::Identify(absl::string_view address,
                                                        Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const auto stream, OpenStream(address, kIdentifyProtocol, deadline));
  const PeerId peer = stream->peer_key().peer_id();
  REHEARSE_ASSIGN_OR_RETURN(const IdentifyMessage said, ReadIdentify(*stream, peer, deadline));
  known().Learn(peer, said);
  return said;
}

}  // namespace rehearse::net
