// The library's names, which differ between 0.12 and 1.x, under one of ours. For the files of this
// room.

#ifndef REHEARSE_NET_QUIC_NGTCP2_API_H_
#define REHEARSE_NET_QUIC_NGTCP2_API_H_

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

#if NGTCP2_VERSION_NUM < 0x000c01
#error "net/quic needs ngtcp2 0.12.1 or later; tools/setup installs it"
#endif

#define REHEARSE_NGTCP2_HAS_1_0 (NGTCP2_VERSION_NUM >= 0x010000)

namespace rehearse::net::quic {

inline const uint8_t* Data(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
inline absl::string_view View(const uint8_t* data, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(data), size);
}
inline absl::string_view View(const ngtcp2_cid& id) { return View(id.data, id.datalen); }

// The library has no zero of its own, and takes 0 for "not yet" here and there.
inline constexpr int64_t kFirstNanos = 1000000000;

inline ngtcp2_tstamp Stamp(Instant now) { return static_cast<uint64_t>(now.nanos() + kFirstNanos); }
inline ngtcp2_duration Nanos(absl::Duration length) {
  return static_cast<ngtcp2_duration>(absl::ToInt64Nanoseconds(length));
}
inline Instant FromStamp(ngtcp2_tstamp stamp) {
  if (stamp >= static_cast<uint64_t>(INT64_MAX)) return Instant::Infinite();
  return Instant::FromNanos(static_cast<int64_t>(stamp) - kFirstNanos);
}

#if REHEARSE_NGTCP2_HAS_1_0

using CloseError = ngtcp2_ccerr;

inline CloseError LibraryError(int error) {
  CloseError close;
  ngtcp2_ccerr_default(&close);
  ngtcp2_ccerr_set_liberr(&close, error, nullptr, 0);
  return close;
}
inline CloseError AlertError(uint8_t alert) {
  CloseError close;
  ngtcp2_ccerr_default(&close);
  ngtcp2_ccerr_set_tls_alert(&close, alert, nullptr, 0);
  return close;
}
inline CloseError ApplicationError(uint64_t code) {
  CloseError close;
  ngtcp2_ccerr_default(&close);
  ngtcp2_ccerr_set_application_error(&close, code, nullptr, 0);
  return close;
}
inline CloseError PeersError(ngtcp2_conn* conn) { return *ngtcp2_conn_get_ccerr(conn); }
inline bool IsApplications(const CloseError& close) {
  return close.type == NGTCP2_CCERR_TYPE_APPLICATION;
}
inline int ShutdownRead(ngtcp2_conn* conn, int64_t stream) {
  return ngtcp2_conn_shutdown_stream_read(conn, 0, stream, 0);
}
inline int ShutdownWrite(ngtcp2_conn* conn, int64_t stream) {
  return ngtcp2_conn_shutdown_stream_write(conn, 0, stream, 0);
}
inline absl::string_view TokenOf(const ngtcp2_pkt_hd& header) {
  return View(header.token, header.tokenlen);
}
inline void SetToken(ngtcp2_settings& settings, absl::string_view token) {
  settings.token = Data(token);
  settings.tokenlen = token.size();
  settings.token_type = NGTCP2_TOKEN_TYPE_RETRY;
}
inline void SetOriginalId(ngtcp2_transport_params& params, const ngtcp2_cid& id) {
  params.original_dcid = id;
  params.original_dcid_present = 1;
}

#else

using CloseError = ngtcp2_connection_close_error;

inline CloseError LibraryError(int error) {
  CloseError close;
  ngtcp2_connection_close_error_default(&close);
  ngtcp2_connection_close_error_set_transport_error_liberr(&close, error, nullptr, 0);
  return close;
}
inline CloseError AlertError(uint8_t alert) {
  CloseError close;
  ngtcp2_connection_close_error_default(&close);
  ngtcp2_connection_close_error_set_transport_error_tls_alert(&close, alert, nullptr, 0);
  return close;
}
inline CloseError ApplicationError(uint64_t code) {
  CloseError close;
  ngtcp2_connection_close_error_default(&close);
  ngtcp2_connection_close_error_set_application_error(&close, code, nullptr, 0);
  return close;
}
inline CloseError PeersError(ngtcp2_conn* conn) {
  CloseError close;
  ngtcp2_connection_close_error_default(&close);
  ngtcp2_conn_get_connection_close_error(conn, &close);
  return close;
}
inline bool IsApplications(const CloseError& close) {
  return close.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
}
inline int ShutdownRead(ngtcp2_conn* conn, int64_t stream) {
  return ngtcp2_conn_shutdown_stream_read(conn, stream, 0);
}
inline int ShutdownWrite(ngtcp2_conn* conn, int64_t stream) {
  return ngtcp2_conn_shutdown_stream_write(conn, stream, 0);
}
inline absl::string_view TokenOf(const ngtcp2_pkt_hd& header) {
  return View(header.token.base, header.token.len);
}
// The library copies it.
inline void SetToken(ngtcp2_settings& settings, absl::string_view token) {
  settings.token = {const_cast<uint8_t*>(Data(token)), token.size()};
}
inline void SetOriginalId(ngtcp2_transport_params& params, const ngtcp2_cid& id) {
  params.original_dcid = id;
}

#endif

}  // namespace rehearse::net::quic

#endif  // REHEARSE_NET_QUIC_NGTCP2_API_H_
