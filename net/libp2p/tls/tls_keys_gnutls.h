// The inside of TlsKeys. For the files of this room.

#ifndef REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_GNUTLS_H_
#define REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_GNUTLS_H_

#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"

namespace rehearse::net {

struct TlsKeys::Gnutls {
  GnutlsCredentials credentials;  // with certificate and key
  GnutlsPriorities priorities;    // TLS 1.3 alone
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_TLS_KEYS_GNUTLS_H_
