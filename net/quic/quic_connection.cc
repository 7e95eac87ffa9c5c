#include "rehearse/net/quic/quic_connection.h"

#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/quic/ngtcp2_api.h"
#include "rehearse/net/quic/quic_path.h"
#include "rehearse/net/quic/quic_send_buffer.h"

namespace rehearse::net {
namespace {

// RFC 9001: an alert `a` of TLS closes a connection by the code kCryptoError + a.
constexpr uint64_t kCryptoError = 0x100;
constexpr uint8_t kNoApplicationProtocol = 120;
// A connection that was closed answers latecomers for so many probe timeouts (RFC 9000, 10.2).
constexpr int kClosingTimeouts = 3;
// Pieces of a stream that go into one call of the library.
constexpr size_t kPiecesMax = 16;
constexpr size_t kIdsMax = 4;

uint64_t Nanos(absl::Duration length) {
  return static_cast<uint64_t>(absl::ToInt64Nanoseconds(length));
}

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

// What the library knows, and what it calls. Its functions end the process if memory runs out, as
// destructors do; none parks.
class QuicConnection::Library {
 public:
  explicit Library(QuicConnection& owner)
      : owner_(owner), packet_(owner.context_.options.packet_bytes_max, '\0') {}
  ~Library() { ngtcp2_conn_del(conn_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  absl::Status BeginDialing(const Dialing& dialing);
  absl::Status BeginAccepting(const Accepting& accepting);

  int Read(const SocketAddress& from, absl::string_view bytes, Instant now);
  // An error of the library, or how many bytes packet() has; 0: nothing can be sent just now.
  ngtcp2_ssize WritePacket(Instant now, SocketAddress& to);
  ngtcp2_ssize WriteFarewell(const quic::CloseError& error, Instant now);
  const std::string& packet() const { return packet_; }

  absl::StatusOr<int64_t> Open();
  void Write(int64_t stream, std::string bytes);
  void Finish(int64_t stream);

  // Streams without room in the peer's windows are tried again by the next WritePacket.
  void RetryBlocked();

  ngtcp2_conn* conn() const { return conn_; }
  QuicTlsSession& tls() { return tls_; }
  const absl::Status& refusal() const { return refusal_; }

 private:
  struct Outgoing {
    QuicSendBuffer buffer;
    bool finishing = false;
    bool finished = false;  // the library knows
    bool ready = false;     // in ready_ or blocked_
    bool wants() const { return buffer.has_unsent() || (finishing && !finished); }
  };

  static Library& Of(void* user) { return *static_cast<Library*>(user); }
  static ngtcp2_callbacks Callbacks();
  ngtcp2_settings Settings(Instant now) const;
  ngtcp2_transport_params Parameters() const;
  absl::Status BeginTls(const std::optional<PeerId>& expected, absl::Time wall);
  void AddId(const ngtcp2_cid& id) {
    owner_.Push({.kind = QuicEvent::Kind::kIdAdded, .bytes = std::string(quic::View(id))});
  }
  void Ready(int64_t stream, Outgoing& outgoing);
  // One call of the library, for the first of ready_. True: `written` is final.
  bool WriteSome(ngtcp2_path_storage& path, Instant now, ngtcp2_ssize& written);
  void OnWritten(int64_t stream, Outgoing& outgoing, ngtcp2_ssize taken, bool all);

  static int OnHandshakeCompleted(ngtcp2_conn*, void* user) noexcept;
  static int OnStreamOpen(ngtcp2_conn*, int64_t stream, void* user) noexcept;
  static int OnStreamData(ngtcp2_conn*, uint32_t flags, int64_t stream, uint64_t,
                          const uint8_t* data, size_t size, void* user, void*) noexcept;
  static int OnAcked(ngtcp2_conn*, int64_t stream, uint64_t offset, uint64_t count, void* user,
                     void*) noexcept;
  static int OnStreamClose(ngtcp2_conn*, uint32_t, int64_t stream, uint64_t, void* user,
                           void*) noexcept;
  static int OnStreamReset(ngtcp2_conn*, int64_t stream, uint64_t, uint64_t, void* user,
                           void*) noexcept;
  static int OnStreamsAllowed(ngtcp2_conn*, uint64_t, void* user) noexcept;
  static int OnNewId(ngtcp2_conn*, ngtcp2_cid* id, uint8_t* token, size_t size,
                     void* user) noexcept;
  static int OnRemoveId(ngtcp2_conn*, const ngtcp2_cid* id, void* user) noexcept;
  static int OnPath(ngtcp2_conn*, uint32_t, const ngtcp2_path* path,
                    ngtcp2_path_validation_result result, void* user) noexcept;
  static void OnRandom(uint8_t* out, size_t size, const ngtcp2_rand_ctx* context) noexcept;

  QuicConnection& owner_;
  QuicTlsSession tls_;  // outlives the library's connection, which looks into it to the last
  ngtcp2_conn* conn_ = nullptr;
  absl::Status refusal_;  // of a peer whose handshake went well
  std::map<int64_t, Outgoing> streams_;
  std::deque<int64_t> ready_;     // who has something to send, in turn
  std::vector<int64_t> blocked_;  // by the peer's windows
  std::string packet_;
};

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
  calls.extend_max_local_streams_bidi = &Library::OnStreamsAllowed;
  calls.get_new_connection_id = &Library::OnNewId;
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
  settings.handshake_timeout = Nanos(options.handshake_timeout);
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
  params.max_idle_timeout = Nanos(options.idle_timeout);
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
                             &settings, &params, nullptr, this);
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
                                           &calls, &settings, &params, nullptr, this);
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
  quic::IpEnd own(owner_.own_);
  quic::IpEnd peer(from);
  const ngtcp2_path path{own.Get(), peer.Get(), nullptr};
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
  if (written > 0) to = quic::ToSocketAddress(path.path.remote);
  return written;
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

// The connection.

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
  if (error != 0) OnError(error, now);
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
  library_->RetryBlocked();
  if (!over()) ngtcp2_conn_update_pkt_tx_time(library_->conn(), quic::Stamp(now));
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
  ngtcp2_conn_set_keep_alive_timeout(library_->conn(),
                                     on ? Nanos(context_.options.keep_alive) : off);
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
    case NGTCP2_ERR_DRAINING: return EndWith(State::kDraining, PeerClosed(conn), now);
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
      return EndWith(
          State::kGone,
          absl::UnavailableError(absl::StrCat("quic: the peer was silent for ",
                                              absl::FormatDuration(context_.options.idle_timeout))),
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
  Push({.kind = QuicEvent::Kind::kOver, .status = std::move(why)});
}

}  // namespace rehearse::net
