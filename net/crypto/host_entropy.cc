#include "rehearse/net/crypto/host_entropy.h"

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {

void HostEntropy::Fill(absl::Span<uint8_t> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace rehearse::net
