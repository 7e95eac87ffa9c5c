#include "rehearse/net/kademlia/node_key.h"

#include <bit>
#include <cstddef>

#include "absl/strings/escaping.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"

namespace rehearse::net {
namespace {

void AppendBigEndian(uint64_t word, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(word >> shift));
}

}  // namespace

int XorDistance::shared_bits() const {
  int shared = 0;
  for (const uint64_t word : words_) {
    if (word != 0) return shared + std::countl_zero(word);
    shared += 64;
  }
  return shared;
}

NodeKey NodeKey::Of(absl::string_view looked_up) {
  const Sha256Digest digest = Sha256(looked_up);
  XorDistance::Words words{};
  for (size_t i = 0; i < digest.size(); ++i) words[i / 8] = words[i / 8] << 8 | digest[i];
  return NodeKey(words);
}

std::string NodeKey::ToHex() const {
  std::string bytes;
  for (const uint64_t word : words_) AppendBigEndian(word, bytes);
  return absl::BytesToHexString(bytes);
}

std::string DrawLookedUpInBucket(const NodeKey& own, int shared_bits, int tries_max,
                                 Random& random) {
  std::string looked_up;
  for (int i = 0; i < tries_max; ++i) {
    looked_up.clear();
    for (int word = 0; word < 4; ++word) AppendBigEndian(random.Next(), looked_up);
    if (NodeKey::Of(looked_up).SharedBitsWith(own) == shared_bits) return looked_up;
  }
  return "";
}

}  // namespace rehearse::net
