// Positions in Kademlia's space, and how far they are from each other.
//
// Maymounkov and Mazières, "Kademlia: A peer-to-peer information system based on the XOR metric"
// (2002), section 2. Difference: 256 bits instead of 160, and a position is the SHA-256 of what
// stands there, a peer's id too, as libp2p has it. So nobody chooses a position, but must search
// for an id that has it.

#ifndef REHEARSE_NET_KADEMLIA_NODE_KEY_H_
#define REHEARSE_NET_KADEMLIA_NODE_KEY_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// How far two positions are apart: their XOR, as a number of 256 bits.
class XorDistance {
 public:
  static constexpr int kBits = 256;
  using Words = std::array<uint64_t, 4>;  // the most significant first

  constexpr XorDistance() = default;
  explicit constexpr XorDistance(const Words& words) : words_(words) {}

  // How many bits the two positions share before the first that differs: kBits if they are one.
  int shared_bits() const;
  const Words& words() const { return words_; }

  friend bool operator==(const XorDistance&, const XorDistance&) = default;
  friend std::strong_ordering operator<=>(const XorDistance& a, const XorDistance& b) {
    // Of two peers, the first words differ.
    if (a.words_[0] != b.words_[0]) return a.words_[0] <=> b.words_[0];
    return a.words_ <=> b.words_;
  }

 private:
  Words words_{};
};

// A position. A value; ordered as a number.
class NodeKey {
 public:
  NodeKey() = default;

  // Where `looked_up` stands: a peer's id as bytes, or the key of a record.
  static NodeKey Of(absl::string_view looked_up);
  static NodeKey Of(const PeerId& peer) { return Of(peer.bytes()); }

  // The most significant bits. Two positions have the same ones next to never.
  uint64_t front() const { return words_.front(); }

  XorDistance DistanceTo(const NodeKey& other) const {
    return XorDistance({words_[0] ^ other.words_[0], words_[1] ^ other.words_[1],
                        words_[2] ^ other.words_[2], words_[3] ^ other.words_[3]});
  }
  int SharedBitsWith(const NodeKey& other) const { return DistanceTo(other).shared_bits(); }

  // 64 hexadecimal digits.
  std::string ToHex() const;

  friend auto operator<=>(const NodeKey&, const NodeKey&) = default;

 private:
  explicit NodeKey(const XorDistance::Words& words) : words_(words) {}

  XorDistance::Words words_{};
};

// Something to look up whose position shares exactly `shared_bits` bits with `own`: the answers are
// peers of that bucket. Positions are hashes, so it is found by trying, 2^(shared_bits + 1) times
// on average. Nothing if it was not found in `tries_max`.
std::string DrawLookedUpInBucket(const NodeKey& own, int shared_bits, int tries_max,
                                 Random& random);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_NODE_KEY_H_
