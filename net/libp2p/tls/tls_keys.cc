#include "rehearse/net/libp2p/tls/tls_keys.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/tls/certificate_extension.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

namespace rehearse::net {
namespace {

constexpr char kPriorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
constexpr char kName[] = "rehearse";
constexpr size_t kSerialBytes = 8;

constexpr absl::Duration kValidBefore = absl::Hours(1);
constexpr absl::Duration kValidFor = absl::Hours(24 * 365 * 100);

// Goes on while `error`, what the library returned, is none.
absl::Status Check(absl::string_view what, int error) {
  return error < 0 ? absl::UnavailableError(GnutlsWords(what, error)) : absl::OkStatus();
}

absl::StatusOr<GnutlsPrivateKey> MakeKey() {
  auto key = GnutlsMake<GnutlsPrivateKey>(&gnutls_privkey_init);
  REHEARSE_RETURN_IF_ERROR(
      Check("make a P-256 key",
            gnutls_privkey_generate(key.get(), GNUTLS_PK_ECDSA,
                                    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)));
  return key;
}

absl::Status Describe(gnutls_x509_crt_t certificate, Entropy& entropy, absl::Time now) {
  Secret<kSerialBytes> serial = DrawSecret<kSerialBytes>(entropy);
  serial.data()[0] = static_cast<uint8_t>((serial.data()[0] & 0x7f) | 0x40);  // positive, not zero
  REHEARSE_RETURN_IF_ERROR(
      Check("set a serial", gnutls_x509_crt_set_serial(certificate, serial.data(), kSerialBytes)));
  REHEARSE_RETURN_IF_ERROR(Check("set a version", gnutls_x509_crt_set_version(certificate, 3)));
  REHEARSE_RETURN_IF_ERROR(
      Check("set a name", gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
                                                        kName, sizeof(kName) - 1)));
  REHEARSE_RETURN_IF_ERROR(
      Check("set its begin",
            gnutls_x509_crt_set_activation_time(certificate, absl::ToTimeT(now - kValidBefore))));
  return Check("set its end",
               gnutls_x509_crt_set_expiration_time(certificate, absl::ToTimeT(now + kValidFor)));
}

// The libp2p extension is the first, since some peers look at that one only.
absl::Status BindTo(const Identity& identity, gnutls_x509_crt_t certificate, gnutls_privkey_t key) {
  const auto public_key = GnutlsMake<GnutlsPublicKey>(&gnutls_pubkey_init);
  REHEARSE_RETURN_IF_ERROR(
      Check("derive the public key", gnutls_pubkey_import_privkey(public_key.get(), key, 0, 0)));
  GnutlsDatum info;
  REHEARSE_RETURN_IF_ERROR(
      Check("write the public key",
            gnutls_pubkey_export2(public_key.get(), GNUTLS_X509_FMT_DER, info.get())));
  REHEARSE_RETURN_IF_ERROR(
      Check("set the key", gnutls_x509_crt_set_pubkey(certificate, public_key.get())));
  const std::string extension = MakeExtension(identity, info.view());
  return Check("set the extension",
               gnutls_x509_crt_set_extension_by_oid(certificate, kExtensionOid, extension.data(),
                                                    extension.size(), /*critical=*/0));
}

// Credentials take over the key.
absl::StatusOr<GnutlsCredentials> MakeCredentials(gnutls_x509_crt_t certificate,
                                                  GnutlsPrivateKey key) {
  auto credentials = GnutlsMake<GnutlsCredentials>(&gnutls_certificate_allocate_credentials);
  gnutls_pcert_st chain;
  REHEARSE_RETURN_IF_ERROR(
      Check("take the certificate", gnutls_pcert_import_x509(&chain, certificate, 0)));
  const int set = gnutls_certificate_set_key(credentials.get(), nullptr, 0, &chain, 1, key.get());
  if (set < 0) {
    gnutls_pcert_deinit(&chain);
    return Check("take the key", set);
  }
  key.release();
  return credentials;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsKeys>> TlsKeys::Make(const Identity& identity, Entropy& entropy,
                                                       absl::Time now) {
  REHEARSE_ASSIGN_OR_RETURN(GnutlsPrivateKey key, MakeKey());
  const auto certificate = GnutlsMake<GnutlsCertificate>(&gnutls_x509_crt_init);
  REHEARSE_RETURN_IF_ERROR(Describe(certificate.get(), entropy, now));
  REHEARSE_RETURN_IF_ERROR(BindTo(identity, certificate.get(), key.get()));
  REHEARSE_RETURN_IF_ERROR(
      Check("sign a certificate", gnutls_x509_crt_privkey_sign(certificate.get(), certificate.get(),
                                                               key.get(), GNUTLS_DIG_SHA256, 0)));
  GnutlsDatum der;
  REHEARSE_RETURN_IF_ERROR(
      Check("write a certificate",
            gnutls_x509_crt_export2(certificate.get(), GNUTLS_X509_FMT_DER, der.get())));
  auto gnutls = std::make_unique<Gnutls>();
  REHEARSE_ASSIGN_OR_RETURN(gnutls->credentials,
                            MakeCredentials(certificate.get(), std::move(key)));
  gnutls_priority_t priorities = nullptr;
  REHEARSE_RETURN_IF_ERROR(
      Check("choose TLS 1.3", gnutls_priority_init(&priorities, kPriorities, nullptr)));
  gnutls->priorities.reset(priorities);
  return std::make_unique<TlsKeys>(std::move(gnutls), std::string(der.view()));
}

TlsKeys::TlsKeys(std::unique_ptr<Gnutls> gnutls, std::string certificate)
    : gnutls_(std::move(gnutls)), certificate_(std::move(certificate)) {}

TlsKeys::~TlsKeys() = default;

}  // namespace rehearse::net
