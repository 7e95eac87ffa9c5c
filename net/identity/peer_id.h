// Who a peer is: its key, or the hash of it.

#ifndef REHEARSE_NET_IDENTITY_PEER_ID_H_
#define REHEARSE_NET_IDENTITY_PEER_ID_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// As libp2p has it: a multihash of the encoded public key, which is the key itself if that is short
// enough, else its SHA-256. A PublicKey tells its own. A value; ordered by its bytes.
//
//   12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq
class PeerId {
 public:
  static constexpr size_t kInlineKeyBytesMax = 42;
  static constexpr size_t kBytesMax = 2 + kInlineKeyBytesMax;
  // Of a multihash.
  static constexpr uint64_t kInlineCode = 0x00;
  static constexpr uint64_t kSha256Code = 0x12;

  //   kDataLoss  these bytes are no peer id.
  static absl::StatusOr<PeerId> FromBytes(absl::string_view bytes);

  // Reads both texts, that of ToString and that of ToCid.
  //   kInvalidArgument  it is neither.
  static absl::StatusOr<PeerId> Parse(absl::string_view text);

  // In base58btc.
  std::string ToString() const;
  // As a CIDv1 in base32, for where small letters are asked for.
  std::string ToCid() const;

  const std::string& bytes() const { return bytes_; }
  friend bool operator==(const PeerId&, const PeerId&) = default;
  friend auto operator<=>(const PeerId&, const PeerId&) = default;

 private:
  explicit PeerId(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_PEER_ID_H_
