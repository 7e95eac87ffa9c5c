// A TLS client, or server, that knows nothing of libp2p, without I/O.

#ifndef REHEARSE_NET_LIBP2P_TLS_TESTING_TLS_STRANGER_H_
#define REHEARSE_NET_LIBP2P_TLS_TESTING_TLS_STRANGER_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

namespace rehearse::net {

inline constexpr char kTls13[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
inline constexpr char kTls12[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2";

// It has a fixed address, which the library knows.
class TlsStranger {
 public:
  // Speaks what the priorities say, asks for `protocol` by ALPN unless it is null, and shows the
  // certificate of `keys`, which outlive it, if there are any.
  TlsStranger(const char* priorities, const char* protocol, const TlsKeys* keys = nullptr,
              unsigned role = GNUTLS_CLIENT) {
    gnutls_session_t raw = nullptr;
    gnutls_init(&raw, role | GNUTLS_NONBLOCK | GNUTLS_FORCE_CLIENT_CERT);
    session_.reset(raw);
    gnutls_priority_set_direct(raw, priorities, nullptr);
    gnutls_certificate_credentials_t credentials = nullptr;
    gnutls_certificate_allocate_credentials(&credentials);
    credentials_.reset(credentials);
    gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE,
                           keys == nullptr ? credentials : keys->gnutls().credentials.get());
    if (protocol != nullptr) {
      const gnutls_datum_t name = GnutlsView(protocol);
      gnutls_alpn_set_protocols(raw, &name, 1, 0);
    }
    gnutls_handshake_set_timeout(raw, GNUTLS_INDEFINITE_TIMEOUT);
    gnutls_transport_set_ptr(raw, this);
    gnutls_transport_set_push_function(raw, &TlsStranger::Push);
    gnutls_transport_set_pull_function(raw, &TlsStranger::Pull);
    gnutls_transport_set_pull_timeout_function(raw,
                                               [](gnutls_transport_ptr_t, unsigned) { return 1; });
  }
  TlsStranger(const TlsStranger&) = delete;
  TlsStranger& operator=(const TlsStranger&) = delete;

  // Takes what the other said, and goes on as far as it can. True: its handshake is over.
  bool Receive(absl::string_view bytes) {
    received_.append(bytes.data(), bytes.size());
    return done_ = done_ || gnutls_handshake(session_.get()) == 0;
  }
  std::string TakeWire() { return std::exchange(wire_, {}); }

  gnutls_session_t session() { return session_.get(); }

 private:
  static ssize_t Push(gnutls_transport_ptr_t self, const void* data, size_t count) {
    static_cast<TlsStranger*>(self)->wire_.append(static_cast<const char*>(data), count);
    return static_cast<ssize_t>(count);
  }
  static ssize_t Pull(gnutls_transport_ptr_t self, void* data, size_t count) {
    auto& stranger = *static_cast<TlsStranger*>(self);
    const size_t given = std::min(count, stranger.received_.size());
    if (given == 0) {
      gnutls_transport_set_errno(stranger.session_.get(), EAGAIN);
      return -1;
    }
    stranger.received_.copy(static_cast<char*>(data), given);
    stranger.received_.erase(0, given);
    return static_cast<ssize_t>(given);
  }

  GnutlsCredentials credentials_;
  GnutlsSession session_;
  bool done_ = false;
  std::string received_;
  std::string wire_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_TESTING_TLS_STRANGER_H_
