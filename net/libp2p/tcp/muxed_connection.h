// A secure connection with many streams on it.
//
// One fiber reads, as long as the connection lives; another sends, while there is something to
// send. Users of streams only touch the session, under a lock that is held for copies alone; those
// two take turns to seal and to open.

#ifndef REHEARSE_NET_LIBP2P_TCP_MUXED_CONNECTION_H_
#define REHEARSE_NET_LIBP2P_TCP_MUXED_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/libp2p/secure_channel.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/libp2p/tcp/channel_turn.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/libp2p/yamux/yamux_session.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

struct MuxedOptions {
  YamuxOptions yamux;
  // A silent peer is asked whether it is there; two questions without an answer are the end.
  absl::Duration ping_interval = absl::Seconds(30);
  // How long the dialler keeps a connection without streams, and how long who was dialled does.
  absl::Duration idle_timeout = absl::Seconds(30);
  absl::Duration incoming_idle_timeout = absl::Minutes(5);
  // Streams that the peer has opened and whose protocol it has yet to name; further ones are reset.
  size_t choosing_max = 256;
  // How long a connection that was closed goes on sending.
  absl::Duration linger_timeout = absl::Seconds(5);
};

class MuxedStream;

class MuxedConnection : public std::enable_shared_from_this<MuxedConnection> {
 public:
  // Is told of each stream that the peer opens, on the reading fiber; it may not park.
  using OnStream = absl::AnyInvocable<void(std::unique_ptr<MuxedStream>)>;

  // The channel stands. `place` is held as long as the connection is.
  MuxedConnection(std::shared_ptr<TcpContext> context, std::unique_ptr<StreamSocket> socket,
                  std::unique_ptr<SecureChannel> channel, const MuxedOptions& options,
                  std::shared_ptr<void> place, OnStream on_stream);

  // Begins to read. Once. `text` came through the channel already.
  void Start(std::string text);

  //   kUnavailable        the connection is over, or takes no more streams.
  //   kResourceExhausted  the peer has yet to take too many.
  absl::StatusOr<std::unique_ptr<MuxedStream>> Open();

  // Breaks all streams; what was handed over still goes out, for a while. Never waits.
  void Close();
  // Closes as soon as there are no streams.
  void CloseWhenIdle();

  bool over() const;
  const SecurePeer& peer() const { return *channel_->peer(); }
  const PeerId& peer_id() const { return peer().id; }
  const SocketAddress& address() const { return address_; }
  bool dialed_here() const { return options_.yamux.dialer; }

 private:
  friend class MuxedStream;

  // Who is parked at a stream.
  struct Parked {
    WaitToken reader;
    WaitToken writer;
  };

  // Of a stream.
  bool TryChoose();
  void OnChosen();
  absl::StatusOr<size_t> Read(uint32_t stream, size_t bytes_max, std::string& out,
                              const bool& closed, Instant deadline);
  absl::Status Write(uint32_t stream, absl::string_view bytes, const bool& closed,
                     Instant deadline);
  void Finish(uint32_t stream);
  void Release(uint32_t stream);
  void CloseRead(uint32_t stream, bool& closed);

  // The reading fiber.
  void ReadAll(std::string text);
  absl::Status ReadOnce();
  absl::Status OnWire(absl::string_view wire);
  absl::Status OnText(absl::string_view text);
  void OnOpened(const std::vector<uint32_t>& streams);
  void OnRefused(size_t streams);
  absl::Status OnSilence();

  // The sending fiber.
  void Kick();
  void Flush();
  bool SendOnce();
  void SendFarewell();
  void Linger();

  // The waiting fiber, while a dialler has no streams. Who was dialled looks when it reads.
  void OnIdle();
  void AwaitUse();
  bool StillIdle(WaitToken token, Instant& until);
  bool IdleTooLong() const;

  void End(const absl::Status& why, bool abrupt);
  void TakeEvents(std::vector<WaitToken>& woken);
  bool IsIdle() const { return close_when_idle_ && session_.streams() == 0; }

  const std::shared_ptr<TcpContext> context_;
  const std::unique_ptr<StreamSocket> socket_;
  const SocketAddress address_;
  const MuxedOptions options_;
  const std::shared_ptr<void> place_;
  OnStream on_stream_;

  ChannelTurn turn_;  // with
  const std::unique_ptr<SecureChannel> channel_;

  mutable SpinLock lock_;
  YamuxSession session_;
  UnreadShare choosing_;  // kChoosingBytes for each stream that the peer has yet to say what for
  std::map<uint32_t, Parked> parked_;
  bool close_when_idle_ = false;
  Instant idle_until_;  // if it has no streams by then, it goes
  bool has_idler_ = false;
  WaitToken idler_;
  bool over_ = false;
  bool flushing_ = false;
  bool kicked_ = false;  // since the sender last looked
  bool sent_all_ = false;
  WaitToken lingerer_;
};

// One stream's end, for its owner.
class MuxedStream final : public PeerStream {
 public:
  // `chooses`: the peer has opened it, and is to say what for.
  MuxedStream(std::shared_ptr<MuxedConnection> connection, uint32_t stream, bool chooses)
      : connection_(std::move(connection)), stream_(stream), chooses_(chooses) {}
  ~MuxedStream() override {
    Close();
    Chosen();
  }

  absl::StatusOr<size_t> Read(size_t bytes_max, std::string& out, Instant deadline) override;
  absl::Status Write(absl::string_view bytes, Instant deadline) override;
  void CloseRead() override;
  // What was handed over before arrives; what the peer still sends is dropped, and it is told.
  void Close() override;
  SocketAddress peer() const override { return connection_->address(); }

  void Finish() override { connection_->Finish(stream_); }
  void Unread(std::string bytes) override { unread_ = std::move(bytes); }
  const PublicKey& peer_key() const override { return connection_->peer().key; }
  std::string peer_address() const override;
  void Chosen() override {
    if (std::exchange(chooses_, false)) connection_->OnChosen();
  }

 private:
  const std::shared_ptr<MuxedConnection> connection_;
  const uint32_t stream_;
  std::string unread_;
  bool chooses_;
  bool read_closed_ = false;  // by the connection's lock
  bool closed_ = false;       // by the connection's lock
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_MUXED_CONNECTION_H_
