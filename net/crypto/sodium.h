// libsodium, ready for use. For the files of this room.

#ifndef REHEARSE_NET_CRYPTO_SODIUM_H_
#define REHEARSE_NET_CRYPTO_SODIUM_H_

#include <sodium.h>

namespace rehearse::net {

// The library looks at the processor and draws a canary of its own. It does so before main(), so
// that no run of the simulator sees it happen, whichever comes first.
inline const bool kSodiumReady = sodium_init() >= 0;

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_SODIUM_H_
