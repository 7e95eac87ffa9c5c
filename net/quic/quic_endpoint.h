// All QUIC connections of one datagram socket, and the fiber that drives them.
//
// One fiber receives and leaves what came in a bounded queue; another, the driver, owns the
// connections: it gives them what came, does what fibers of streams wish, sends what they have to
// say, and parks until something of that happens or the earliest of their timers is due. So there
// is one timer an endpoint, and no fiber a packet or a connection.
//
// A datagram finds its connection by the id that it begins with, whatever address it came from.

#ifndef REHEARSE_NET_QUIC_QUIC_ENDPOINT_H_
#define REHEARSE_NET_QUIC_QUIC_ENDPOINT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_outbox.h"
#include "rehearse/net/quic/quic_packet.h"
#include "rehearse/net/quic/quic_session.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class QuicEndpoint : public std::enable_shared_from_this<QuicEndpoint> {
 public:
  // Binds a socket and begins. It ends by itself once it has had nothing to do for
  // QuicOptions::linger_timeout.
  //   as Sockets::Bind
  static absl::StatusOr<std::shared_ptr<QuicEndpoint>> Open(std::shared_ptr<QuicContext> context,
                                                            const SocketAddress& address);

  QuicEndpoint(std::shared_ptr<QuicContext> context, std::unique_ptr<DatagramSocket> socket);

  // On any fiber.

  // Takes connections from now on; `on_stream` is told of the streams on them.
  //   kAlreadyExists  somebody listens here.
  //   kUnavailable    the endpoint has ended.
  absl::Status Listen(QuicSession::OnStream on_stream);
  // Refuses connections. Those that stand stay.
  void StopListening();

  // Begins to dial. Null: the endpoint has ended.
  std::shared_ptr<QuicSession> Dial(const SocketAddress& to, std::optional<PeerId> expected,
                                    QuicSession::OnStream on_stream);

  // Connections go when their last streams do, and with the last of them the endpoint.
  void CloseWhenIdle();

  bool ended() const;
  const SocketAddress& address() const { return address_; }

 private:
  // A connection, and what fibers have of it.
  struct Entry {
    explicit Entry(std::shared_ptr<UnreadBudget> budget) : held(std::move(budget)) {}

    std::unique_ptr<QuicConnection> connection;
    std::shared_ptr<QuicSession> session;
    std::vector<std::string> ids;
    std::vector<std::string> tokens;
    Instant timer = Instant::Infinite();  // as it is in timers_
    bool told_established = false;
    Admission::Place place = nullptr;  // of one that came in
    bool refused = false;              // its peer is not allowed here
    size_t refused_streams = 0;
    UnreadShare held;  // by the library
  };

  // What others want of the driver.
  struct DialRequest {
    uint64_t number;
    SocketAddress to;
    std::optional<PeerId> expected;
    std::shared_ptr<QuicSession> session;
  };
  struct Work {
    std::deque<DatagramBatch> arrived;
    size_t datagrams = 0;  // in them
    std::vector<uint64_t> kicked;
    std::vector<DialRequest> dials;
    QuicSession::OnStream on_stream;
    bool close_when_idle = false;
    bool empty() const { return arrived.empty() && kicked.empty() && dials.empty(); }
  };

  void Start();

  // The receiving fiber.
  void ReceiveAll();
  bool Rest();
  void Leave(DatagramBatch batch);

  // The driver.
  void Drive();
  bool Park();
  Work TakeWork();
  void Turn(Work work);
  void OnDatagram(const SocketAddress& from, absl::string_view datagram);
  bool Finds(absl::string_view datagram, uint64_t& number) const;
  void OnStranger(const SocketAddress& from, absl::string_view datagram);
  void OnInitial(const QuicArrival& arrival, const SocketAddress& from, absl::string_view datagram);
  void Refuse(const QuicArrival& arrival, const SocketAddress& from, const absl::Status& why);
  void Admit(const QuicArrival& arrival, const SocketAddress& from, absl::string_view datagram,
             std::optional<std::string> original);
  void BeginDialing(DialRequest request);
  void FireTimers();
  Entry& Add(uint64_t number) {
    return entries_.try_emplace(number, context_->unread).first->second;
  }
  void Touch(uint64_t number) { touched_.insert(number); }
  void Settle(uint64_t number);
  bool SendAll(QuicConnection& connection);
  void Hear(uint64_t number, Entry& entry);
  void OnEvent(uint64_t number, Entry& entry, const QuicEvent& event);
  void OnEstablished(Entry& entry);
  void OnRefusedStreams(Entry& entry, const QuicSession::Refused& streams);
  void CountHeld(Entry& entry);
  void RefuseStranger(QuicCount count, const SocketAddress& from, absl::string_view why);
  void CountEnd(const Entry& entry, const absl::Status& why);
  void Report(QuicCount count, TcpEvent event, const Entry& entry, absl::string_view why);
  void Forget(uint64_t number);
  void SetTimer(uint64_t number, Entry& entry);
  void SendTo(const SocketAddress& to, absl::string_view bytes);
  void EndAll();
  bool TryEnd();

  std::shared_ptr<QuicSession> MakeSession(uint64_t number, const SocketAddress& address,
                                           bool dialed_here, QuicSession::OnStream on_stream);
  void Kick(uint64_t number);
  void WakeDriver();
  QuicConnection::Context connection_context() const;

  const std::shared_ptr<QuicContext> context_;
  const std::unique_ptr<DatagramSocket> socket_;
  const SocketAddress address_;

  // The driver's own.
  QuicOutbox outbox_;
  Instant now_;
  std::map<uint64_t, Entry> entries_;  // by the order in which they began
  std::map<std::string, uint64_t, std::less<>> ids_;
  std::map<std::string, uint64_t, std::less<>> tokens_;  // by which peers say that they forgot
  std::set<std::pair<Instant, uint64_t>> timers_;
  std::set<uint64_t> touched_;
  QuicSession::OnStream on_stream_;  // null: nobody listens
  bool closes_when_idle_ = false;
  size_t handshakes_ = 0;  // of those that came in
  int answers_left_ = 0;   // to strangers, in this turn
  Instant idle_since_ = Instant::Infinite();

  mutable SpinLock lock_;
  Work work_;
  bool listening_ = false;
  bool changed_ = false;  // since the driver last looked
  bool ended_ = false;
  uint64_t next_number_ = 1;
  WaitToken driver_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_ENDPOINT_H_
