// Who a peer is: its key, or the hash of it.

#ifndef REHEARSE_NET_IDENTITY_PEER_ID_H_
#define REHEARSE_NET_IDENTITY_PEER_ID_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// As libp2p has it: a multihash of the encoded public key, which is the key itself if that is short
// enough, else its SHA-256. A PublicKey tells its own. A value, without memory elsewhere, since
// tables hold, compare and copy many; ordered by its bytes.
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

  // A view of this object.
  absl::string_view bytes() const { return {bytes_.data(), size_}; }

  friend bool operator==(const PeerId& a, const PeerId& b) {
    return std::memcmp(a.bytes_.data(), b.bytes_.data(), kBytesMax) == 0 && a.size_ == b.size_;
  }
  // What is behind the shorter one is zero: the bytes of both decide first, then their count.
  friend std::strong_ordering operator<=>(const PeerId& a, const PeerId& b) {
    const int order = std::memcmp(a.bytes_.data(), b.bytes_.data(), kBytesMax);
    return order != 0 ? order <=> 0 : a.size_ <=> b.size_;
  }

  template <typename H>
  friend H AbslHashValue(H state, const PeerId& id) {
    return H::combine(std::move(state), id.bytes());
  }

 private:
  // At most kBytesMax.
  explicit PeerId(absl::string_view bytes) : size_(static_cast<uint8_t>(bytes.size())) {
    bytes.copy(bytes_.data(), bytes.size());
  }

  std::array<char, kBytesMax> bytes_{};
  uint8_t size_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_PEER_ID_H_
