#include "rehearse/net/crypto/secret.h"

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {

void Wipe(uint8_t* bytes, size_t count) { sodium_memzero(bytes, count); }

void Wipe(std::string& bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace rehearse::net
