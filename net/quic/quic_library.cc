#include "rehearse/net/quic/quic_library.h"

#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/quic/quic_path.h"

namespace rehearse::net {
namespace {

// Pieces of a stream that go into one call of the library.
constexpr size_t kPiecesMax = 16;
constexpr size_t kIdsMax = 4;

ngtcp2_cid IdOf(absl::string_view bytes) {
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, quic::Data(bytes), bytes.size());
  return id;
}

ngtcp2_cid DrawId(Entropy& entropy) {
  ngtcp2_cid id;
  id.datalen = kQuicIdBytes;
  entropy.Fill(absl::MakeSpan(id.data, id.datalen));
  return id;
}

absl::Status LibraryFailed(absl::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat("quic: ", what, ": ", ngtcp2_strerror(error)));
}

}  // namespace

// Beginning.

ngtcp2_callbacks QuicConnection::Library::Callbacks() {
  ngtcp2_callbacks calls{};
  calls.client_initial = ngtcp2_crypto_client_initial_cb;
  calls.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  calls.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  calls.encrypt = ngtcp2_crypto_encrypt_cb;
  calls.decrypt = ngtcp2_crypto_decrypt_cb;
  calls.hp_mask = ngtcp2_crypto_hp_mask_cb;
  calls.recv_retry = ngtcp2_crypto_recv_retry_cb;
  calls.update_key = ngtcp2_crypto_update_key_cb;
  calls.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  calls.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  calls.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  calls.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  calls.handshake_completed = &Library::OnHandshakeCompleted;
  calls.stream_open = &Library::OnStreamOpen;
  calls.recv_stream_data = &Library::OnStreamData;
  calls.acked_stream_data_offset = &Library::OnAcked;
  calls.stream_close = &Library::OnStreamClose;
  calls.stream_reset = &Library::OnStreamReset;
  calls.recv_stateless_reset = &Library::OnForgotten;
  calls.extend_max_local_streams_bidi = &Library::OnStreamsAllowed;
  calls.get_new_connection_id = &Library::OnNewId;
  calls.dcid_status = &Library::OnPeersId;
  calls.remove_connection_id = &Library::OnRemoveId;
  calls.path_validation = &Library::OnPath;
  calls.rand = &Library::OnRandom;
  return calls;
}

ngtcp2_settings QuicConnection::Library::Settings(Instant now) const {
  const QuicOptions& options = owner_.context_.options;
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = quic::Stamp(now);
  settings.handshake_timeout = quic::Nanos(options.handshake_timeout);
  settings.max_tx_udp_payload_size = options.packet_bytes_max;
  settings.rand_ctx.native_handle = &owner_.context_.entropy;
  return settings;
}

ngtcp2_transport_params QuicConnection::Library::Parameters() const {
  const QuicOptions& options = owner_.context_.options;
  ngtcp2_transport_params params;
  ngtcp2_transport_params_default(&params);
  params.initial_max_stream_data_bidi_local = options.stream_window_bytes;
  params.initial_max_stream_data_bidi_remote = options.stream_window_bytes;
  params.initial_max_data = options.connection_window_bytes;
  params.initial_max_streams_bidi = options.incoming_streams_max;
  params.max_idle_timeout = quic::Nanos(options.idle_timeout);
  params.active_connection_id_limit = kIdsMax;
  return params;
}

absl::Status QuicConnection::Library::BeginTls(const std::optional<PeerId>& expected,
                                               absl::Time wall) {
  QuicTlsSession::Options options;
  options.dialer = owner_.dialer_;
  options.expected = expected;
  options.now = wall;
  REHEARSE_RETURN_IF_ERROR(tls_.Begin(owner_.context_.tls, options));
  tls_.set_connection(conn_);
  ngtcp2_conn_set_tls_native_handle(conn_, tls_.get());
  return absl::OkStatus();
}

absl::Status QuicConnection::Library::BeginDialing(const Dialing& dialing) {
  const ngtcp2_cid destination = DrawId(owner_.context_.entropy);
  const ngtcp2_cid source = DrawId(owner_.context_.entropy);
  quic::IpEnd own(dialing.ends.own);
  quic::IpEnd peer(dialing.ends.peer);
  const ngtcp2_path path{own.Get(), peer.Get(), nullptr};
  const ngtcp2_callbacks calls = Callbacks();
  const ngtcp2_settings settings = Settings(dialing.now);
  const ngtcp2_transport_params params = Parameters();
  const int error =
      ngtcp2_conn_client_new(&conn_, &destination, &source, &path, NGTCP2_PROTO_VER_V1, &calls,
                             &settings, &params, memory_.get(), this);
  if (error != 0) return LibraryFailed("dial", error);
  AddId(source);
  return BeginTls(dialing.expected, dialing.wall);
}

absl::Status QuicConnection::Library::BeginAccepting(const Accepting& accepting) {
  const ngtcp2_cid destination = IdOf(accepting.source);
  const ngtcp2_cid source = DrawId(owner_.context_.entropy);
  quic::IpEnd own(accepting.ends.own);
  quic::IpEnd peer(accepting.ends.peer);
  const ngtcp2_path path{own.Get(), peer.Get(), nullptr};
  const ngtcp2_callbacks calls = Callbacks();
  ngtcp2_settings settings = Settings(accepting.now);
  ngtcp2_transport_params params = Parameters();
  quic::SetOriginalId(params,
                      IdOf(accepting.token.empty() ? accepting.destination : accepting.original));
  if (!accepting.token.empty()) {
    quic::SetToken(settings, accepting.token);
    params.retry_scid = IdOf(accepting.destination);
    params.retry_scid_present = 1;
  }
  params.stateless_reset_token_present = 1;
  const std::string& secret = owner_.context_.reset_secret;
  ngtcp2_crypto_generate_stateless_reset_token(params.stateless_reset_token, quic::Data(secret),
                                               secret.size(), &source);
  const int error = ngtcp2_conn_server_new(&conn_, &destination, &source, &path, accepting.version,
                                           &calls, &settings, &params, memory_.get(), this);
  if (error != 0) return LibraryFailed("accept", error);
  AddId(source);
  // The dialler goes on to use the one that it made up, until it hears of ours; and what is sent
  // twice must not begin a second connection.
  AddId(IdOf(accepting.destination));
  return BeginTls(std::nullopt, accepting.wall);
}

// What the library calls.

int QuicConnection::Library::OnHandshakeCompleted(ngtcp2_conn*, void* user) noexcept {
  Library& self = Of(user);
  absl::StatusOr<PublicKey> key = self.tls_.Peer();
  if (!key.ok()) {
    self.refusal_ = key.status();
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  self.owner_.peer_ = *std::move(key);
  self.owner_.state_ = State::kOpen;
  self.owner_.Push({.kind = QuicEvent::Kind::kEstablished});
  return 0;
}

int QuicConnection::Library::OnStreamOpen(ngtcp2_conn*, int64_t stream, void* user) noexcept {
  Library& self = Of(user);
  self.streams_.try_emplace(stream);
  self.owner_.Push({.kind = QuicEvent::Kind::kStreamOpened, .stream = stream});
  return 0;
}

int QuicConnection::Library::OnStreamData(ngtcp2_conn*, uint32_t flags, int64_t stream, uint64_t,
                                          const uint8_t* data, size_t size, void* user,
                                          void*) noexcept {
  Library& self = Of(user);
  if (size > 0) {
    self.owner_.Push({.kind = QuicEvent::Kind::kData,
                      .stream = stream,
                      .bytes = std::string(quic::View(data, size))});
  }
  if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) {
    self.owner_.Push({.kind = QuicEvent::Kind::kEnd, .stream = stream});
  }
  return 0;
}

int QuicConnection::Library::OnAcked(ngtcp2_conn*, int64_t stream, uint64_t offset, uint64_t count,
                                     void* user, void*) noexcept {
  Library& self = Of(user);
  const auto found = self.streams_.find(stream);
  if (found == self.streams_.end() || count == 0) return 0;
  found->second.buffer.OnAcked(offset + count);
  self.owner_.Push({.kind = QuicEvent::Kind::kAcked, .stream = stream, .count = count});
  return 0;
}

int QuicConnection::Library::OnStreamClose(ngtcp2_conn* conn, uint32_t, int64_t stream, uint64_t,
                                           void* user, void*) noexcept {
  Library& self = Of(user);
  self.streams_.erase(stream);
  if (ngtcp2_conn_is_local_stream(conn, stream) == 0) ngtcp2_conn_extend_max_streams_bidi(conn, 1);
  self.owner_.Push({.kind = QuicEvent::Kind::kStreamGone, .stream = stream});
  return 0;
}

int QuicConnection::Library::OnStreamReset(ngtcp2_conn*, int64_t stream, uint64_t, uint64_t,
                                           void* user, void*) noexcept {
  Of(user).owner_.Push({.kind = QuicEvent::Kind::kReset, .stream = stream});
  return 0;
}

int QuicConnection::Library::OnForgotten(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*,
                                         void* user) noexcept {
  Of(user).forgotten_ = true;
  return 0;
}

int QuicConnection::Library::OnStreamsAllowed(ngtcp2_conn*, uint64_t, void* user) noexcept {
  Of(user).owner_.Push({.kind = QuicEvent::Kind::kStreamsAllowed});
  return 0;
}

int QuicConnection::Library::OnNewId(ngtcp2_conn*, ngtcp2_cid* id, uint8_t* token, size_t size,
                                     void* user) noexcept {
  Library& self = Of(user);
  id->datalen = size;
  self.owner_.context_.entropy.Fill(absl::MakeSpan(id->data, size));
  const std::string& secret = self.owner_.context_.reset_secret;
  if (ngtcp2_crypto_generate_stateless_reset_token(token, quic::Data(secret), secret.size(), id) !=
      0) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  self.AddId(*id);
  return 0;
}

int QuicConnection::Library::OnPeersId(ngtcp2_conn*, int type, uint64_t, const ngtcp2_cid*,
                                       const uint8_t* token, void* user) noexcept {
  if (token == nullptr) return 0;
  const bool added = type == NGTCP2_CONNECTION_ID_STATUS_TYPE_ACTIVATE;
  Of(user).owner_.Push(
      {.kind = added ? QuicEvent::Kind::kTokenAdded : QuicEvent::Kind::kTokenRemoved,
       .bytes = std::string(quic::View(token, NGTCP2_STATELESS_RESET_TOKENLEN))});
  return 0;
}

int QuicConnection::Library::OnRemoveId(ngtcp2_conn*, const ngtcp2_cid* id, void* user) noexcept {
  Of(user).owner_.Push(
      {.kind = QuicEvent::Kind::kIdRemoved, .bytes = std::string(quic::View(*id))});
  return 0;
}

int QuicConnection::Library::OnPath(ngtcp2_conn*, uint32_t, const ngtcp2_path* path,
                                    ngtcp2_path_validation_result result, void* user) noexcept {
  if (result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS) {
    Of(user).owner_.to_ = quic::ToSocketAddress(path->remote);
  }
  return 0;
}

void QuicConnection::Library::OnRandom(uint8_t* out, size_t size,
                                       const ngtcp2_rand_ctx* context) noexcept {
  static_cast<Entropy*>(context->native_handle)->Fill(absl::MakeSpan(out, size));
}

// Packets.

int QuicConnection::Library::Read(const SocketAddress& from, absl::string_view bytes, Instant now) {
  if (!(from == from_)) {
    from_ = from;
    from_end_ = quic::IpEnd(from);
  }
  const ngtcp2_path path{own_end_.Get(), from_end_.Get(), nullptr};
  const ngtcp2_pkt_info info{};
  return ngtcp2_conn_read_pkt(conn_, &path, &info, quic::Data(bytes), bytes.size(),
                              quic::Stamp(now));
}

ngtcp2_ssize QuicConnection::Library::WritePacket(Instant now, SocketAddress& to) {
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_ssize written = 0;
  while (!WriteSome(path, now, written)) {
  }
  if (written > 0) to = AddressOf(path.path.remote);
  return written;
}

const SocketAddress& QuicConnection::Library::AddressOf(const ngtcp2_addr& address) {
  if (!to_end_.Is(address)) {
    to_ = quic::ToSocketAddress(address);
    to_end_ = quic::IpEnd(to_);
  }
  return to_;
}

bool QuicConnection::Library::WriteSome(ngtcp2_path_storage& path, Instant now,
                                        ngtcp2_ssize& written) {
  std::array<ngtcp2_vec, kPiecesMax> pieces;
  size_t count = 0;
  size_t total = 0;
  int64_t stream = -1;
  Outgoing* outgoing = nullptr;
  uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
  if (!ready_.empty()) {
    stream = ready_.front();
    const auto found = streams_.find(stream);
    if (found == streams_.end()) {
      ready_.pop_front();
      return false;
    }
    outgoing = &found->second;
    bool all = true;
    outgoing->buffer.ForUnsent([&](absl::string_view piece) {
      if (count == pieces.size()) return all = false;
      pieces[count++] = {const_cast<uint8_t*>(quic::Data(piece)), piece.size()};
      total += piece.size();
      return true;
    });
    flags |= NGTCP2_WRITE_STREAM_FLAG_MORE;
    if (all && outgoing->finishing) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
  }
  ngtcp2_pkt_info info{};
  ngtcp2_ssize taken = -1;
  written = ngtcp2_conn_writev_stream(
      conn_, &path.path, &info, reinterpret_cast<uint8_t*>(packet_.data()), packet_.size(), &taken,
      flags, stream, pieces.data(), count, quic::Stamp(now));
  if (outgoing != nullptr && taken >= 0) {
    const bool all = static_cast<size_t>(taken) == total;
    OnWritten(stream, *outgoing, taken, all && (flags & NGTCP2_WRITE_STREAM_FLAG_FIN) != 0);
  }
  switch (written) {
    case NGTCP2_ERR_WRITE_MORE: return false;
    case NGTCP2_ERR_STREAM_DATA_BLOCKED:
      ready_.pop_front();
      blocked_.push_back(stream);
      return false;
    case NGTCP2_ERR_STREAM_SHUT_WR:
    case NGTCP2_ERR_STREAM_NOT_FOUND:
      // The library tells so of a peer that reads no more.
      ready_.pop_front();
      outgoing->ready = false;
      owner_.Push({.kind = QuicEvent::Kind::kStopped, .stream = stream});
      return false;
    default: return true;
  }
}

// Whoever has more to send takes its place behind the others.
void QuicConnection::Library::OnWritten(int64_t stream, Outgoing& outgoing, ngtcp2_ssize taken,
                                        bool finished) {
  outgoing.buffer.OnSent(static_cast<size_t>(taken));
  outgoing.finished = outgoing.finished || finished;
  ready_.pop_front();
  outgoing.ready = outgoing.wants();
  if (outgoing.ready) ready_.push_back(stream);
}

void QuicConnection::Library::RetryBlocked() {
  for (const int64_t stream : std::exchange(blocked_, {})) ready_.push_back(stream);
}

ngtcp2_ssize QuicConnection::Library::WriteFarewell(const quic::CloseError& error, Instant now) {
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  const ngtcp2_ssize written = ngtcp2_conn_write_connection_close(
      conn_, &path.path, &info, reinterpret_cast<uint8_t*>(packet_.data()), packet_.size(), &error,
      quic::Stamp(now));
  if (written > 0) owner_.to_ = quic::ToSocketAddress(path.path.remote);
  return written;
}

// Streams.

absl::StatusOr<int64_t> QuicConnection::Library::Open() {
  int64_t stream = -1;
  const int error = ngtcp2_conn_open_bidi_stream(conn_, &stream, nullptr);
  if (error == NGTCP2_ERR_STREAM_ID_BLOCKED) {
    return absl::ResourceExhaustedError("quic: the peer allows no more streams just now");
  }
  if (error != 0) return LibraryFailed("open a stream", error);
  streams_.try_emplace(stream);
  return stream;
}

void QuicConnection::Library::Ready(int64_t stream, Outgoing& outgoing) {
  if (!std::exchange(outgoing.ready, true)) ready_.push_back(stream);
}

void QuicConnection::Library::Write(int64_t stream, std::string bytes) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.finishing) return;
  found->second.buffer.Append(std::move(bytes));
  Ready(stream, found->second);
}

void QuicConnection::Library::Finish(int64_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || std::exchange(found->second.finishing, true)) return;
  Ready(stream, found->second);
}

}  // namespace rehearse::net
