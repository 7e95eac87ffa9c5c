// What Kademlia's nodes say to each other, as libp2p writes it.
//
// Differences from libp2p: an answer that would be too long loses addresses first, then its
// farthest peers; a request never has more than one provider.

#ifndef REHEARSE_NET_KADEMLIA_KAD_MESSAGE_H_
#define REHEARSE_NET_KADEMLIA_KAD_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "rehearse/net/kademlia/kad_peer.h"

namespace rehearse::net {

// The paper's STORE is kPutValue and kAddProvider, its FIND_VALUE kGetValue and kGetProviders.
enum class KadType : uint8_t {
  kPutValue = 0,
  kGetValue = 1,
  kAddProvider = 2,
  kGetProviders = 3,
  kFindNode = 4,
  kPing = 5,
};

absl::string_view NameOf(KadType type);

// A value under its key, on its way.
struct KadRecord {
  std::string key;
  std::string value;
  uint32_t ttl_seconds = 0;  // 0: as long as the receiver likes

  friend bool operator==(const KadRecord&, const KadRecord&) = default;
};

struct KadMessage {
  static constexpr size_t kWrittenBytesMax = size_t{16} << 10;  // what the strictest readers take
  static constexpr size_t kReadBytesMax = size_t{64} << 10;
  static constexpr size_t kPeersMax = 100;     // of each list; more are left out when read
  static constexpr size_t kAddressesMax = 16;  // of a peer; more are left out when read
  static constexpr size_t kAddressBytesMax = 1024;

  KadType type = KadType::kPing;
  std::string key = {};
  std::optional<KadRecord> record = {};
  std::vector<KadPeer> closer = {};  // the nearest first
  std::vector<KadPeer> providers = {};

  // Without the length that goes before it; at most kWrittenBytesMax, by leaving out addresses and
  // peers. `more_closer` come behind `closer`, without a copy.
  //   kResourceExhausted  key and record alone are too long.
  absl::StatusOr<std::string> Encode(absl::Span<const KadPeer* const> more_closer = {}) const;

  // Whether a closer peer with this id is wanted.
  using Wanted = absl::FunctionRef<bool(const PeerId& id)>;

  // Unknown fields are skipped, as are peers without a readable id and addresses that are too long.
  //   kDataLoss  it is no such message; the message says what was found.
  static absl::StatusOr<KadMessage> Decode(absl::string_view bytes);
  // The same without the closer peers that are not wanted, of which the rest is skipped unread: in
  // a lookup most are known already.
  static absl::StatusOr<KadMessage> Decode(absl::string_view bytes, Wanted wanted);

  friend bool operator==(const KadMessage&, const KadMessage&) = default;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_MESSAGE_H_
