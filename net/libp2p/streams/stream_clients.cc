#include "rehearse/net/libp2p/streams/stream_clients.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/worker.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/libp2p/ping/ping.h"

namespace rehearse::net {
namespace {

constexpr size_t kReadBytesMax = 4096;

}  // namespace

absl::StatusOr<absl::Duration> AskPing(PeerStream& stream, Entropy& entropy, Instant deadline) {
  PingAsker asker;
  const Instant asked = CurrentWorker()->RefreshNow();
  REHEARSE_RETURN_IF_ERROR(stream.Write(asker.Ask(entropy), deadline));
  for (bool answered = false; !answered;) {
    std::string bytes;
    REHEARSE_ASSIGN_OR_RETURN(const size_t count, stream.Read(kReadBytesMax, bytes, deadline));
    if (count == 0) return absl::UnavailableError("ping: the peer ended the stream");
    REHEARSE_ASSIGN_OR_RETURN(answered, asker.Receive(bytes));
  }
  return CurrentWorker()->RefreshNow() - asked;
}

absl::StatusOr<IdentifyMessage> ReadIdentify(PeerStream& stream, const PeerId& peer,
                                             Instant deadline) {
  IdentifyReader reader;
  for (size_t count = 1; count > 0;) {
    std::string bytes;
    REHEARSE_ASSIGN_OR_RETURN(count, stream.Read(kReadBytesMax, bytes, deadline));
    REHEARSE_RETURN_IF_ERROR(reader.Receive(bytes));
  }
  REHEARSE_ASSIGN_OR_RETURN(IdentifyMessage message, reader.Finish());
  if (message.public_key.has_value() && message.public_key->peer_id() != peer) {
    return absl::PermissionDeniedError(absl::StrCat("identify: ", peer.ToString(),
                                                    " says that it is ",
                                                    message.public_key->peer_id().ToString()));
  }
  return message;
}

absl::Status PushIdentify(PeerStream& stream, const IdentifyMessage& message, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string encoded, message.Encode());
  std::string bytes;
  AppendCounted(encoded, bytes);
  REHEARSE_RETURN_IF_ERROR(stream.Write(bytes, deadline));
  stream.Finish();
  // It ends its side when it has read ours: a reset could overtake what it has not read yet.
  std::string ignored;
  return stream.Read(kReadBytesMax, ignored, deadline).status();
}

}  // namespace rehearse::net
