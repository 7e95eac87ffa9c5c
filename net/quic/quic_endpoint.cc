#include "rehearse/net/quic/quic_endpoint.h"

#include <algorithm>
#include <mutex>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/quic/quic_address.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

// Answers to strangers in one turn; the others get none, so that who floods us is not helped.
constexpr int kAnswersMax = 64;
// Packets that one connection sends before others have their turn.
constexpr uint64_t kPacketsMax = 64;
// What the library may hold of a connection even if the node has no room.
constexpr size_t kLibraryShareBytes = size_t{1} << 20;
constexpr absl::Duration kExhaustedPause = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::shared_ptr<QuicEndpoint>> QuicEndpoint::Open(
    std::shared_ptr<QuicContext> context, const SocketAddress& address) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<DatagramSocket> socket,
                            context->streams->sockets.Bind(address));
  auto endpoint = std::make_shared<QuicEndpoint>(std::move(context), std::move(socket));
  endpoint->Start();
  return endpoint;
}

QuicEndpoint::QuicEndpoint(std::shared_ptr<QuicContext> context,
                           std::unique_ptr<DatagramSocket> socket)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      address_(socket_->address()),
      outbox_(*socket_) {
  socket_->NeverFragment();
}

void QuicEndpoint::Start() {
  context_->streams->Start("quic receive", [self = shared_from_this()] { self->ReceiveAll(); });
  context_->streams->Start("quic drive", [self = shared_from_this()] { self->Drive(); });
}

// On any fiber.

absl::Status QuicEndpoint::Listen(QuicSession::OnStream on_stream) {
  {
    const Lock lock(lock_);
    if (ended_) return absl::UnavailableError("the endpoint has ended");
    if (std::exchange(listening_, true)) {
      return absl::AlreadyExistsError(
          absl::StrCat("listen at ", QuicAddressText(address_), ": this node does already"));
    }
    work_.on_stream = std::move(on_stream);
    changed_ = true;
  }
  WakeDriver();
  return absl::OkStatus();
}

void QuicEndpoint::StopListening() {
  QuicSession::OnStream dropped;
  {
    const Lock lock(lock_);
    if (!std::exchange(listening_, false)) return;
    dropped = std::exchange(work_.on_stream, nullptr);
    changed_ = true;
  }
  WakeDriver();
}

std::shared_ptr<QuicSession> QuicEndpoint::Dial(const SocketAddress& to,
                                                std::optional<PeerId> expected,
                                                QuicSession::OnStream on_stream) {
  uint64_t number = 0;
  {
    const Lock lock(lock_);
    number = next_number_++;
  }
  std::shared_ptr<QuicSession> session =
      MakeSession(number, to, /*dialed_here=*/true, std::move(on_stream));
  {
    const Lock lock(lock_);
    if (ended_) return nullptr;
    work_.dials.push_back({number, to, std::move(expected), session});
  }
  WakeDriver();
  return session;
}

void QuicEndpoint::CloseWhenIdle() {
  {
    const Lock lock(lock_);
    work_.close_when_idle = true;
    changed_ = true;
  }
  WakeDriver();
}

bool QuicEndpoint::ended() const {
  const Lock lock(lock_);
  return ended_;
}

std::shared_ptr<QuicSession> QuicEndpoint::MakeSession(uint64_t number,
                                                       const SocketAddress& address,
                                                       bool dialed_here,
                                                       QuicSession::OnStream on_stream) {
  return std::make_shared<QuicSession>(
      QuicSession::Options{.scheduler = context_->streams->node.scheduler(),
                           .quic = context_->options,
                           .dialed_here = dialed_here,
                           .address = address,
                           .on_stream = std::move(on_stream),
                           .budget = context_->unread,
                           .kick = [endpoint = weak_from_this(), number] {
                             if (const auto self = endpoint.lock()) self->Kick(number);
                           }});
}

void QuicEndpoint::Kick(uint64_t number) {
  {
    const Lock lock(lock_);
    if (ended_) return;
    // Most often the same one again.
    if (work_.kicked.empty() || work_.kicked.back() != number) work_.kicked.push_back(number);
  }
  WakeDriver();
}

void QuicEndpoint::WakeDriver() {
  WaitToken driver;
  {
    const Lock lock(lock_);
    driver = std::exchange(driver_, WaitToken{});
  }
  if (driver) Waitable::Wake(driver, WakeReason::kNotified);
}

// The receiving fiber.

void QuicEndpoint::ReceiveAll() {
  while (true) {
    absl::StatusOr<DatagramBatch> batch = socket_->ReceiveBatch(Instant::Infinite());
    if (batch.ok()) {
      Leave(*std::move(batch));
    } else if (!absl::IsResourceExhausted(batch.status()) || !Rest()) {
      return;
    }
  }
}

// False: the fiber is to end.
bool QuicEndpoint::Rest() {
  Wait wait(context_->streams->node.scheduler(), "Rest");
  return wait.Until(context_->streams->node.DeadlineIn(kExhaustedPause)) == WakeReason::kDeadline;
}

void QuicEndpoint::Leave(DatagramBatch batch) {
  const size_t count = batch.size();
  bool dropped = false;
  {
    const Lock lock(lock_);
    dropped = work_.datagrams >= context_->options.waiting_datagrams_max;
    if (!dropped) {
      work_.datagrams += count;
      work_.arrived.push_back(std::move(batch));
    }
  }
  context_->Count(dropped ? QuicCount::kDropped : QuicCount::kPacketsIn, count);
  WakeDriver();
}

// The driver.

void QuicEndpoint::Drive() {
  // However this fiber ends, nobody waits for it in vain.
  const absl::Cleanup end = [this] { EndAll(); };
  do {
    now_ = CurrentWorker()->RefreshNow();
    Turn(TakeWork());
  } while (!TryEnd() && Park());
}

// False: the fiber is to end.
bool QuicEndpoint::Park() {
  if (!touched_.empty()) return true;
  Instant wake = timers_.empty() ? Instant::Infinite() : timers_.begin()->first;
  if (entries_.empty() && on_stream_ == nullptr) {
    wake = std::min(wake, idle_since_ + context_->options.linger_timeout);
  }
  Wait wait(context_->streams->node.scheduler(), "Drive");
  {
    const Lock lock(lock_);
    if (!work_.empty() || changed_) return true;
    driver_ = wait.token();
  }
  const WakeReason reason = wait.Until(wake);
  return reason == WakeReason::kNotified || reason == WakeReason::kDeadline;
}

QuicEndpoint::Work QuicEndpoint::TakeWork() {
  Work work;
  const Lock lock(lock_);
  changed_ = false;
  work.on_stream = work_.on_stream;
  work.close_when_idle = work_.close_when_idle;
  std::swap(work.arrived, work_.arrived);
  work_.datagrams = 0;
  std::swap(work.kicked, work_.kicked);
  std::swap(work.dials, work_.dials);
  return work;
}

void QuicEndpoint::Turn(Work work) {
  on_stream_ = std::move(work.on_stream);
  answers_left_ = kAnswersMax;
  if (work.close_when_idle && !std::exchange(closes_when_idle_, true)) {
    for (auto& [number, entry] : entries_) {
      entry.session->CloseWhenIdle();
      Touch(number);
    }
  }
  for (DialRequest& dial : work.dials) BeginDialing(std::move(dial));
  for (const DatagramBatch& batch : work.arrived) {
    batch.ForEach([&](absl::string_view datagram) { OnDatagram(batch.from, datagram); });
  }
  for (const uint64_t number : work.kicked) Touch(number);
  FireTimers();
  for (const uint64_t number : std::exchange(touched_, {})) Settle(number);
}

void QuicEndpoint::OnDatagram(const SocketAddress& from, absl::string_view datagram) {
  uint64_t number = 0;
  if (!Finds(datagram, number)) return OnStranger(from, datagram);
  Entry& entry = entries_.at(number);
  entry.connection->Receive(from, datagram, now_);
  Touch(number);
  Hear(number, entry);
}

// Whose it is, if it is somebody's. What a peer sends that has forgotten the connection has no id
// of ours, and looks like any other packet.
bool QuicEndpoint::Finds(absl::string_view datagram, uint64_t& number) const {
  const absl::string_view id = QuicDestination(datagram);
  if (id.empty()) return false;
  auto found = ids_.find(id);
  if (found == ids_.end()) {
    found = tokens_.find(ResetToken(datagram));
    if (found == tokens_.end()) return false;
  }
  number = found->second;
  return true;
}

void QuicEndpoint::OnStranger(const SocketAddress& from, absl::string_view datagram) {
  const QuicArrival arrival = ReadQuicArrival(datagram);
  if (answers_left_ == 0) return RefuseStranger(QuicCount::kJunk, from, "too many strangers");
  switch (arrival.kind) {
    case QuicArrival::Kind::kInitial: return OnInitial(arrival, from, datagram);
    case QuicArrival::Kind::kUnknownVersion:
      if (on_stream_ == nullptr) break;
      --answers_left_;
      RefuseStranger(QuicCount::kVersionNegotiations, from, "a version that is not spoken here");
      return SendTo(from, WriteVersionNegotiation(arrival, context_->entropy));
    case QuicArrival::Kind::kShort:
      --answers_left_;
      RefuseStranger(QuicCount::kResets, from, "a packet of no connection that is known here");
      return SendTo(from,
                    WriteReset(arrival, datagram.size(), context_->secret, context_->entropy));
    case QuicArrival::Kind::kLong:
    case QuicArrival::Kind::kJunk: break;
  }
  RefuseStranger(QuicCount::kJunk, from, "what is no packet, or of no connection");
}

// Counts a datagram of nobody who is known, and says so.
void QuicEndpoint::RefuseStranger(QuicCount count, const SocketAddress& from,
                                  absl::string_view why) {
  context_->Count(count);
  if (context_->streams->Tells()) context_->streams->Tell("refuse", QuicAddressText(from), why);
}

void QuicEndpoint::OnInitial(const QuicArrival& arrival, const SocketAddress& from,
                             absl::string_view datagram) {
  const QuicOptions& options = context_->options;
  if (on_stream_ == nullptr || closes_when_idle_) {
    return Refuse(arrival, from, absl::ResourceExhaustedError("nobody listens here"));
  }
  std::optional<std::string> original = VerifyRetry(arrival, from, context_->secret, now_);
  if (!original.has_value() && handshakes_ >= options.handshakes_before_retry) {
    --answers_left_;
    context_->Count(QuicCount::kRetries);
    return SendTo(from, WriteRetry(arrival, from, context_->secret, context_->entropy, now_));
  }
  Admit(arrival, from, datagram, std::move(original));
}

void QuicEndpoint::Refuse(const QuicArrival& arrival, const SocketAddress& from,
                          const absl::Status& why) {
  --answers_left_;
  context_->Count(QuicCount::kRefusedLimit);
  context_->streams->Report(
      absl::IsUnavailable(why) ? TcpEvent::kRefusedRate : TcpEvent::kRefusedLimit, "refuse",
      QuicAddressText(from), why.message());
  SendTo(from, WriteRefusal(arrival));
}

void QuicEndpoint::Admit(const QuicArrival& arrival, const SocketAddress& from,
                         absl::string_view datagram, std::optional<std::string> original) {
  QuicConnection::Accepting accepting{.ends = {address_, from},
                                      .version = arrival.version,
                                      .destination = arrival.destination,
                                      .source = arrival.source,
                                      .now = now_};
  if (original.has_value()) {
    accepting.original = *std::move(original);
    accepting.token = arrival.token;
  }
  const absl::StatusOr<absl::Time> wall = context_->streams->node.clock().WallTime();
  absl::StatusOr<Admission::Place> place = context_->admission->TryEnter(from, now_);
  if (!wall.ok()) return Refuse(arrival, from, wall.status());
  if (!place.ok()) return Refuse(arrival, from, place.status());
  accepting.wall = *wall;
  auto connection = QuicConnection::Accept(connection_context(), accepting);
  if (!connection.ok()) return Refuse(arrival, from, connection.status());
  uint64_t number = 0;
  {
    const Lock lock(lock_);
    number = next_number_++;
  }
  Entry& entry = Add(number);
  entry.connection = *std::move(connection);
  entry.session = MakeSession(number, from, /*dialed_here=*/false, on_stream_);
  entry.place = *std::move(place);
  ++handshakes_;
  entry.connection->Receive(from, datagram, now_);
  Touch(number);
  Hear(number, entry);
}

void QuicEndpoint::BeginDialing(DialRequest request) {
  const absl::StatusOr<absl::Time> wall = context_->streams->node.clock().WallTime();
  if (!wall.ok()) return request.session->End(wall.status());
  auto connection = QuicConnection::Dial(
      connection_context(),
      {.ends = {address_, request.to}, .expected = request.expected, .now = now_, .wall = *wall});
  if (!connection.ok()) return request.session->End(connection.status());
  Entry& entry = Add(request.number);
  entry.connection = *std::move(connection);
  entry.session = std::move(request.session);
  if (closes_when_idle_) entry.session->CloseWhenIdle();
  Touch(request.number);
  Hear(request.number, entry);
}

void QuicEndpoint::FireTimers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    const uint64_t number = timers_.begin()->second;
    timers_.erase(timers_.begin());
    Entry& entry = entries_.at(number);
    entry.timer = Instant::Infinite();
    entry.connection->OnTimer(now_);
    Touch(number);
  }
}

// Does what is left to do for a connection that something happened to.
void QuicEndpoint::Settle(uint64_t number) {
  const auto found = entries_.find(number);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  Hear(number, entry);
  CountHeld(entry);
  entry.session->ApplyTo(*entry.connection, now_);
  if (SendAll(*entry.connection)) Touch(number);
  Hear(number, entry);
  SetTimer(number, entry);
  if (entry.connection->gone()) Forget(number);
}

// True: there may be more.
bool QuicEndpoint::SendAll(QuicConnection& connection) {
  uint64_t sent = 0;
  for (; sent < kPacketsMax; ++sent) {
    SocketAddress to;
    const absl::string_view packet = connection.NextPacket(now_, to);
    if (packet.empty()) break;
    outbox_.Add(to, packet);
  }
  outbox_.Flush();
  context_->Count(QuicCount::kPacketsOut, sent);
  connection.OnPacketsSent(now_);
  return sent == kPacketsMax;
}

// An answer to a stranger, of which nothing is kept. One that can't be sent is a lost one.
void QuicEndpoint::SendTo(const SocketAddress& to, absl::string_view bytes) {
  if (bytes.empty()) return;
  context_->Count(QuicCount::kPacketsOut);
  socket_->SendTo(to, bytes).IgnoreError();
}

void QuicEndpoint::Hear(uint64_t number, Entry& entry) {
  std::vector<QuicEvent> events = entry.connection->TakeEvents();
  if (events.empty()) return;
  for (const QuicEvent& event : events) OnEvent(number, entry, event);
  if (entry.refused) return;  // what it says is for nobody
  OnRefusedStreams(entry, entry.session->OnEvents(*entry.connection, std::move(events)));
}

void QuicEndpoint::OnEvent(uint64_t number, Entry& entry, const QuicEvent& event) {
  switch (event.kind) {
    case QuicEvent::Kind::kIdAdded:
      if (ids_.try_emplace(event.bytes, number).second) entry.ids.push_back(event.bytes);
      break;
    case QuicEvent::Kind::kIdRemoved:
      ids_.erase(event.bytes);
      std::erase(entry.ids, event.bytes);
      break;
    case QuicEvent::Kind::kTokenAdded:
      if (tokens_.try_emplace(event.bytes, number).second) entry.tokens.push_back(event.bytes);
      break;
    case QuicEvent::Kind::kTokenRemoved:
      if (std::erase(entry.tokens, event.bytes) > 0) tokens_.erase(event.bytes);
      break;
    case QuicEvent::Kind::kEstablished: OnEstablished(entry); break;
    case QuicEvent::Kind::kOver:
      CountEnd(entry, event.status);
      entry.held.Set(entry.connection->library_bytes());
      entry.session->End(event.status);
      break;
    default: break;
  }
}

void QuicEndpoint::OnEstablished(Entry& entry) {
  QuicConnection& connection = *entry.connection;
  entry.told_established = true;
  if (!connection.dialer()) --handshakes_;
  context_->Count(connection.dialer() ? QuicCount::kDialed : QuicCount::kAccepted);
  const absl::Status allowed = context_->admission->CheckPeer(connection.peer()->peer_id());
  if (allowed.ok()) {
    entry.session->SetPeer(*connection.peer());
    context_->peers.Add(entry.session);
    return;
  }
  entry.refused = true;
  entry.session->End(allowed);
  connection.Close(now_);
  if (connection.dialer()) return;
  Report(QuicCount::kRefusedPeer, TcpEvent::kRefusedPeer, entry, allowed.message());
}

void QuicEndpoint::OnRefusedStreams(Entry& entry, const QuicSession::Refused& streams) {
  if (streams.all() == 0) return;
  for (size_t i = 1; i < streams.all(); ++i) {
    context_->Count(QuicCount::kRefusedStream);
    context_->streams->Count(TcpEvent::kRefusedStream);
  }
  Report(QuicCount::kRefusedStream, TcpEvent::kRefusedStream, entry,
         absl::StrCat(streams.beyond_choosing, " streams more than may wait for their protocol, ",
                      streams.beyond_budget, " that bring more than may be unread"));
  entry.refused_streams += streams.all();
  if (entry.refused_streams <= context_->options.refused_streams_max) return;
  entry.connection->Refuse(absl::ResourceExhaustedError("it goes on to open more streams"), now_);
}

// Whoever makes the library hold more, when all hold too much, goes; most of what it holds for
// others is our own packets on their way.
void QuicEndpoint::CountHeld(Entry& entry) {
  const size_t bytes = entry.connection->library_bytes();
  if (entry.held.Set(bytes) || bytes <= kLibraryShareBytes) return;
  entry.connection->Refuse(
      absl::ResourceExhaustedError(
          absl::StrCat("it makes us hold ", bytes, " bytes, and there is no room for more")),
      now_);
}

void QuicEndpoint::CountEnd(const Entry& entry, const absl::Status& why) {
  if (entry.told_established) {
    context_->Count(QuicCount::kClosed);
    if (!absl::IsDataLoss(why) && !absl::IsResourceExhausted(why)) return;
    return Report(QuicCount::kBrokeProtocol, TcpEvent::kBrokeProtocol, entry, why.message());
  }
  if (entry.connection->dialer()) return;
  --handshakes_;
  const bool lost = absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why);
  if (lost) {
    Report(QuicCount::kLostInHandshake, TcpEvent::kLostInHandshake, entry, why.message());
  } else {
    Report(QuicCount::kRefusedProof, TcpEvent::kRefusedProof, entry, why.message());
  }
}

// Counts what was done about a bad peer, and says it.
void QuicEndpoint::Report(QuicCount count, TcpEvent event, const Entry& entry,
                          absl::string_view why) {
  context_->Count(count);
  context_->streams->Report(event, entry.told_established ? "end" : "refuse",
                            QuicAddressText(entry.connection->address()), why);
}

void QuicEndpoint::Forget(uint64_t number) {
  const auto found = entries_.find(number);
  Entry& entry = found->second;
  for (const std::string& id : entry.ids) ids_.erase(id);
  for (const std::string& token : entry.tokens) tokens_.erase(token);
  if (entry.timer != Instant::Infinite()) timers_.erase({entry.timer, number});
  entries_.erase(found);
  touched_.erase(number);
}

void QuicEndpoint::SetTimer(uint64_t number, Entry& entry) {
  const Instant next = std::min(entry.connection->next_timer(), entry.session->next_timer());
  if (next == entry.timer) return;
  if (entry.timer != Instant::Infinite()) timers_.erase({entry.timer, number});
  if (next != Instant::Infinite()) timers_.emplace(next, number);
  entry.timer = next;
}

QuicConnection::Context QuicEndpoint::connection_context() const {
  return {*context_->tls, context_->entropy, context_->options, context_->secret};
}

// True: there was nothing to do for long enough.
bool QuicEndpoint::TryEnd() {
  if (!entries_.empty() || on_stream_ != nullptr) {
    idle_since_ = Instant::Infinite();
    return false;
  }
  if (idle_since_ == Instant::Infinite()) idle_since_ = now_;
  const bool lingers = !closes_when_idle_ && now_ < idle_since_ + context_->options.linger_timeout;
  const Lock lock(lock_);
  if (lingers || !work_.empty() || changed_) return false;
  ended_ = true;
  return true;
}

void QuicEndpoint::EndAll() {
  Work work;
  {
    const Lock lock(lock_);
    ended_ = true;
    std::swap(work, work_);
  }
  const absl::Status why = absl::UnavailableError("quic: the endpoint has ended");
  for (const DialRequest& dial : work.dials) dial.session->End(why);
  for (const auto& [number, entry] : entries_) entry.session->End(why);
  entries_.clear();
  socket_->Close();
}

}  // namespace rehearse::net
