#include "rehearse/net/quic/quic_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/quic/ngtcp2_api.h"
#include "rehearse/net/quic/quic_library.h"

namespace rehearse::net {
namespace {

// RFC 9001: an alert `a` of TLS closes a connection by the code kCryptoError + a.
constexpr uint64_t kCryptoError = 0x100;
constexpr uint8_t kNoApplicationProtocol = 120;
// What we tell a peer that asks for more than it may.
constexpr uint64_t kAskedTooMuch = 1;
// A connection that was closed answers latecomers for so many probe timeouts (RFC 9000, 10.2).
constexpr int kClosingTimeouts = 3;

}  // namespace

QuicConnection::QuicConnection(const Context& context, bool dialer, const Ends& ends)
    : context_(context),
      dialer_(dialer),
      own_(ends.own),
      to_(ends.peer),
      library_(std::make_unique<Library>(*this)) {}

QuicConnection::~QuicConnection() = default;

absl::StatusOr<std::unique_ptr<QuicConnection>> QuicConnection::Dial(const Context& context,
                                                                     const Dialing& dialing) {
  std::unique_ptr<QuicConnection> made(new QuicConnection(context, true, dialing.ends));
  REHEARSE_RETURN_IF_ERROR(made->library_->BeginDialing(dialing));
  return made;
}

absl::StatusOr<std::unique_ptr<QuicConnection>> QuicConnection::Accept(const Context& context,
                                                                       const Accepting& accepting) {
  std::unique_ptr<QuicConnection> made(new QuicConnection(context, false, accepting.ends));
  REHEARSE_RETURN_IF_ERROR(made->library_->BeginAccepting(accepting));
  return made;
}

void QuicConnection::Receive(const SocketAddress& from, absl::string_view bytes, Instant now) {
  if (state_ == State::kClosing) {
    // Less and less often, so that two who close do not go on for ever.
    ++latecomers_;
    if ((latecomers_ & (latecomers_ - 1)) == 0) says_farewell_ = !farewell_.empty();
  }
  if (over()) return;
  const int error = library_->Read(from, bytes, now);
  if (error != 0) return OnError(error, now);
  if (library_bytes() <= context_.options.library_bytes_max) return;
  Refuse(absl::ResourceExhaustedError(
             absl::StrCat("quic: the peer makes us hold ", library_bytes(), " bytes")),
         now);
}

size_t QuicConnection::library_bytes() const {
  return library_ == nullptr ? 0 : library_->memory().bytes();
}

Instant QuicConnection::next_timer() const {
  if (gone()) return Instant::Infinite();
  if (over()) return ends_at_;
  return quic::FromStamp(ngtcp2_conn_get_expiry(library_->conn()));
}

void QuicConnection::OnTimer(Instant now) {
  if (now < next_timer()) return;
  if (over()) {
    state_ = State::kGone;
    return;
  }
  const int error = ngtcp2_conn_handle_expiry(library_->conn(), quic::Stamp(now));
  if (error != 0) OnError(error, now);
}

absl::string_view QuicConnection::NextPacket(Instant now, SocketAddress& to) {
  if (!over()) {
    const ngtcp2_ssize written = library_->WritePacket(now, to);
    if (written > 0) {
      return absl::string_view(library_->packet()).substr(0, static_cast<size_t>(written));
    }
    if (written == 0) return {};
    OnError(static_cast<int>(written), now);
  }
  if (!std::exchange(says_farewell_, false)) return {};
  to = to_;
  return farewell_;
}

void QuicConnection::OnPacketsSent(Instant now) {
  if (over()) return;
  library_->RetryBlocked();
  ngtcp2_conn_update_pkt_tx_time(library_->conn(), quic::Stamp(now));
}

std::vector<QuicEvent> QuicConnection::TakeEvents() { return std::exchange(events_, {}); }

absl::StatusOr<int64_t> QuicConnection::Open() {
  if (over()) return absl::UnavailableError("quic: the connection is over");
  if (!established()) return absl::FailedPreconditionError("quic: the connection does not stand");
  return library_->Open();
}

void QuicConnection::Write(int64_t stream, std::string bytes) {
  if (!over()) library_->Write(stream, std::move(bytes));
}

void QuicConnection::Finish(int64_t stream) {
  if (!over()) library_->Finish(stream);
}

void QuicConnection::Consume(int64_t stream, uint64_t count) {
  if (over()) return;
  ngtcp2_conn_extend_max_stream_offset(library_->conn(), stream, count);
  ngtcp2_conn_extend_max_offset(library_->conn(), count);
}

void QuicConnection::StopReading(int64_t stream) {
  if (!over()) quic::ShutdownRead(library_->conn(), stream);
}

void QuicConnection::Abandon(int64_t stream) {
  if (!over()) quic::ShutdownWrite(library_->conn(), stream);
}

void QuicConnection::KeepAlive(bool on) {
  if (over()) return;
  const uint64_t off = REHEARSE_NGTCP2_HAS_1_0 ? UINT64_MAX : 0;
  const absl::Duration asked = std::min(context_.options.keep_alive, idle_timeout() / 3);
  ngtcp2_conn_set_keep_alive_timeout(library_->conn(), on ? quic::Nanos(asked) : off);
}

absl::Duration QuicConnection::idle_timeout() const {
  const absl::Duration own = context_.options.idle_timeout;
  const ngtcp2_transport_params* const peers =
      ngtcp2_conn_get_remote_transport_params(library_->conn());
  if (peers == nullptr || peers->max_idle_timeout == 0) return own;
  return std::min(own, absl::Nanoseconds(static_cast<int64_t>(peers->max_idle_timeout)));
}

bool QuicConnection::UpdateKeys(Instant now) {
  return !over() && ngtcp2_conn_initiate_key_update(library_->conn(), quic::Stamp(now)) == 0;
}

// The end.

namespace {

// What the peer said when it closed.
absl::Status PeerClosed(ngtcp2_conn* conn) {
  const quic::CloseError error = quic::PeersError(conn);
  std::string why = absl::StrCat("code ", error.error_code);
  if (!quic::IsApplications(error) && error.error_code >= kCryptoError &&
      error.error_code < 2 * kCryptoError) {
    why = AlertWords(static_cast<uint8_t>(error.error_code - kCryptoError));
  } else if (!quic::IsApplications(error) && error.error_code == NGTCP2_CONNECTION_REFUSED) {
    why = "it refuses connections just now";
  }
  if (error.reasonlen > 0) {
    absl::StrAppend(&why, ", \"",
                    absl::CHexEscape(quic::View(error.reason, error.reasonlen).substr(0, 128)),
                    "\"");
  }
  return absl::UnavailableError(absl::StrCat("quic: the peer closed the connection: ", why));
}

}  // namespace

void QuicConnection::OnError(int error, Instant now) {
  ngtcp2_conn* const conn = library_->conn();
  switch (error) {
    case NGTCP2_ERR_CLOSING: return;
    case NGTCP2_ERR_DRAINING:
      return EndWith(State::kDraining,
                     library_->forgotten()
                         ? absl::UnavailableError("quic: the peer has forgotten the connection")
                         : PeerClosed(conn),
                     now);
    // A first packet that was damaged on its way, or by somebody who only wants to see the true one
    // refused: nothing is answered, and nothing is kept.
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
      return EndWith(State::kGone, absl::DataLossError("quic: it began with no good packet"), now);
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return EndWith(State::kGone,
                     absl::UnavailableError(
                         absl::StrCat("quic: no handshake within ",
                                      absl::FormatDuration(context_.options.handshake_timeout))),
                     now);
    case NGTCP2_ERR_IDLE_CLOSE:
      return EndWith(State::kGone,
                     absl::UnavailableError(absl::StrCat("quic: the peer was silent for ",
                                                         absl::FormatDuration(idle_timeout()))),
                     now);
    default: break;
  }
  absl::Status why = absl::DataLossError(absl::StrCat("quic: ", ngtcp2_strerror(error)));
  quic::CloseError farewell = quic::LibraryError(error);
  if (error == NGTCP2_ERR_CRYPTO) {
    const uint8_t alert = ngtcp2_conn_get_tls_alert(conn);
    why = absl::DataLossError(absl::StrCat("quic: handshake: ", AlertWords(alert)));
    farewell = quic::AlertError(alert);
    if (!library_->tls().judgement().ok()) why = library_->tls().judgement();
  } else if (!library_->refusal().ok()) {
    why = library_->refusal();
    farewell = quic::AlertError(kNoApplicationProtocol);
  } else if (error == NGTCP2_ERR_NO_VIABLE_PATH) {
    why = absl::UnavailableError("quic: the peer's new address does not answer");
  }
  SayFarewell(library_->WriteFarewell(farewell, now), std::move(why), now);
}

void QuicConnection::Close(Instant now) {
  if (over()) return;
  SayFarewell(library_->WriteFarewell(quic::ApplicationError(0), now),
              absl::UnavailableError("quic: the connection was closed here"), now);
}

void QuicConnection::Refuse(absl::Status why, Instant now) {
  if (over()) return;
  SayFarewell(library_->WriteFarewell(quic::ApplicationError(kAskedTooMuch), now), std::move(why),
              now);
}

// `written` bytes of the library's packet are the last word, to be said again to latecomers.
void QuicConnection::SayFarewell(int64_t written, absl::Status why, Instant now) {
  if (written > 0) farewell_ = library_->packet().substr(0, static_cast<size_t>(written));
  says_farewell_ = written > 0;
  EndWith(written > 0 ? State::kClosing : State::kGone, std::move(why), now);
  // Whom nobody has heard of yet has no latecomers to answer.
  if (dialer_ && !established()) state_ = State::kGone;
}

void QuicConnection::EndWith(State state, absl::Status why, Instant now) {
  const uint64_t pto = ngtcp2_conn_get_pto(library_->conn());
  ends_at_ = now + absl::Nanoseconds(static_cast<int64_t>(kClosingTimeouts * pto));
  state_ = state;
  // Latecomers are answered by the farewell alone. What the library and TLS hold, tens of KiB and
  // up to QuicOptions::library_bytes_max, is not for the seconds that a peer may make that last.
  library_.reset();
  Push({.kind = QuicEvent::Kind::kOver, .status = std::move(why)});
}

}  // namespace rehearse::net
