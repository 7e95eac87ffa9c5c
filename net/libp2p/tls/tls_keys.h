// What a node has for all its TLS channels: a certificate, and the key that signs for it.

#ifndef REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_H_
#define REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {

// The key (ECDSA on P-256, which every TLS library can check) lives as long as the process, and has
// nothing to do with the identity's, except that this has signed it.
//
// GnuTLS draws keys and signatures from its own gnutls_rnd(), which no parameter replaces. In the
// simulator that symbol must be the run's (sim/hermetic), and these are made before the run.
class TlsKeys {
 public:
  struct Gnutls;  // the library's objects, for this room

  //   kUnavailable  the library refused; the message says what.
  static absl::StatusOr<std::unique_ptr<TlsKeys>> Make(const Identity& identity, Entropy& entropy,
                                                       absl::Time now);
  // Of the library's objects: for this room and its tests.
  TlsKeys(std::unique_ptr<Gnutls> gnutls, std::string certificate);
  ~TlsKeys();

  // As DER.
  const std::string& certificate() const { return certificate_; }
  const Gnutls& gnutls() const { return *gnutls_; }

 private:
  const std::unique_ptr<Gnutls> gnutls_;
  const std::string certificate_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_H_
