// Certificates that no peer should take, with good keys to show them with.

#ifndef REHEARSE_NET_LIBP2P_TLS_TESTING_BAD_TLS_KEYS_H_
#define REHEARSE_NET_LIBP2P_TLS_TESTING_BAD_TLS_KEYS_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"

namespace rehearse::net {

enum class BadCertificate : uint8_t {
  kNone,           // nothing is shown
  kTwo,            // a good one, twice
  kExpired,        // the day before
  kNotYetValid,    // until tomorrow
  kSelfSignature,  // a bit of its own signature is off
  kHostSignature,  // the identity has signed another key
  kNoExtension,    // it names no peer
};

// For a peer that would be `identity`. Checks that the library takes part.
std::unique_ptr<TlsKeys> MakeBadTlsKeys(BadCertificate bad, const Identity& identity,
                                        absl::Time now);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_TESTING_BAD_TLS_KEYS_H_
