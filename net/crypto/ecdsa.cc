#include "rehearse/net/crypto/ecdsa.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "rehearse/net/crypto/bytes.h"

namespace rehearse::net {
namespace {

struct Deinit {
  void operator()(gnutls_pubkey_t key) const { gnutls_pubkey_deinit(key); }
};
using Key = std::unique_ptr<gnutls_pubkey_st, Deinit>;

// For reading only: the library takes no pointer to const.
gnutls_datum_t DatumOf(absl::string_view bytes) {
  return {const_cast<uint8_t*>(DataOf(bytes)), static_cast<unsigned>(bytes.size())};
}

bool IsOnP256(gnutls_pubkey_t key) {
  if (gnutls_pubkey_get_pk_algorithm(key, nullptr) != GNUTLS_PK_ECDSA) return false;
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  return gnutls_pubkey_export_ecc_raw2(key, &curve, nullptr, nullptr, 0) == 0 &&
         curve == GNUTLS_ECC_CURVE_SECP256R1;
}

}  // namespace

absl::Status VerifyEcdsaP256(absl::string_view key, absl::string_view message,
                             absl::string_view signature) {
  gnutls_pubkey_t raw = nullptr;
  if (gnutls_pubkey_init(&raw) != 0) return absl::ResourceExhaustedError("out of memory");
  const Key parsed(raw);
  const gnutls_datum_t key_datum = DatumOf(key);
  if (const int error = gnutls_pubkey_import(raw, &key_datum, GNUTLS_X509_FMT_DER); error != 0) {
    return absl::DataLossError(absl::StrCat("ECDSA key: ", gnutls_strerror(error)));
  }
  if (!IsOnP256(raw)) return absl::DataLossError("ECDSA key: it is not on the curve P-256");
  const gnutls_datum_t message_datum = DatumOf(message);
  const gnutls_datum_t signature_datum = DatumOf(signature);
  if (gnutls_pubkey_verify_data2(raw, GNUTLS_SIGN_ECDSA_SHA256, 0, &message_datum,
                                 &signature_datum) < 0) {
    return absl::DataLossError("ECDSA signature: it is not by the owner of the key");
  }
  return absl::OkStatus();
}

}  // namespace rehearse::net
