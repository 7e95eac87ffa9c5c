// A dialler that has the keys of its connection, and so can send frames that the library never
// would.

#ifndef REHEARSE_NET_QUIC_TESTING_QUIC_FORGER_H_
#define REHEARSE_NET_QUIC_TESTING_QUIC_FORGER_H_

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_library.h"

namespace rehearse::net {

// A number as RFC 9000 writes it, in four bytes or eight.
inline std::string QuicNumber(uint64_t number) {
  const int size = number < (uint64_t{1} << 30) ? 4 : 8;
  std::string bytes(static_cast<size_t>(size), '\0');
  for (int i = 0; i < size; ++i) {
    bytes[static_cast<size_t>(size - 1 - i)] = static_cast<char>(number >> (8 * i));
  }
  bytes[0] = static_cast<char>(static_cast<unsigned char>(bytes[0]) | (size == 4 ? 0x80 : 0xc0));
  return bytes;
}

// A frame of a stream; see RFC 9000, 19.8.
inline std::string QuicStreamFrame(uint64_t stream, uint64_t offset, absl::string_view data) {
  return absl::StrCat("\x0e", QuicNumber(stream), QuicNumber(offset), QuicNumber(data.size()),
                      data);
}

class QuicForger {
 public:
  // `dialer` has not sent anything yet, and outlives it.
  explicit QuicForger(QuicConnection& dialer) {
    const gnutls_session_t session = dialer.library_->tls().get();
    gnutls_db_set_ptr(session, this);
    gnutls_session_set_keylog_function(session, &QuicForger::OnSecret);
  }
  QuicForger(const QuicForger&) = delete;
  QuicForger& operator=(const QuicForger&) = delete;

  // A packet of the dialler's own: it tells what the listener is to be called.
  void OnSent(absl::string_view packet) {
    if (!packet.empty() && (packet[0] & 0x80) == 0)
      destination_ = std::string(packet.substr(1, kQuicIdBytes));
  }

  // Once OnSent was given one that came after the handshake.
  bool ready() const { return !destination_.empty() && !secret_.empty(); }

  // A packet of `frames`.
  std::string Packet(std::string frames) {
    constexpr absl::string_view kNumberBytes4 = "\x43";
    const uint32_t number = next_++;
    std::string packet = absl::StrCat(kNumberBytes4, destination_);
    const size_t number_at = packet.size();
    for (int i = 3; i >= 0; --i) packet.push_back(static_cast<char>(number >> (8 * i)));
    packet += Seal(number, packet, std::move(frames));
    const std::string mask = Mask(packet.substr(number_at + 4, 16));
    packet[0] = static_cast<char>(packet[0] ^ (mask[0] & 0x1f));
    for (size_t i = 0; i < 4; ++i) {
      packet[number_at + i] = static_cast<char>(packet[number_at + i] ^ mask[1 + i]);
    }
    return packet;
  }

 private:
  static int OnSecret(gnutls_session_t session, const char* label,
                      const gnutls_datum_t* secret) noexcept {
    if (absl::string_view(label) == "CLIENT_TRAFFIC_SECRET_0") {
      static_cast<QuicForger*>(gnutls_db_get_ptr(session))
          ->secret_.assign(reinterpret_cast<const char*>(secret->data), secret->size);
    }
    return 0;
  }

  static gnutls_datum_t Datum(const std::string& bytes) {
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())),
            static_cast<unsigned>(bytes.size())};
  }

  // RFC 8446, 7.1.
  std::string Expand(absl::string_view label, size_t size) const {
    const std::string info = absl::StrCat(std::string({'\0', static_cast<char>(size)}),
                                          std::string(1, static_cast<char>(6 + label.size())),
                                          "tls13 ", label, std::string(1, '\0'));
    const gnutls_datum_t secret = Datum(secret_);
    const gnutls_datum_t info_datum = Datum(info);
    std::string out(size, '\0');
    REHEARSE_CHECK(
        gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &secret, &info_datum, out.data(), size) == 0, "hkdf");
    return out;
  }

  std::string Seal(uint32_t number, const std::string& header, std::string frames) const {
    constexpr size_t kTagBytes = 16;
    if (frames.size() < 20) frames.resize(20, '\0');  // padding: a sample is to be taken of it
    std::string nonce = Expand("quic iv", 12);
    for (size_t i = 0; i < 4; ++i) {
      nonce[11 - i] = static_cast<char>(nonce[11 - i] ^ static_cast<char>(number >> (8 * i)));
    }
    const std::string key = Expand("quic key", 16);
    const gnutls_datum_t key_datum = Datum(key);
    gnutls_aead_cipher_hd_t cipher = nullptr;
    REHEARSE_CHECK(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_GCM, &key_datum) == 0,
                   "aead");
    std::string sealed(frames.size() + kTagBytes, '\0');
    size_t size = sealed.size();
    REHEARSE_CHECK(gnutls_aead_cipher_encrypt(cipher, nonce.data(), nonce.size(), header.data(),
                                              header.size(), kTagBytes, frames.data(),
                                              frames.size(), sealed.data(), &size) == 0,
                   "seal");
    gnutls_aead_cipher_deinit(cipher);
    return sealed;
  }

  // RFC 9001, 5.4.3: one block of AES, which is what CBC makes of the first.
  std::string Mask(std::string sample) const {
    const std::string key = Expand("quic hp", 16);
    const std::string zero(16, '\0');
    const gnutls_datum_t key_datum = Datum(key);
    const gnutls_datum_t zero_datum = Datum(zero);
    gnutls_cipher_hd_t cipher = nullptr;
    REHEARSE_CHECK(
        gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &zero_datum) == 0,
        "aes");
    REHEARSE_CHECK(gnutls_cipher_encrypt(cipher, sample.data(), sample.size()) == 0, "mask");
    gnutls_cipher_deinit(cipher);
    return sample;
  }

  std::string secret_;
  std::string destination_;
  uint32_t next_ = 1000000;  // behind all numbers of the dialler's own
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_TESTING_QUIC_FORGER_H_
