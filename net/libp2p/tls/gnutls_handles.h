// GnuTLS's objects, owned. For the files of this room.

#ifndef REHEARSE_NET_LIBP2P_TLS_GNUTLS_HANDLES_H_
#define REHEARSE_NET_LIBP2P_TLS_GNUTLS_HANDLES_H_

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

template <auto kDeinit>
struct GnutlsDeinit {
  template <typename Handle>
  void operator()(Handle handle) const {
    kDeinit(handle);
  }
};

template <typename Handle, auto kDeinit>
using GnutlsOwned = std::unique_ptr<std::remove_pointer_t<Handle>, GnutlsDeinit<kDeinit>>;

using GnutlsCertificate = GnutlsOwned<gnutls_x509_crt_t, &gnutls_x509_crt_deinit>;
using GnutlsPublicKey = GnutlsOwned<gnutls_pubkey_t, &gnutls_pubkey_deinit>;
using GnutlsPrivateKey = GnutlsOwned<gnutls_privkey_t, &gnutls_privkey_deinit>;
using GnutlsSession = GnutlsOwned<gnutls_session_t, &gnutls_deinit>;
using GnutlsPriorities = GnutlsOwned<gnutls_priority_t, &gnutls_priority_deinit>;
using GnutlsCredentials =
    GnutlsOwned<gnutls_certificate_credentials_t, &gnutls_certificate_free_credentials>;

// Makes one of them by the library's function for it; empty if there is no memory.
template <typename Owned, typename Handle>
Owned GnutlsMake(int (*init)(Handle*)) {
  Handle handle = nullptr;
  if (init(&handle) < 0) return Owned();
  return Owned(handle);
}

// Bytes that the library allocates.
class GnutlsDatum {
 public:
  GnutlsDatum() = default;
  ~GnutlsDatum() { gnutls_free(datum_.data); }
  GnutlsDatum(const GnutlsDatum&) = delete;
  GnutlsDatum& operator=(const GnutlsDatum&) = delete;

  gnutls_datum_t* get() { return &datum_; }
  absl::string_view view() const {
    return absl::string_view(reinterpret_cast<const char*>(datum_.data), datum_.size);
  }

 private:
  gnutls_datum_t datum_{nullptr, 0};
};

// Our bytes for the library, which only reads them.
inline gnutls_datum_t GnutlsView(absl::string_view bytes) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data())),
          static_cast<unsigned>(bytes.size())};
}

inline absl::string_view GnutlsBytes(const gnutls_datum_t& datum) {
  return absl::string_view(reinterpret_cast<const char*>(datum.data), datum.size);
}

// "what: why".
inline std::string GnutlsWords(absl::string_view what, int error) {
  return absl::StrCat(what, ": ", gnutls_strerror(error));
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_GNUTLS_HANDLES_H_
