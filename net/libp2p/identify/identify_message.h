// What a node says about itself ("/ipfs/id/1.0.0" and its push).

#ifndef REHEARSE_NET_LIBP2P_IDENTIFY_IDENTIFY_MESSAGE_H_
#define REHEARSE_NET_LIBP2P_IDENTIFY_IDENTIFY_MESSAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/codec/delimited.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

inline constexpr absl::string_view kIdentifyProtocol = "/ipfs/id/1.0.0";
inline constexpr absl::string_view kIdentifyPushProtocol = "/ipfs/id/push/1.0.0";

// Each field may be absent. All of a peer's is its word alone: check the key against the one that
// it has proven, and escape text before it is shown.
struct IdentifyMessage {
  static constexpr size_t kWrittenBytesMax = 4096;
  static constexpr size_t kReadBytesMax = 8192;
  static constexpr size_t kAddressesMax = 64;
  static constexpr size_t kProtocolsMax = 128;
  static constexpr size_t kTextBytesMax = 256;

  std::optional<PublicKey> public_key;
  std::vector<Multiaddr> listen_addresses;  // without peers
  std::vector<std::string> protocols;       // what it takes on incoming streams
  std::optional<Multiaddr> observed_address;
  std::optional<std::string> protocol_version;
  std::optional<std::string> agent_version;  // "name/version"
  std::optional<std::string> signed_peer_record;

  // Without the length that goes before it.
  //   kResourceExhausted  it would take more than kWrittenBytesMax: say less.
  absl::StatusOr<std::string> Encode() const;

  // Addresses that can't be read and text that is too long are left out, as are those beyond the
  // limits.
  //   kDataLoss  it is no such message, or has no readable key where there is one.
  static absl::StatusOr<IdentifyMessage> Decode(absl::string_view bytes);

  // Takes over what `newer` says; what it doesn't say stays.
  void Merge(IdentifyMessage newer);

  friend bool operator==(const IdentifyMessage&, const IdentifyMessage&) = default;
};

// Reads one side of such a stream: messages until its end, merged.
class IdentifyReader {
 public:
  static constexpr int kMessagesMax = 10;

  // Takes what came in, in pieces of any size.
  //   kDataLoss  it is no such message, or one too many.
  absl::Status Receive(absl::string_view bytes);

  // At the stream's end.
  //   kDataLoss  there was no message, or not all of one.
  absl::StatusOr<IdentifyMessage> Finish();

 private:
  DelimitedReader reader_{IdentifyMessage::kReadBytesMax};
  int messages_ = 0;
  IdentifyMessage merged_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_IDENTIFY_IDENTIFY_MESSAGE_H_
