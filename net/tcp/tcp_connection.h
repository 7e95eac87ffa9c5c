// A connection whose handshake is over: frames in both directions.
//
// Reading is done on the reader's fiber. Writers only queue; a fiber of the connection's own sends,
// and lives while there is something to send, so that a writer who is stopped or killed leaves no
// half frame behind, and an idle connection costs no fiber.

#ifndef REHEARSE_NET_TCP_TCP_CONNECTION_H_
#define REHEARSE_NET_TCP_TCP_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/codec/frame.h"
#include "rehearse/net/network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/send_queue.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  // `first_bytes` came behind the handshake.
  TcpConnection(std::shared_ptr<TcpContext> context, std::unique_ptr<StreamSocket> socket,
                IncomingPlace place, absl::string_view first_bytes);
  ~TcpConnection();

  // As those of Stream.
  absl::Status Write(std::string&& frame, Instant deadline);
  absl::StatusOr<std::string> Read(Instant deadline);
  void Close();
  const std::string& peer() const { return peer_; }

 private:
  // Of the reader.
  absl::Status ReadMore(Instant deadline);
  std::string TakeFrame(absl::string_view frame);
  absl::Status End(const absl::Status& why);
  absl::Status over() const;

  // Fibers of the connection's own.
  void Flush();
  void Linger();
  void OnFlushed();

  const std::shared_ptr<TcpContext> context_;
  const IncomingPlace place_;
  const std::unique_ptr<StreamSocket> socket_;
  const std::string peer_;
  SendQueue queue_;

  FrameDecoder decoder_;
  size_t largest_frame_ = 0;  // since the decoder is this one

  mutable SpinLock lock_;
  absl::Status over_;  // why nothing is read any more
  bool flushed_ = false;
  WaitToken lingerer_;
};

// The owner's end of a connection.
class TcpStream final : public Stream {
 public:
  explicit TcpStream(std::shared_ptr<TcpConnection> connection)
      : connection_(std::move(connection)) {}
  ~TcpStream() override { connection_->Close(); }

  absl::Status Write(std::string&& frame, Instant deadline) override {
    return connection_->Write(std::move(frame), deadline);
  }
  absl::StatusOr<std::string> Read(Instant deadline) override {
    return connection_->Read(deadline);
  }
  void Close() override { connection_->Close(); }
  std::string peer() const override { return connection_->peer(); }

 private:
  const std::shared_ptr<TcpConnection> connection_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_CONNECTION_H_
