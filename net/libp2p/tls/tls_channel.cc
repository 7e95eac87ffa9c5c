#include "rehearse/net/libp2p/tls/tls_channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/tls/gnutls_handles.h"
#include "rehearse/net/libp2p/tls/peer_certificate.h"
#include "rehearse/net/libp2p/tls/tls_keys_gnutls.h"

namespace rehearse::net {
namespace {

// The last of the protocols: no multiplexer was agreed on.
constexpr absl::string_view kNoMuxer = "libp2p";

}  // namespace

// Its address is known to the library, so that it does not move.
class TlsChannel::Session {
 public:
  Session(absl::Time now, SecureOptions options) : now_(now), options_(std::move(options)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  absl::Status Begin(const TlsKeys& keys);
  absl::Status Receive(absl::string_view wire);
  absl::Status Send(absl::string_view text);
  void Close();

  std::string TakeWire() { return std::exchange(wire_, {}); }
  std::string TakeText() { return std::exchange(text_, {}); }
  const std::optional<SecurePeer>& peer() const { return peer_; }
  bool peer_closed() const { return peer_closed_; }

 private:
  // What the library calls. None throws: memory that runs out ends the process, as it does in
  // destructors.
  static ssize_t Push(gnutls_transport_ptr_t self, const void* data, size_t count) noexcept;
  static ssize_t Pull(gnutls_transport_ptr_t self, void* data, size_t count) noexcept;
  static int PullTimeout(gnutls_transport_ptr_t self, unsigned milliseconds) noexcept;
  static int Verify(gnutls_session_t session) noexcept;

  absl::Status Handshake();
  absl::Status JudgePeer();
  absl::Status Establish();
  absl::Status ReadRecords();
  absl::Status SetProtocols();
  absl::Status Failed(absl::string_view what, int error);

  const absl::Time now_;
  const SecureOptions options_;
  GnutlsSession session_;
  std::string received_;
  size_t taken_ = 0;  // of it
  std::string wire_;
  std::string text_;
  std::optional<PublicKey> key_;  // of a certificate that is good
  absl::Status judgement_;        // of the peer's certificate
  std::optional<SecurePeer> peer_;
  bool peer_closed_ = false;
  bool closed_ = false;
  absl::Status error_;
};

absl::Status TlsChannel::Session::Begin(const TlsKeys& keys) {
  const unsigned flags =
      GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_AUTO_SEND_TICKET |
      (options_.dialer ? GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT : unsigned{GNUTLS_SERVER});
  gnutls_session_t raw = nullptr;
  if (const int error = gnutls_init(&raw, flags); error < 0) return Failed("begin", error);
  session_.reset(raw);
  const TlsKeys::Gnutls& own = keys.gnutls();
  int error = gnutls_priority_set(raw, own.priorities.get());
  if (error >= 0) {
    error = gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, own.credentials.get());
  }
  if (error < 0) return Failed("begin", error);
  if (!options_.dialer) gnutls_certificate_server_set_request(raw, GNUTLS_CERT_REQUIRE);
  gnutls_handshake_set_timeout(raw, GNUTLS_INDEFINITE_TIMEOUT);
  gnutls_session_set_ptr(raw, this);
  gnutls_session_set_verify_function(raw, &Session::Verify);
  gnutls_transport_set_ptr(raw, this);
  gnutls_transport_set_push_function(raw, &Session::Push);
  gnutls_transport_set_pull_function(raw, &Session::Pull);
  gnutls_transport_set_pull_timeout_function(raw, &Session::PullTimeout);
  REHEARSE_RETURN_IF_ERROR(SetProtocols());
  return options_.dialer ? Handshake() : absl::OkStatus();
}

// The listener takes the dialler's first that it has.
absl::Status TlsChannel::Session::SetProtocols() {
  std::vector<gnutls_datum_t> protocols;
  for (const std::string& muxer : options_.muxers) protocols.push_back(GnutlsView(muxer));
  protocols.push_back(GnutlsView(kNoMuxer));
  const int error =
      gnutls_alpn_set_protocols(session_.get(), protocols.data(),
                                static_cast<unsigned>(protocols.size()), GNUTLS_ALPN_MANDATORY);
  return error < 0 ? Failed("set ALPN", error) : absl::OkStatus();
}

absl::Status TlsChannel::Session::Receive(absl::string_view wire) {
  if (!error_.ok()) return error_;
  received_.erase(0, std::exchange(taken_, 0));
  received_.append(wire.data(), wire.size());
  if (!peer_.has_value()) error_ = Handshake();
  if (error_.ok() && peer_.has_value()) error_ = ReadRecords();
  return error_;
}

absl::Status TlsChannel::Session::Handshake() {
  int result = 0;
  do {
    result = gnutls_handshake(session_.get());
  } while (result < 0 && result != GNUTLS_E_AGAIN && gnutls_error_is_fatal(result) == 0);
  if (result == GNUTLS_E_AGAIN) return absl::OkStatus();
  if (result >= 0) return Establish();
  // The peer is told why; what it says itself is no reason to answer.
  if (result != GNUTLS_E_FATAL_ALERT_RECEIVED) {
    gnutls_alert_send_appropriate(session_.get(), result);
  }
  return judgement_.ok() ? Failed("handshake", result) : judgement_;
}

absl::Status TlsChannel::Session::Establish() {
  gnutls_datum_t protocol{nullptr, 0};
  // The library lets those pass who did not ask for any protocol.
  if (gnutls_alpn_get_selected_protocol(session_.get(), &protocol) < 0) {
    gnutls_alert_send(session_.get(), GNUTLS_AL_FATAL, GNUTLS_A_NO_APPLICATION_PROTOCOL);
    return absl::DataLossError("tls: the peer asked for no protocol by ALPN");
  }
  if (!key_.has_value()) return absl::PermissionDeniedError("tls: the peer has no certificate");
  const absl::string_view chosen = GnutlsBytes(protocol);
  peer_.emplace(SecurePeer{*key_, key_->peer_id(), std::string(chosen == kNoMuxer ? "" : chosen)});
  return absl::OkStatus();
}

absl::Status TlsChannel::Session::JudgePeer() {
  unsigned count = 0;
  const gnutls_datum_t* const certificates = gnutls_certificate_get_peers(session_.get(), &count);
  if (certificates == nullptr || count != 1) {
    return absl::PermissionDeniedError(
        absl::StrCat("tls: the peer showed ", count, " certificates, one is what goes"));
  }
  REHEARSE_ASSIGN_OR_RETURN(PublicKey key, VerifyPeerCertificate(GnutlsBytes(*certificates), now_));
  REHEARSE_RETURN_IF_ERROR(CheckExpected(options_.expected, key.peer_id()));
  key_ = std::move(key);
  return absl::OkStatus();
}

absl::Status TlsChannel::Session::ReadRecords() {
  std::array<char, 16384> record;
  while (!peer_closed_) {
    const size_t before = taken_;
    const ssize_t got = gnutls_record_recv(session_.get(), record.data(), record.size());
    if (got > 0) {
      text_.append(record.data(), static_cast<size_t>(got));
    } else if (got == 0) {
      peer_closed_ = true;
    } else if (got == GNUTLS_E_AGAIN && taken_ == before) {
      return absl::OkStatus();  // otherwise it has taken a record without text, and more may follow
    } else if (gnutls_error_is_fatal(static_cast<int>(got)) != 0) {
      return Failed("read", static_cast<int>(got));
    }
  }
  return absl::OkStatus();
}

absl::Status TlsChannel::Session::Send(absl::string_view text) {
  if (!error_.ok()) return error_;
  if (!peer_.has_value() || closed_) {
    return absl::FailedPreconditionError(closed_ ? "tls: text after the end"
                                                 : "tls: text before the handshake was over");
  }
  while (!text.empty()) {
    const ssize_t sent = gnutls_record_send(session_.get(), text.data(), text.size());
    if (sent < 0) return error_ = Failed("send", static_cast<int>(sent));
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

void TlsChannel::Session::Close() {
  if (!peer_.has_value() || !error_.ok() || std::exchange(closed_, true)) return;
  gnutls_bye(session_.get(), GNUTLS_SHUT_WR);
}

absl::Status TlsChannel::Session::Failed(absl::string_view what, int error) {
  if (error == GNUTLS_E_FATAL_ALERT_RECEIVED) {
    const char* const name = gnutls_alert_get_name(gnutls_alert_get(session_.get()));
    return absl::UnavailableError(absl::StrCat("tls: the peer refuses to go on: ",
                                               name == nullptr ? "no reason given" : name));
  }
  return absl::DataLossError(GnutlsWords(absl::StrCat("tls: ", what), error));
}

ssize_t TlsChannel::Session::Push(gnutls_transport_ptr_t self, const void* data,
                                  size_t count) noexcept {
  static_cast<Session*>(self)->wire_.append(static_cast<const char*>(data), count);
  return static_cast<ssize_t>(count);
}

ssize_t TlsChannel::Session::Pull(gnutls_transport_ptr_t self, void* data, size_t count) noexcept {
  auto& session = *static_cast<Session*>(self);
  const size_t given = std::min(count, session.received_.size() - session.taken_);
  if (given == 0) {
    gnutls_transport_set_errno(session.session_.get(), EAGAIN);
    return -1;
  }
  std::memcpy(data, session.received_.data() + session.taken_, given);
  session.taken_ += given;
  return static_cast<ssize_t>(given);
}

int TlsChannel::Session::PullTimeout(gnutls_transport_ptr_t self, unsigned) noexcept {
  const auto& session = *static_cast<Session*>(self);
  return session.taken_ < session.received_.size() ? 1 : 0;
}

int TlsChannel::Session::Verify(gnutls_session_t session) noexcept {
  auto& self = *static_cast<Session*>(gnutls_session_get_ptr(session));
  self.judgement_ = self.JudgePeer();
  return self.judgement_.ok() ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

absl::StatusOr<std::unique_ptr<TlsChannel>> TlsChannel::Make(const TlsKeys& keys, absl::Time now,
                                                             SecureOptions options) {
  auto session = std::make_unique<Session>(now, std::move(options));
  if (absl::Status begun = session->Begin(keys); !begun.ok()) {
    return absl::UnavailableError(begun.message());
  }
  return std::unique_ptr<TlsChannel>(new TlsChannel(std::move(session)));
}

TlsChannel::TlsChannel(std::unique_ptr<Session> session) : session_(std::move(session)) {}
TlsChannel::~TlsChannel() = default;
absl::Status TlsChannel::Receive(absl::string_view wire) { return session_->Receive(wire); }
absl::Status TlsChannel::Send(absl::string_view text) { return session_->Send(text); }
void TlsChannel::Close() { session_->Close(); }
std::string TlsChannel::TakeWire() { return session_->TakeWire(); }
std::string TlsChannel::TakeText() { return session_->TakeText(); }
const std::optional<SecurePeer>& TlsChannel::peer() const { return session_->peer(); }
bool TlsChannel::peer_closed() const { return session_->peer_closed(); }

}  // namespace rehearse::net
