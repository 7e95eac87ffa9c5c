// A connection of ngtcp2's, for its QuicConnection alone: what the library knows, and what it
// calls.

#ifndef REHEARSE_NET_QUIC_QUIC_LIBRARY_H_
#define REHEARSE_NET_QUIC_QUIC_LIBRARY_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/quic/ngtcp2_api.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_memory.h"
#include "rehearse/net/quic/quic_path.h"
#include "rehearse/net/quic/quic_send_buffer.h"
#include "rehearse/net/quic/quic_tls.h"

namespace rehearse::net {

// Its functions end the process if memory runs out, as
// destructors do; none parks.
class QuicConnection::Library {
 public:
  explicit Library(QuicConnection& owner)
      : owner_(owner),
        own_end_(owner.own_),
        packet_(owner.context_.options.packet_bytes_max, '\0') {}
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
  const QuicMemory& memory() const { return memory_; }
  QuicTlsSession& tls() { return tls_; }
  const absl::Status& refusal() const { return refusal_; }
  // The peer knows nothing of the connection any more, and has proven that it once did.
  bool forgotten() const { return forgotten_; }

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
  const SocketAddress& AddressOf(const ngtcp2_addr& address);
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
  static int OnForgotten(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user) noexcept;
  static int OnStreamsAllowed(ngtcp2_conn*, uint64_t, void* user) noexcept;
  static int OnNewId(ngtcp2_conn*, ngtcp2_cid* id, uint8_t* token, size_t size,
                     void* user) noexcept;
  static int OnPeersId(ngtcp2_conn*, int type, uint64_t, const ngtcp2_cid*, const uint8_t* token,
                       void* user) noexcept;
  static int OnRemoveId(ngtcp2_conn*, const ngtcp2_cid* id, void* user) noexcept;
  static int OnPath(ngtcp2_conn*, uint32_t, const ngtcp2_path* path,
                    ngtcp2_path_validation_result result, void* user) noexcept;
  static void OnRandom(uint8_t* out, size_t size, const ngtcp2_rand_ctx* context) noexcept;

  QuicConnection& owner_;
  QuicTlsSession tls_;  // outlives the library's connection, which looks into it to the last
  QuicMemory memory_;   // and so does this
  ngtcp2_conn* conn_ = nullptr;
  absl::Status refusal_;  // of a peer whose handshake went well
  bool forgotten_ = false;
  // The peer's address as the library last had it, and as it last gave it; each is made once.
  SocketAddress from_;
  quic::IpEnd from_end_;
  SocketAddress to_;
  quic::IpEnd to_end_;
  const quic::IpEnd own_end_;
  std::map<int64_t, Outgoing> streams_;
  std::deque<int64_t> ready_;     // who has something to send, in turn
  std::vector<int64_t> blocked_;  // by the peer's windows
  std::string packet_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_LIBRARY_H_
